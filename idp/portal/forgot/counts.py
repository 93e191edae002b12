"""How often mails may be asked for by people who are not signed in: delays that rise, and no lock that lasts.

They are counted apart from the codes of sign-ins, as these are (`login/sending.py`): browsers and networks that the
account has used have counts of their own, so that a stranger can neither flood a mailbox nor use its owner's mails up.
"""

from collections.abc import Mapping
from functools import lru_cache

from starlette.requests import Request

from idp.config.settings import Code
from idp.login.front_door import FrontDoor
from idp.login.sending import Asker, Count, stranger
from idp.login.throttle import delays
from idp.store.statement import Effect, Write
from idp.store.throttle import THROTTLED, spend_try

_FORGET_SECONDS = 86_400
_LONGEST_SECONDS = 3_600
_NETWORK_FORGET_SECONDS = 3_600


async def spend_network(door: FrontDoor, request: Request, now: int) -> int:
    """One more from this network, whoever it is about, committed. 0, or the seconds to wait."""
    [name] = stranger(door, request).names.values()
    key = f"forgot-all:{name}"
    spent = _network(door.settings.code).effect(expects=1, key=key, now=now)
    if await door.database.apply([spent]):
        return 0
    found = await door.database.one(THROTTLED, of_key=key, now=now)
    return max(found.blocked_until - now, 1) if found else 1


def spend_account(door: FrontDoor, asker: Asker, now: int) -> list[Effect]:
    """One more about this account, of every count of who asks, each expected: all or none."""
    writes = _accounts(door.settings.code)
    return [
        writes[count].effect(expects=1, key=f"forgot-{count}:{name}", now=now)
        for count, name in asker.names.items()
    ]


@lru_cache(maxsize=8)
def _network(limits: Code) -> Write:
    rising = delays(limits.network_sends * 2, cap_seconds=limits.send_delay_cap_seconds)
    return spend_try(rising, forget_seconds=_NETWORK_FORGET_SECONDS)


@lru_cache(maxsize=8)
def _accounts(limits: Code) -> Mapping[Count, Write]:
    each = spend_try(
        delays(limits.network_sends, cap_seconds=_LONGEST_SECONDS), forget_seconds=_FORGET_SECONDS
    )
    shared = spend_try(
        delays(limits.account_sends, cap_seconds=_LONGEST_SECONDS), forget_seconds=_FORGET_SECONDS
    )
    return {count: shared if count in (Count.FAMILIAR, Count.STRANGERS) else each for count in Count}
