"""Who changes an address signed in lately, with everything that a sign-in asks of them: a password and a factor."""

from starlette.responses import Response

from idp.login.interaction import begin_local
from idp.portal.visit import Visit, is_recent


async def is_fresh(visit: Visit) -> bool:
    """Whether they signed in within `factors.recent_seconds`, and proved a factor since, if they have to have one."""
    seconds = visit.door.settings.factors.recent_seconds
    if visit.now - visit.session.authenticated_at > seconds:
        return False
    return await is_recent(visit.door, visit.signed_in, seconds, visit.now)


async def sign_in_again(visit: Visit) -> Response:
    """The way to signing in, and back to the page; what was posted is not done."""
    seconds = visit.door.settings.factors.recent_seconds
    return await begin_local(
        visit.door, visit.request, visit.path, visit.now, recent_seconds=seconds, max_age=seconds
    )
