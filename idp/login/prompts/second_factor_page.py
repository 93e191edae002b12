"""What the second-factor prompt shows: the form of one way, and the pages that answer too many tries."""

from datetime import timedelta
from typing import Any

from starlette.responses import Response

from idp.account.backup_codes import FEW
from idp.login.dispatch import Ask
from idp.login.factors import sms
from idp.login.factors.answer import Shown
from idp.login.front_door import FrontDoor
from idp.login.prompts.prompted import Prompted
from idp.login.throttle import FACTOR_TRIES, Key
from idp.login.ways import may_be_trusted, open_ways, opening_way
from idp.records.factor import Way
from idp.web.headers import Posture
from idp.web.locale import Message


def ways_of(door: FrontDoor, prompted: Prompted) -> tuple[Way, ...]:
    """What may be shown now, the safest first."""
    assert prompted.standing is not None
    return open_ways(
        prompted.demand,
        prompted.standing,
        door.rules,
        interaction=prompted.interaction,
        signed_in=prompted.signed_in,
    )


def opened_way(door: FrontDoor, prompted: Prompted) -> Way | None:
    """What the page opens on. None if the person has nothing that works."""
    assert prompted.standing is not None
    return opening_way(
        prompted.demand,
        prompted.standing,
        door.rules,
        interaction=prompted.interaction,
        signed_in=prompted.signed_in,
    )


async def factor_page(
    shown: Shown,
    prompted: Prompted,
    way: Way,
    *,
    status: int = 200,
    error: Message | None = None,
    left: int = FACTOR_TRIES,
    retry_after: int = 0,
) -> Response:
    """The form of one way. `left` are the tries of this sign-in."""
    door, standing = shown.door, shown.standing
    field = "form" if way is Way.SECURITY_KEY or retry_after else "code"
    return door.pages.render(
        shown.request,
        "second-factor.html",
        status=status,
        locale=prompted.locale,
        headers={"Retry-After": str(retry_after)} if retry_after else None,
        **prompted.form(door, Ask.SECOND_FACTOR),
        **prompted.application(),
        **await _sms_state(shown, way),
        way=way.value,
        errors={field: error} if error else {},
        tries_left=left if left < FACTOR_TRIES else 0,
        is_numeric=door.settings.code.is_numeric,
        takes_backup_code=way is Way.TOTP and Way.BACKUP_CODE in ways_of(door, prompted),
        few_codes=standing.backup_codes if way is Way.BACKUP_CODE and standing.backup_codes <= FEW else 0,
        trust_days=_trust_days(door, prompted),
        remember=shown.form.get("remember") == "1",
    )


async def throttled_page(shown: Shown, prompted: Prompted, way: Way, wait: int) -> Response:
    """Nothing was compared."""
    message = Message(
        "There were many wrong codes. Wait %(wait)s, then try again.", {"wait": timedelta(seconds=wait)}
    )
    return await factor_page(shown, prompted, way, status=429, error=message, retry_after=wait)


async def wait_to_send(shown: Shown, prompted: Prompted, wait: int) -> Response:
    """No text is sent yet."""
    message = Message("You can have another code sent in %(wait)s.", {"wait": timedelta(seconds=wait)})
    return await factor_page(shown, prompted, Way.SMS, status=429, error=message, retry_after=wait)


def used_up_page(shown: Shown, prompted: Prompted) -> Response:
    """The tries of this sign-in are used up. Its address starts anew for the same application."""
    return shown.door.pages.render(
        shown.request,
        "tries-used-up.html",
        status=429,
        posture=Posture.PLAIN,
        locale=prompted.locale,
        restart_url=prompted.path(""),
    )


async def tries_left(shown: Shown, key: Key) -> int:
    """Of this sign-in."""
    return max(FACTOR_TRIES - await shown.door.throttle.failures(key), 0)


async def _sms_state(shown: Shown, way: Way) -> dict[str, Any]:
    """Where a code was sent, and where one could be."""
    if way is not Way.SMS:
        return {"sent_to": "", "phones": []}
    sent = await sms.open_challenge(shown)
    return {"sent_to": sent.recipient if sent else "", "phones": await sms.phones(shown)}


def _trust_days(door: FrontDoor, prompted: Prompted) -> int:
    """For how long the browser may be asked for no factor; 0 if that isn't offered."""
    assert prompted.standing is not None
    may = may_be_trusted(prompted.demand, prompted.standing, door.rules, interaction=prompted.interaction)
    return door.settings.factors.trust_days if may else 0
