"""Two-factor authentication: adding and removing devices, turning it on and off, backup codes.

Each function answers the effects of one act, with its audit event, for one transaction; whoever applies them adds the
mail to the owner. Nobody is left with two-factor authentication and no device, nor with backup codes alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.account.backup_codes import digest_of_code
from idp.account.passkeys import NewPasskey
from idp.account.totp import seal_secret
from idp.events.audit import Audit
from idp.events.masking import masked_number
from idp.records.account import SubjectId
from idp.records.event import Event, EventType, Occasion
from idp.records.factor import Kind, Notify, Standing
from idp.records.ports import Entropy
from idp.signing.sealing import RootKeys
from idp.store.devices import END_TRUSTS
from idp.store.factors import (
    DELETE_BACKUP_CODES,
    DELETE_PASSKEY,
    DELETE_PHONE,
    DELETE_TOTP,
    HOLD_SECURITY,
    INSERT_BACKUP_CODE,
    INSERT_PASSKEY,
    INSERT_PHONE,
    INSERT_SECURITY,
    INSERT_TOTP,
    KEEP_TWO_FACTOR,
    RENAME_PASSKEY,
    RENAME_PHONE,
    RENAME_TOTP,
    SET_NOTIFY,
    TURN_TWO_FACTOR,
    TURN_TWO_FACTOR_ON,
)
from idp.store.seals import PHONES
from idp.store.statement import Effect

USER_HANDLE_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeper:
    """What these acts work with, and whose security they change."""

    audit: Audit
    entropy: Entropy
    root_keys: RootKeys
    occasion: Occasion
    subject_id: SubjectId

    @property
    def now(self) -> int:
        return self.occasion.now

    def recorded(
        self,
        kind: EventType,
        *,
        factor: str = "",
        reason: str = "",
        session_id: str | None = None,
        failed: bool = False,
    ) -> Effect:
        """The audit event of an act, or of a try that failed."""
        event = Event(
            type=kind,
            actor=self.occasion.actor,
            subject_id=self.subject_id,
            session_id=session_id,
            factor=factor,
            reason=reason,
            outcome="failure" if failed else "success",
        )
        return self.audit.effect(event, self.occasion.circumstances, now=self.now)

    def row(self) -> Effect:
        """The subject's row, if it is missing."""
        handle = self.entropy.token_bytes(USER_HANDLE_BYTES)
        return INSERT_SECURITY.effect(
            subject_id=self.subject_id, user_handle=handle, notify=Notify.NEW.value, last_way=""
        )

    def held(self) -> list[Effect]:
        """Before whatever adds or removes a way in. Every browser is asked for a factor again."""
        return [
            self.row(),
            HOLD_SECURITY.effect(expects=1, of_subject=self.subject_id, now=self.occasion.now),
            END_TRUSTS.effect(of_subject=self.subject_id),
        ]


def add_totp(keeper: Keeper, *, secret: str, name: str, step: int) -> list[Effect]:
    """An app whose code of `step` was right."""
    totp_id = keeper.entropy.uuid7(keeper.now)
    sealed = seal_secret(keeper.root_keys, secret, totp_id=totp_id)
    return [
        *keeper.held(),
        INSERT_TOTP.effect(
            totp_id=totp_id,
            subject_id=keeper.subject_id,
            name=name,
            sealed=sealed.sealed,
            root_key_id=sealed.root_key_id,
            last_step=step,
            created_at=keeper.now,
        ),
        keeper.recorded(EventType.FACTOR_ADDED, factor=Kind.TOTP),
    ]


def add_passkey(keeper: Keeper, new: NewPasskey, *, name: str, kind: Kind) -> list[Effect]:
    """A key whose registration was checked. Nothing is applied if somebody has its credential id already."""
    return [
        *keeper.held(),
        INSERT_PASSKEY.effect(
            expects=1,
            passkey_id=keeper.entropy.uuid7(keeper.now),
            subject_id=keeper.subject_id,
            name=name,
            credential_id=new.credential_id,
            public_key=new.public_key,
            sign_count=new.sign_count,
            aaguid=new.aaguid,
            transports=new.transports,
            is_discoverable=int(new.is_discoverable),
            verifies_user=int(new.verifies_user),
            is_synced=int(new.is_synced),
            created_at=keeper.now,
        ),
        keeper.recorded(EventType.FACTOR_ADDED, factor=kind),
    ]


