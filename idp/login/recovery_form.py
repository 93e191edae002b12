"""The beginning of the form for who can't get in any more: bound to the browser, as a sign-in is. Its pages are the
portal's.
"""

from functools import lru_cache

from starlette.requests import Request

from idp.account.cases.opening import new_draft
from idp.config.settings import Code
from idp.login.front_door import FrontDoor
from idp.login.sending import stranger
from idp.login.throttle import delays
from idp.records.case import CaseKind
from idp.spec.token_value import digest_of
from idp.store.statement import Write
from idp.store.throttle import THROTTLED, spend_try

RECOVERY_PATH = "/recovery"
LOST_MAILBOX_PATH = f"{RECOVERY_PATH}?for=mailbox"
"""Where “I no longer have this mailbox” leads to, which says already what was lost."""
_FORGET_SECONDS = 3_600


async def begin_form(
    door: FrontDoor,
    request: Request,
    *,
    browser: str,
    kind: CaseKind,
    locale: str,
    now: int,
    identifier: str = "",
) -> str | int:
    """The address of a new form, or the seconds to wait: a network begins only so many. `identifier` is filled in where
    somebody proved already that they know it.
    """
    if wait := await _spend(door, request, now):
        return wait
    case_id, effect = new_draft(
        door.entropy,
        browser_digest=digest_of(browser),
        language=locale,
        now=now,
        kind=kind,
        typed_identifier=identifier,
    )
    await door.database.apply([effect])
    return f"{RECOVERY_PATH}/{case_id}/who"


async def _spend(door: FrontDoor, request: Request, now: int) -> int:
    [network] = stranger(door, request).names.values()
    key = f"recovery:{network}"
    if await door.database.apply([_write(door.settings.code).effect(expects=1, key=key, now=now)]):
        return 0
    found = await door.database.one(THROTTLED, of_key=key, now=now)
    return max(found.blocked_until - now, 1) if found else 1


@lru_cache(maxsize=8)
def _write(limits: Code) -> Write:
    rising = delays(limits.network_sends * 2, cap_seconds=limits.send_delay_cap_seconds)
    return spend_try(rising, forget_seconds=_FORGET_SECONDS)
