"""What the pages of service accounts share: where they are, who acts, the one that a page is about, and who is told."""

from collections.abc import Sequence

from starlette.responses import Response

from idp.clients.service_accounts import Hand, find_own, mailed_name
from idp.login.interaction import begin_local, returning_to
from idp.login.notices import security_notice
from idp.portal.visit import Visit, is_recent
from idp.records.client import Client
from idp.store.sessions import KEEP_SESSION
from idp.store.statement import Effect
from idp.web.errors import PageError, Problem
from idp.web.locale import Message

LIST_PATH = "/account/applications"
NEW_PATH = "/account/applications/new"
ONE_PATH = "/account/applications/service-account"
DELETE_PATH = "/account/applications/delete"
UNKNOWN = Problem(
    status=404,
    code="not_found",
    title=Message("There is no such service account"),
    explanation=Message("It was deleted, or it belongs to another account."),
)
_TO_LIST = Message("Go to your applications")


def hand_of(visit: Visit, also: Sequence[Effect] = ()) -> Hand:
    """Whoever is signed out meanwhile, a thief by the owner say, does nothing."""
    kept = KEEP_SESSION.effect(expects=1, of_session=visit.session.session_id)
    return Hand(desk=visit.door, occasion=visit.occasion, person=visit.person, also=[*also, kept])


def telling_hand(visit: Visit, what: str, client: Client) -> Hand:
    """One whose owner gets a mail. `what` is a word of the template `security-changed`."""
    seen = visit.door.seen(visit.request)
    return hand_of(
        visit,
        security_notice(visit.door, visit.person, what, seen, detail=mailed_name(client), now=visit.now),
    )


async def asked_one(visit: Visit) -> Client | None:
    """The service account that the address names; None where it names none. Raises PageError for anybody else's."""
    client_id = visit.request.query_params.get("id", "")
    if not client_id:
        return None
    client = await find_own(visit.door.database, visit.person, client_id)
    if client is None:
        raise PageError(
            UNKNOWN, reason="no service account of theirs", next_url=LIST_PATH, next_label=_TO_LIST
        )
    return client


async def owed_proof(visit: Visit) -> Response | None:
    """What asks whoever proved nothing for a while to do it again. None for everybody else."""
    recent_seconds = visit.door.settings.factors.recent_seconds
    if await is_recent(visit.door, visit.signed_in, recent_seconds, visit.now):
        return None
    return_to = returning_to(visit.path, visit.request)
    return await begin_local(visit.door, visit.request, return_to, visit.now, recent_seconds=recent_seconds)


def place_of(client_id: str) -> str:
    return f"{ONE_PATH}?id={client_id}"
