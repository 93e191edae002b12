"""What an application's page may find out about this browser: Session Management 1.0 §4.2.

Every authorization response tells its application the state; the cookie has to say the same, also in a browser whose
session began before there was one, or the application would ask again and again.
"""

from starlette.requests import Request
from starlette.responses import Response

from idp.login.front_door import FrontDoor
from idp.records.session import Session
from idp.spec.session_state import browser_state
from idp.web.cookies import Cookie


def show_browser_state(door: FrontDoor, request: Request, response: Response, session: Session) -> Response:
    """Have the browser's cookie say which session it is in."""
    if door.cookies.read(request, Cookie.STATE) != browser_state(session.session_id):
        set_browser_state(door, response, session)
    return response


def set_browser_state(door: FrontDoor, response: Response, session: Session) -> None:
    """With the session's own cookie, and for as long."""
    max_age = None if session.is_shared else door.settings.session.absolute_seconds
    door.cookies.set(response, Cookie.STATE, browser_state(session.session_id), max_age_seconds=max_age)
