"""Whoever is asked to become a customer (`prompt=create`) goes to the sign-up, which comes back to this interaction."""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.prompts.prompted import Prompted

ASK = Ask.CREATE
PATH = ASK.value
TURNS = frozenset({ASK})
SIGN_UP_PATH = "/sign-up"


def sign_up_path(interaction_id: str) -> str:
    """Where somebody who signs in becomes a customer instead."""
    return f"{SIGN_UP_PATH}?from={interaction_id}"


async def show(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    return RedirectResponse(sign_up_path(prompted.interaction.interaction_id), 303)


async def submit(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    """It has no form."""
    return await show(door, request, prompted)
