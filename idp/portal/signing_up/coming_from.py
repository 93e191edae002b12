"""The sign-in that a sign-up came from, and goes on with: whatever became of it meanwhile, there is one."""

import re

from idp.login.front_door import FrontDoor
from idp.login.interaction import LOCAL_PATHS, begin
from idp.portal.signing_up.visit import Visit
from idp.records.interaction import Interaction, InteractionKind
from idp.spec.prompt import Prompt
from idp.spec.token_value import digest_of, is_same
from idp.store.interactions import INTERACTION

_INTERACTION_ID = re.compile(r"[0-9a-f]{32}")


async def came_from(door: FrontDoor, text: str, browser: str, now: int) -> Interaction | None:
    """The interaction that an address names, if it is open and this browser's."""
    found = await _own(door, text, browser)
    return found if found is not None and found.is_open(now) else None


async def interaction_to_go_on(visit: Visit) -> str:
    """The interaction that the new customer continues. One that took too long is asked anew, for the application still
    waits for its answer; after one that was answered in another tab, and without any, their account is next.
    """
    door, now = visit.door, visit.now
    found = await _own(door, visit.sign_up.interaction_id or "", visit.browser)
    if found is not None and found.is_open(now):
        return found.interaction_id
    kind, parameters, pushed_id = InteractionKind.LOCAL, {"return_to": LOCAL_PATHS[0]}, None
    if found is not None and found.completed_at is None:
        kind, parameters, pushed_id = found.kind, dict(found.parameters), found.pushed_id
        if parameters.get("prompt") == Prompt.CREATE:
            del parameters["prompt"]
    path = await begin(
        door, browser=visit.browser, kind=kind, parameters=parameters, now=now, pushed_id=pushed_id
    )
    return path.rpartition("/")[2]


async def _own(door: FrontDoor, text: str, browser: str) -> Interaction | None:
    if _INTERACTION_ID.fullmatch(text) is None:
        return None
    found = await door.database.one(INTERACTION, of_interaction=text)
    return found if found is not None and is_same(found.browser_digest, digest_of(browser)) else None
