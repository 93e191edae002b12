"""The consent prompt: may this application use the account? Remembered by subject, application and scope."""

from starlette.requests import Request
from starlette.responses import Response

from idp.login.application import about, host_of
from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.prompts.prompted import Denied, Prompted
from idp.login.scope_words import describe
from idp.records.event import Event, EventType
from idp.records.session import Consent
from idp.store.interactions import GIVE_CONSENT
from idp.store.sessions import CONSENT, RECORD_CONSENT
from idp.web.circumstances import circumstances_of

ASK = Ask.CONSENT
PATH = ASK.value
TURNS = frozenset({ASK})


async def show(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    # Only who is signed in is asked, and only for an application.
    assert prompted.signed_in is not None
    assert prompted.client is not None
    client, person = prompted.client, prompted.signed_in.person
    before = await _consent(door, prompted)
    allowed = before.scopes if before else frozenset[str]()
    asked = _permissions(prompted)
    redirect_uri = str(prompted.interaction.parameters.get("redirect_uri", ""))
    return door.pages.render(
        request,
        "consent.html",
        locale=prompted.locale,
        **prompted.form(door, ASK),
        **prompted.application(),
        **about(client, prompted.locale),
        application_host=host_of(client.said("client_uri", prompted.locale)),
        leads_to=host_of(redirect_uri),
        is_unverified=client.is_unverified,
        customer_id=person.customer_id,
        email=person.primary_email or "",
        scopes=[describe(scope) for scope in asked if scope not in allowed],
        already=[describe(scope) for scope in asked if scope in allowed],
    )


async def submit(door: FrontDoor, request: Request, prompted: Prompted) -> Response | Denied:
    form = await door.read_form(request, prompted.path(ASK))
    if not prompted.names_who_answers(form):
        return prompted.to_dispatcher()
    match form.get("action"):
        case "allow":
            await _allow(door, request, prompted)
            return prompted.to_dispatcher()
        case "deny":
            return Denied()
        case _:
            return prompted.to_dispatcher()


async def _allow(door: FrontDoor, request: Request, prompted: Prompted) -> None:
    assert prompted.signed_in is not None
    assert prompted.client is not None
    before = await _consent(door, prompted)
    subject_id, client_id = prompted.signed_in.person.subject_id, prompted.client.client_id
    allowed = _permissions(prompted)
    scopes = sorted(frozenset(allowed) | (before.scopes if before else frozenset()))
    event = Event(
        type=EventType.CONSENT_GRANTED,
        actor=f"subject:{subject_id}",
        subject_id=subject_id,
        client_id=client_id,
        session_id=prompted.signed_in.session.session_id,
        details={"scopes": list(allowed)},
    )
    await door.database.apply(
        [
            GIVE_CONSENT.effect(
                expects=1,
                of_interaction=prompted.interaction.interaction_id,
                session=prompted.signed_in.session.session_id,
                now=prompted.now,
            ),
            RECORD_CONSENT.effect(
                subject_id=subject_id, client_id=client_id, scope=" ".join(scopes), now=prompted.now
            ),
            door.audit.effect(event, circumstances_of(request), now=prompted.now),
        ]
    )


def _permissions(prompted: Prompted) -> tuple[str, ...]:
    """The scopes, and then the claims that none of them stands for."""
    others = (prompted.demand.consent_scopes or frozenset()) - frozenset(prompted.scopes)
    return (*prompted.scopes, *sorted(others))


async def _consent(door: FrontDoor, prompted: Prompted) -> Consent | None:
    assert prompted.signed_in is not None
    assert prompted.client is not None
    return await door.database.one(
        CONSENT, of_subject=prompted.signed_in.person.subject_id, of_client=prompted.client.client_id
    )