def add_phone(keeper: Keeper, *, number: str, name: str) -> list[Effect]:
    """A phone that got a code."""
    phone_id = keeper.entropy.uuid7(keeper.now)
    sealed = keeper.root_keys.seal(number.encode(), binding=PHONES.binding(phone_id))
    return [
        *keeper.held(),
        INSERT_PHONE.effect(
            phone_id=phone_id,
            subject_id=keeper.subject_id,
            name=name,
            masked=masked_number(number),
            sealed=sealed.sealed,
            root_key_id=sealed.root_key_id,
            created_at=keeper.now,
        ),
        keeper.recorded(EventType.FACTOR_ADDED, factor=Kind.SMS),
    ]


def turn_on(keeper: Keeper, backup_codes: Sequence[str]) -> list[Effect]:
    """Every sign-in asks for a device from now on. Nothing is applied if there is none."""
    return [
        *keeper.held(),
        TURN_TWO_FACTOR_ON.effect(expects=1, of_subject=keeper.subject_id, now=keeper.now),
        *_replaced_codes(keeper, backup_codes),
        keeper.recorded(EventType.TWO_FACTOR_TURNED_ON),
    ]


def turn_off(keeper: Keeper, *, reason: str = "by_owner") -> list[Effect]:
    """No sign-in asks for a device. Devices stay, backup codes go: they would be the only factor one day."""
    return [
        *keeper.held(),
        TURN_TWO_FACTOR.effect(of_subject=keeper.subject_id, turned_at=None),
        DELETE_BACKUP_CODES.effect(of_subject=keeper.subject_id),
        keeper.recorded(EventType.TWO_FACTOR_TURNED_OFF, reason=reason),
    ]


def renew_backup_codes(keeper: Keeper, backup_codes: Sequence[str]) -> list[Effect]:
    """Ten new codes; the ones before work no more. Nothing is applied where there is no device."""
    return [
        *keeper.held(),
        KEEP_TWO_FACTOR.effect(expects=1, of_subject=keeper.subject_id),
        *_replaced_codes(keeper, backup_codes),
    ]


def rename(keeper: Keeper, kind: Kind, device_id: str, name: str) -> list[Effect]:
    renaming = {Kind.TOTP: RENAME_TOTP, Kind.SMS: RENAME_PHONE}.get(kind, RENAME_PASSKEY)
    which = {Kind.TOTP: "of_totp", Kind.SMS: "of_phone"}.get(kind, "of_passkey")
    return [
        renaming.effect(expects=1, of_subject=keeper.subject_id, new_name=name, **{which: device_id}),
        keeper.recorded(EventType.FACTOR_RENAMED, factor=kind),
    ]


def remove(keeper: Keeper, kind: Kind, device_id: str, *, turns_off: bool, keeps_on: bool) -> list[Effect]:
    """Remove a device. `turns_off`: it was the last, and two-factor authentication goes with it. `keeps_on`: it was
    not, and nothing is applied if another act has removed the others meanwhile.
    """
    deletion = {Kind.TOTP: DELETE_TOTP, Kind.SMS: DELETE_PHONE}.get(kind, DELETE_PASSKEY)
    which = {Kind.TOTP: "of_totp", Kind.SMS: "of_phone"}.get(kind, "of_passkey")
    kept = [KEEP_TWO_FACTOR.effect(expects=1, of_subject=keeper.subject_id)] if keeps_on else []
    return [
        *keeper.held(),
        deletion.effect(expects=1, of_subject=keeper.subject_id, **{which: device_id}),
        keeper.recorded(EventType.FACTOR_REMOVED, factor=kind),
        *(turn_off(keeper, reason="last_device_removed") if turns_off else kept),
    ]


def choose_notifications(keeper: Keeper, notify: Notify) -> list[Effect]:
    """Which sign-ins are told by mail."""
    return [
        keeper.row(),
        SET_NOTIFY.effect(of_subject=keeper.subject_id, wanted=notify.value),
        keeper.recorded(EventType.NOTIFICATIONS_CHANGED, reason=notify.value),
    ]


def is_required(standing: Standing, required_groups: frozenset[str]) -> bool:
    """Whether the operator asks this person for two factors at every sign-in."""
    return bool(standing.groups & required_groups)


def _replaced_codes(keeper: Keeper, backup_codes: Sequence[str]) -> list[Effect]:
    return [
        DELETE_BACKUP_CODES.effect(of_subject=keeper.subject_id),
        *(
            INSERT_BACKUP_CODE.effect(
                subject_id=keeper.subject_id, digest=digest_of_code(code), created_at=keeper.now
            )
            for code in backup_codes
        ),
        keeper.recorded(EventType.BACKUP_CODES_MADE),
    ]
