"""Another way: the factors that the person has besides, and what to do when all of them are lost.

Choosing one moves nothing forward: the second-factor prompt opens on it, and that is all.
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.prompts.prompted import Prompted
from idp.login.prompts.second_factor_page import ways_of
from idp.login.recovery_form import RECOVERY_PATH
from idp.records.factor import Way
from idp.store.interactions import CHOOSE_WAY

PATH = "other-way"
TURNS = frozenset({Ask.SECOND_FACTOR, Ask.EMAIL_CODE})


async def show(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    ways = ways_of(door, prompted)
    is_code_due = prompted.due is Ask.EMAIL_CODE
    return door.pages.render(
        request,
        "other-way.html",
        locale=prompted.locale,
        **prompted.form(door, PATH),
        ways=[way.value for way in ways],
        has_device=any(way is not Way.BACKUP_CODE for way in ways),
        email_code_url=prompted.path(Ask.EMAIL_CODE) if is_code_due else "",
        sign_in_url=prompted.path(Ask.LOGIN),
        recovery_url=f"{RECOVERY_PATH}?for=factor&from={prompted.interaction.interaction_id}",
    )


async def submit(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    form = await door.read_form(request, prompted.path(PATH))
    chosen = next((way for way in ways_of(door, prompted) if way == form.get("action")), None)
    if chosen is None:
        return RedirectResponse(prompted.path(PATH), 303)
    effect = CHOOSE_WAY.effect(
        of_interaction=prompted.interaction.interaction_id, way=chosen.value, now=prompted.now
    )
    await door.database.apply([effect])
    # Nothing is proven by this; the prompt's own form is. Where a mailed code is due, the dispatcher would go there.
    return RedirectResponse(prompted.path(Ask.SECOND_FACTOR), 303)
