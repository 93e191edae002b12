"""Two-factor authentication again, recommended to whom support removed the second factors; they may put it off.

Setting it up is the prompt `set_up.py`, inside this sign-in.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.prompts.prompted import Prompted
from idp.store.interactions import SKIP_RECOMMENDATION

ASK = Ask.RECOMMEND
PATH = ASK.value
TURNS = frozenset({ASK})


async def show(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    assert prompted.standing is not None  # The dispatcher knows whom it asks.
    return door.pages.render(
        request,
        "recommend.html",
        locale=prompted.locale,
        **prompted.form(door, ASK),
        removed_at=prompted.standing.recommended_at,
    )


async def submit(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    form = await door.read_form(request, prompted.path(ASK))
    match form.get("action"):
        case "continue":
            return RedirectResponse(prompted.path(Ask.SET_UP), 303)
        case "skip":
            skip = SKIP_RECOMMENDATION.effect(
                of_interaction=prompted.interaction.interaction_id, now=prompted.now
            )
            await door.database.apply([skip])
            return prompted.to_dispatcher()
        case _:
            return prompted.to_dispatcher()
