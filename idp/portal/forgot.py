"""`/forgot`: the ways back for who forgot their customer ID or password, open to everybody."""

import re

from starlette.requests import Request
from starlette.responses import Response

from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.interaction import path_of
from idp.store.interactions import INTERACTION
from idp.web.headers import Posture

_INTERACTION_ID = re.compile(r"[0-9a-f]{32}")


async def show(door: FrontDoor, request: Request) -> Response:
    """`from` is the interaction to go back to; it gives the page its language too."""
    came_from = request.query_params.get("from", "")
    is_interaction = _INTERACTION_ID.fullmatch(came_from) is not None
    interaction = await door.database.one(INTERACTION, of_interaction=came_from) if is_interaction else None
    return door.pages.render(
        request,
        "forgot.html",
        posture=Posture.PLAIN,
        locale=door.locale(request, interaction, None),
        sign_in_url=path_of(came_from, Ask.LOGIN) if is_interaction else "/account",
    )
