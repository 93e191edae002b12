"""Every route of the support desk, with an address that leads somewhere."""

from starlette.routing import Route

from idp.account.agent import agent_of
from idp.account.cases.adding import add_document
from idp.account.cases.opening import Opened, open_case_for
from idp.app.application import _front_door
from idp.records.account import Person
from idp.records.case import CaseKind, DocumentKind
from idp.records.event import Occasion
from idp.store.cases import CASE, INSERT_DOCUMENT
from idp.store.seals import DOCUMENTS
from idp.support.routes import support_routes
from idp.web.pages import Pages
from tests.support.papers import pdf
from tests.support.world import World


def desk_routes(world: World) -> list[Route]:
    """As the application has them."""
    house = world.house
    door = _front_door(house, Pages(house.settings, entropy=house.entropy))
    routes = [route for route in support_routes(door) if isinstance(route, Route)]
    assert len(routes) == len(support_routes(door))
    return routes


async def addresses(world: World, agent: Person, customer: Person) -> dict[str, str]:
    """The path of each route to an address: of the customer's account, of a case about it, of a document in that."""
    case_id = await open_case(world, agent, customer)
    values = {
        "account_id": customer.account_id,
        "case_id": case_id,
        "document_id": await add_paper(world, case_id),
    }
    return {route.path: route.path.format(**values) for route in desk_routes(world)}


async def open_case(
    world: World, agent: Person, customer: Person, kind: CaseKind = CaseKind.MAILBOX_BACKUP
) -> str:
    house = world.house
    occasion = Occasion(now=world.clock.now(), actor=f"subject:{agent.subject_id}")
    opened = await open_case_for(house, occasion, agent_of(agent), customer, kind, note="on the phone")
    assert isinstance(opened, Opened)
    return opened.case.case_id


async def add_paper(world: World, case_id: str) -> str:
    """An identity document that the customer has sent."""
    house, now = world.house, world.clock.now()
    document_id = house.entropy.uuid7(now)
    sealed = house.root_keys.seal(pdf(), binding=DOCUMENTS.binding(document_id))
    insertion = INSERT_DOCUMENT.effect(
        document_id=document_id,
        case_id=case_id,
        kind=DocumentKind.IDENTITY.value,
        media_type="application/pdf",
        size=len(pdf()),
        sealed=sealed.sealed,
        root_key_id=sealed.root_key_id,
        created_at=now,
    )
    case = await house.database.one(CASE, of_case=case_id)
    assert case is not None
    occasion = Occasion(now=now, actor="system")
    assert await add_document(house, occasion, case, DocumentKind.IDENTITY, insertion=[insertion])
    return document_id
