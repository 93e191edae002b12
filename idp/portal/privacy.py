"""Which address leads to which page about the customer's own data."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from idp.login.front_door import FrontDoor
from idp.portal import deletion, export, history
from idp.portal.visit import own_page


def privacy_routes(door: FrontDoor) -> list[BaseRoute]:
    async def keeping(request: Request) -> Response:
        return await deletion.answer_link(door, request)

    return [
        own_page(door, history.PATH, show=history.show),
        own_page(door, export.PATH, show=export.show, submit=export.submit, is_sensitive=True),
        own_page(door, deletion.PATH, show=deletion.show, submit=deletion.submit),
        Route(deletion.LINK_PATH, keeping, methods=["GET", "POST"]),
    ]
