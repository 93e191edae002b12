"""`/account/sessions`: where the customer is signed in, and signing out elsewhere.

Forms name a session by its `sid`, looked up among the person's own: nobody ends another's, and the row's identifier
never leaves us.
"""

from typing import Any

from starlette.responses import RedirectResponse, Response

from idp.account.ending import end_other_sessions, end_session
from idp.portal.visit import Visit
from idp.records.session import Session
from idp.store.sessions import SESSIONS_OF_SUBJECT

_SIGNED_OUT_PAGE = "/logout"


async def show(visit: Visit) -> Response:
    return visit.render(
        "account/sessions.html",
        **visit.form(),
        sessions=[_row(visit, session) for session in await _living(visit)],
        now=visit.now,
    )


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    match form.get("action"):
        case "end":
            return await _end(visit, form.get("session", ""))
        case "end-others":
            await end_other_sessions(
                visit.door.database,
                visit.door.audit,
                visit.occasion,
                subject_id=visit.person.subject_id,
                kept_session_id=visit.session.session_id,
            )
            return visit.back()
        case _:
            return visit.back()


async def _end(visit: Visit, sid: str) -> Response:
    """End a session of their own. One that is gone, or was never theirs, changes nothing."""
    wanted = next((session for session in await _living(visit) if session.sid == sid), None)
    if wanted is None:
        return visit.back()
    await end_session(
        visit.door.database,
        visit.door.audit,
        visit.occasion,
        subject_id=visit.person.subject_id,
        session_id=wanted.session_id,
    )
    if wanted.session_id == visit.session.session_id:
        # With nobody signed in any more, it says so and expires the cookie.
        return RedirectResponse(_SIGNED_OUT_PAGE, 303)
    return visit.back()


async def _living(visit: Visit) -> list[Session]:
    found = await visit.door.database.all(SESSIONS_OF_SUBJECT, of_subject=visit.person.subject_id)
    return [session for session in found if session.is_alive(visit.now)]


def _row(visit: Visit, session: Session) -> dict[str, Any]:
    return {
        "id": session.sid,
        "browser": session.user_agent,
        "country": session.country,
        "signed_in_at": session.authenticated_at,
        "last_seen_at": session.seen_at,
        "this": session.session_id == visit.session.session_id,
    }
