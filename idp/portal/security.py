"""`/account/security`: how the customer proves who they are, and what would still work if something were lost."""

from typing import Any

from starlette.responses import Response

from idp.account.backup_codes import FEW
from idp.account.device_name import read_name
from idp.account.two_factor import choose_notifications, is_required, rename
from idp.login.interaction import begin_local
from idp.login.setting_up.totp import NAME_TOO_LONG
from idp.portal.factors import OwnDevice, devices_of, standing_of, usable
from idp.portal.losses import losses
from idp.portal.visit import Visit, is_recent
from idp.records.factor import Notify
from idp.store.accounts import CREDENTIAL_BY_SUBJECT
from idp.store.factors import SECURITY
from idp.web.forms import Parameters
from idp.web.locale import Message

PATH = "/account/security"


async def show(visit: Visit, *, status: int = 200, errors: dict[str, Message] | None = None) -> Response:
    standing = await standing_of(visit)
    devices = await devices_of(visit.door.database, visit.person.subject_id)
    security = await visit.door.database.one(SECURITY, of_subject=visit.person.subject_id)
    credential = await visit.door.database.one(CREDENTIAL_BY_SUBJECT, subject_id=visit.person.subject_id)
    return visit.render(
        "account/security.html",
        status=status,
        **visit.form(),
        two_factor_at=standing.two_factor_at,
        is_required=is_required(standing, visit.door.rules.required_groups),
        password_at=credential.changed_at if credential else None,
        devices=[_row(device) for device in devices],
        backup_codes=standing.backup_codes,
        has_few_codes=standing.backup_codes <= FEW,
        notify=(security.notify if security else Notify.NEW).value,
        losses=losses(standing, usable(devices, sms=visit.door.rules.sms)),
        errors=errors or {},
        now=visit.now,
    )


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    match form.get("action"):
        case "rename":
            return await _rename(visit, form)
        case "notify":
            return await _notify(visit, form)
        case _:
            return visit.back()


async def _rename(visit: Visit, form: Parameters) -> Response:
    devices = await devices_of(visit.door.database, visit.person.subject_id)
    renamed = next((device for device in devices if device.device_id == form.get("device")), None)
    name = read_name(form.get("name", ""))
    if name is None:
        return await show(visit, status=422, errors={"form": NAME_TOO_LONG})
    if renamed is not None and name not in ("", renamed.name):
        await visit.door.database.apply(rename(visit.keeper, renamed.kind, renamed.device_id, name))
    return visit.back()


async def _notify(visit: Visit, form: Parameters) -> Response:
    recent_seconds = visit.door.settings.factors.recent_seconds
    if not await is_recent(visit.door, visit.signed_in, recent_seconds, visit.now):
        return await begin_local(
            visit.door, visit.request, visit.path, visit.now, recent_seconds=recent_seconds
        )
    wanted = next((notify for notify in Notify if notify.value == form.get("notify")), None)
    if wanted is not None:
        await visit.door.database.apply(choose_notifications(visit.keeper, wanted))
    return visit.back()


def _row(device: OwnDevice) -> dict[str, Any]:
    return {
        "kind": device.kind.value,
        "id": device.device_id,
        "name": device.name,
        "detail": device.detail,
        "created_at": device.created_at,
        "used_at": device.used_at,
        "is_flagged": device.is_flagged,
    }
