"""Which address leads to which page about e-mail addresses."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from idp.login.front_door import FrontDoor
from idp.portal.addresses import applying, cancelling, changing, overview, removing
from idp.portal.addresses.current_mailbox import CODE_PATH
from idp.portal.visit import own_page


def address_routes(door: FrontDoor) -> list[BaseRoute]:
    async def stop(request: Request) -> Response:
        return await cancelling.answer(door, request)

    return [
        own_page(door, overview.PATH, show=overview.show, submit=overview.submit),
        own_page(door, changing.PRIMARY_PATH, show=changing.show, submit=changing.submit),
        own_page(door, changing.BACKUP_PATH, show=changing.show, submit=changing.submit),
        own_page(door, removing.PATH, show=removing.show, submit=removing.submit),
        own_page(door, CODE_PATH, show=applying.show, submit=applying.submit),
        Route("/address/{link}", stop, methods=["GET", "POST"]),
    ]
