"""`/account/security/remove` and `/account/security/turn-off`: what takes a factor away.

Both want a recent proof: by a factor, where two-factor authentication is on. Each says before what goes with it.
"""

from collections.abc import Sequence

from starlette.responses import RedirectResponse, Response

from idp.account import two_factor
from idp.account.two_factor import is_required
from idp.login.notices import device_notice
from idp.portal.factors import OwnDevice, devices_of, standing_of, usable
from idp.portal.visit import Visit
from idp.records.factor import Kind, Standing
from idp.store.statement import Effect
from idp.web.locale import Message

REMOVE_PATH = "/account/security/remove"
TURN_OFF_PATH = "/account/security/turn-off"
_SECURITY_PATH = "/account/security"
_WHAT = {Kind.TOTP: "totp-removed", Kind.SMS: "phone-removed"}

_CHOOSE = Message("Choose the device to remove")
_LAST_ONE = Message(
    "Your account has to have two-factor authentication, and this is its last device. Set up another one first."
)
_CHANGED = Message("Your devices changed meanwhile. Look again.")


async def show_remove(
    visit: Visit, *, status: int = 200, errors: dict[str, Message] | None = None, chosen: str = ""
) -> Response:
    devices = await devices_of(visit.door.database, visit.person.subject_id)
    if not devices:
        return RedirectResponse(_SECURITY_PATH, 303)
    standing = await standing_of(visit)
    working = usable(devices, sms=visit.door.rules.sms)
    return visit.render(
        "account/remove-device.html",
        status=status,
        **visit.form(),
        devices=[(device.device_id, device.kind.value, device.name, device.detail) for device in devices],
        chosen=chosen or visit.request.query_params.get("device", "") or devices[0].device_id,
        last_name=working[0].name if len(working) == 1 and standing.has_two_factor else "",
        is_required=_is_required(visit, standing),
        errors=errors or {},
    )


async def submit_remove(visit: Visit) -> Response:
    form = await visit.read_form()
    devices = await devices_of(visit.door.database, visit.person.subject_id)
    chosen = next((device for device in devices if device.device_id == form.get("device")), None)
    if chosen is None:
        return await show_remove(visit, status=422, errors={"form": _CHOOSE})
    standing = await standing_of(visit)
    is_last = _is_last(chosen, usable(devices, sms=visit.door.rules.sms))
    if is_last and _is_required(visit, standing):
        return await show_remove(visit, status=409, errors={"form": _LAST_ONE}, chosen=chosen.device_id)
    effects = two_factor.remove(
        visit.keeper,
        chosen.kind,
        chosen.device_id,
        turns_off=is_last and standing.has_two_factor,
        keeps_on=not is_last and standing.has_two_factor,
    )
    notice = [*effects, *_notice(visit, _WHAT.get(chosen.kind, "key-removed"), chosen.name)]
    if is_last and standing.has_two_factor:
        notice += _notice(visit, "two-factor-off")
    if not await visit.door.database.apply(notice):
        return await show_remove(visit, status=409, errors={"form": _CHANGED})
    visit.door.outbox.wake()
    return RedirectResponse(_SECURITY_PATH, 303)


async def show_turn_off(visit: Visit) -> Response:
    standing = await standing_of(visit)
    if not standing.has_two_factor:
        return RedirectResponse(_SECURITY_PATH, 303)
    return visit.render(
        "account/turn-off.html",
        **visit.form(),
        is_required=_is_required(visit, standing),
    )


async def submit_turn_off(visit: Visit) -> Response:
    await visit.read_form()
    standing = await standing_of(visit)
    if not standing.has_two_factor or _is_required(visit, standing):
        return visit.back()
    await visit.door.database.apply([*two_factor.turn_off(visit.keeper), *_notice(visit, "two-factor-off")])
    visit.door.outbox.wake()
    return RedirectResponse(_SECURITY_PATH, 303)


def _is_last(chosen: OwnDevice, working: Sequence[OwnDevice]) -> bool:
    """Whether nothing that works is left without it."""
    return [device.device_id for device in working] == [chosen.device_id]


def _is_required(visit: Visit, standing: Standing) -> bool:
    return is_required(standing, visit.door.rules.required_groups)


def _notice(visit: Visit, what: str, name: str = "") -> list[Effect]:
    seen = visit.door.seen(visit.request)
    return device_notice(visit.door, visit.person, what, seen, name, now=visit.now)
