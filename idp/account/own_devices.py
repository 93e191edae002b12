"""Somebody's devices in one list, whatever their kind: what their owner sees, and support."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.records.account import SubjectId
from idp.records.factor import Kind, Passkey
from idp.store.database import Database
from idp.store.factors import PASSKEYS, PHONES, TOTPS


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDevice:
    """A device as its owner sees it. `detail` tells phones apart; `signs_in`: by itself, without a password."""

    kind: Kind
    device_id: str
    name: str
    detail: str
    created_at: int
    used_at: int | None
    is_flagged: bool = False
    signs_in: bool = False


async def devices_of(database: Database, subject_id: SubjectId) -> list[OwnDevice]:
    """Passkeys and keys, apps, phones; of each the oldest first."""
    keys = [_key(key) for key in await database.all(PASSKEYS, of_subject=subject_id)]
    apps = [
        OwnDevice(
            kind=Kind.TOTP,
            device_id=app.totp_id,
            name=app.name,
            detail="",
            created_at=app.created_at,
            used_at=app.used_at,
        )
        for app in await database.all(TOTPS, of_subject=subject_id)
    ]
    phones = [
        OwnDevice(
            kind=Kind.SMS,
            device_id=phone.phone_id,
            name=phone.name,
            detail=phone.masked,
            created_at=phone.created_at,
            used_at=phone.used_at,
        )
        for phone in await database.all(PHONES, of_subject=subject_id)
    ]
    return [*keys, *apps, *phones]


def usable(devices: Sequence[OwnDevice], *, sms: bool) -> list[OwnDevice]:
    """Those that a sign-in can ask for. `sms`: whether the operator sends any."""
    return [device for device in devices if not device.is_flagged and (sms or device.kind is not Kind.SMS)]


def _key(key: Passkey) -> OwnDevice:
    signs_in = key.is_discoverable and key.verifies_user
    return OwnDevice(
        kind=Kind.PASSKEY if signs_in else Kind.SECURITY_KEY,
        device_id=key.passkey_id,
        name=key.name,
        detail="",
        created_at=key.created_at,
        used_at=key.used_at,
        is_flagged=key.flagged_at is not None,
        signs_in=signs_in,
    )
