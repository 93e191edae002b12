"""The customer's own pages: whoever is not signed in is sent to do so first and comes back to the page.

What they had posted is not done.
"""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from idp.login.front_door import FrontDoor
from idp.login.interaction import begin_local, returning_to
from idp.login.visit import Visit, browser_of, is_recent

__all__ = ["Page", "Visit", "is_recent", "own_page"]

Page = Callable[[Visit], Awaitable[Response]]


def own_page(
    door: FrontDoor, path: str, *, show: Page, submit: Page | None = None, is_sensitive: bool = False
) -> Route:
    """The route of a page for who is signed in. `path` is one of `LOCAL_PATHS`. A sensitive one asks whoever proved
    nothing for a while to do it again, and what they had posted is not done.
    """
    recent_seconds = door.settings.factors.recent_seconds if is_sensitive else None

    async def endpoint(request: Request) -> Response:
        now = door.clock.now()
        signed_in = await door.signed_in(request, now)
        if signed_in is None and request.method == "POST":
            # Another site's post carries no Lax cookie, and must not replace any.
            return RedirectResponse(returning_to(path, request), 303)
        if signed_in is None:
            return await begin_local(door, request, returning_to(path, request), now)
        if recent_seconds is not None and not await is_recent(door, signed_in, recent_seconds, now):
            return_to = returning_to(path, request)
            return await begin_local(door, request, return_to, now, recent_seconds=recent_seconds)
        visit = Visit(
            door=door,
            request=request,
            path=path,
            signed_in=signed_in,
            browser=browser_of(door, request),
            now=now,
        )
        if submit is not None and request.method == "POST":
            return await submit(visit)
        return await show(visit)

    return Route(path, endpoint, methods=["GET", "POST"] if submit else ["GET"])
