"""`/account/block`: the owner blocks their account at once, since somebody else may be in it.

A living session suffices: a thief who uses it against its owner gains nothing, and an owner who has to look for their
phone first loses time. What undoes it asks for more (`account/unblocking.py`).
"""

from starlette.requests import Request
from starlette.responses import Response

from idp.account.problem import ChangedMeanwhile
from idp.account.status import disable_account
from idp.login.front_door import FrontDoor
from idp.portal.visit import Visit
from idp.records.account import BlockedBy, Person
from idp.records.event import Occasion
from idp.store.statement import Effect
from idp.web.cookies import Cookie
from idp.web.headers import Posture

PATH = "/account/block"


async def show(visit: Visit) -> Response:
    return visit.render("account/block.html", **visit.form())


async def submit(visit: Visit) -> Response:
    await visit.read_form()
    try:
        await block(visit.door, visit.occasion, visit.person)
    except ChangedMeanwhile:
        return visit.back()
    response = blocked_now_page(visit.door, visit.request, visit.person)
    for cookie in (Cookie.SESSION, Cookie.STATE):
        visit.door.cookies.expire(response, cookie)
    return response


async def block(door: FrontDoor, occasion: Occasion, person: Person) -> None:
    """Block an account for its owner, and tell every address of it. Raises `ChangedMeanwhile`."""
    mails = block_notice(door, person, BlockedBy.OWNER, now=occasion.now)
    await disable_account(
        door.database, door.audit, occasion, person, by=BlockedBy.OWNER, reason="by_owner", also=mails
    )
    door.outbox.wake()


def block_notice(door: FrontDoor, person: Person, by: BlockedBy, *, now: int) -> list[Effect]:
    """The mail about a block, to every proven address."""
    context = {
        "by": "owner" if by is BlockedBy.OWNER else "staff",
        "forgot_url": f"{door.settings.issuer}/forgot",
        "at": now,
    }
    return [
        door.outbox.mail(
            "account-blocked",
            to=address,
            locale=person.language or door.settings.language.default,
            context=context,
            subject_id=person.subject_id,
            now=now,
        )
        for address in person.proven_addresses
    ]


def blocked_now_page(door: FrontDoor, request: Request, person: Person) -> Response:
    """What was done, and the way back."""
    return door.pages.render(
        request,
        "blocked-now.html",
        posture=Posture.PLAIN,
        locale=person.language,
        customer_id=person.customer_id,
        forgot_url="/forgot",
    )
