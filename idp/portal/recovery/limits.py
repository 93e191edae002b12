"""How often somebody may have a domain looked at, which is a request of ours to whatever server they name; and how many
files they may send, which we keep for a while whoever they are.
"""

from functools import lru_cache

from starlette.requests import Request

from idp.login.front_door import FrontDoor
from idp.login.sending import stranger
from idp.login.throttle import delays
from idp.store.statement import Write
from idp.store.throttle import THROTTLED, spend_try

_FORGET_SECONDS = 3_600
_LOOK_SECONDS = 10
# So many people behind one address may send all their documents without a pause.
_CASES_OF_A_NETWORK = 3
_FILE_DELAY_CAP_SECONDS = 600


async def spend_look(door: FrontDoor, request: Request, case_id: str, now: int) -> int:
    """One more look at the domain of a case: of this case every few seconds, and of this network's."""
    [network] = stranger(door, request).names.values()
    limits = door.settings.code
    looks = _rising(limits.network_sends * 4, limits.send_delay_cap_seconds)
    of_case = await _spend(door, _LOOK, f"recovery-look:{case_id}", now)
    return of_case or await _spend(door, looks, f"recovery-looks:{network}", now)


async def spend_file(door: FrontDoor, request: Request, now: int) -> int:
    """One more file of this network's."""
    [network] = stranger(door, request).names.values()
    files = _rising(door.settings.recovery.documents * _CASES_OF_A_NETWORK, _FILE_DELAY_CAP_SECONDS)
    return await _spend(door, files, f"recovery-files:{network}", now)


async def _spend(door: FrontDoor, write: Write, key: str, now: int) -> int:
    if await door.database.apply([write.effect(expects=1, key=key, now=now)]):
        return 0
    found = await door.database.one(THROTTLED, of_key=key, now=now)
    return max(found.blocked_until - now, 1) if found else 1


@lru_cache(maxsize=8)
def _rising(free: int, cap_seconds: int) -> Write:
    return spend_try(delays(free, cap_seconds=cap_seconds), forget_seconds=_FORGET_SECONDS)


_LOOK = spend_try((_LOOK_SECONDS,), forget_seconds=_FORGET_SECONDS)
