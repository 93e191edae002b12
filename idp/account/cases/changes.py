"""What each kind of case changes in the account."""

from typing import assert_never

from idp.account.cases.mails import Writing
from idp.account.delegation_ending import end_own_delegations
from idp.account.ending import end_everything
from idp.account.new_password import asked_password_link
from idp.account.two_factor import USER_HANDLE_BYTES
from idp.records.account import AccountStatus, Person
from idp.records.case import CaseKind
from idp.records.factor import Notify
from idp.records.sign_up import AddressPlace
from idp.spec.identifier import canonical_email
from idp.store import recovering
from idp.store.accounts import FORGET_BACKUP, KEEP_ADDRESS, UPDATE_STATUS
from idp.store.address_changes import END_CHANGES, SET_PRIMARY
from idp.store.devices import END_TRUSTS, REVOKE_OTHER_DEVICES
from idp.store.factors import DELETE_BACKUP_CODES, INSERT_SECURITY
from idp.store.service_accounts import TURN_OFF_CHANGED
from idp.store.statement import Effect

_REASON = "recovered"


def effects_of_kind(writing: Writing, target: Person) -> list[Effect]:
    """With the conditions that must hold in the same instant: an address is free, or still the one that was proven."""
    ending = _everything_ended(target, writing.now)
    match writing.case.kind:
        case CaseKind.MAILBOX_BACKUP:
            return [*_backup_becomes_primary(writing, target), *_other_addresses(writing, target), *ending]
        case CaseKind.MAILBOX_DOCUMENTS:
            return [*_new_primary(writing, target), *_other_addresses(writing, target), *ending]
        case CaseKind.FACTOR:
            return [*_kept_address(target), *_without_factors(writing, target), *ending]
        case CaseKind.UNBLOCK:
            return [*_kept_address(target), *_unblocked(writing, target), *ending]
        case _ as never:
            assert_never(never)


def _everything_ended(target: Person, now: int) -> list[Effect]:
    """Browsers are unknown again, too, and service accounts turned off: whoever has the lost phone or mailbox may have
    used one, or made one.
    """
    subject_id = target.subject_id
    return [
        *end_everything(subject_id, now=now, reason=_REASON),
        *end_own_delegations(subject_id, now=now),
        REVOKE_OTHER_DEVICES.effect(of_subject=subject_id, kept_device=None, now=now, reason=_REASON),
        END_TRUSTS.effect(of_subject=subject_id),
        TURN_OFF_CHANGED.effect(of_owner=target.account_id, since=0, now=now),
    ]


def _backup_becomes_primary(writing: Writing, target: Person) -> list[Effect]:
    """No backup address is left; a new one is asked for at the next sign-in."""
    key = writing.case.new_email_key
    return [
        recovering.TURN_BACKUP_INTO_PRIMARY.effect(expects=1, of_account=target.account_id, proven_key=key),
        _set_primary(writing, target),
    ]


def _new_primary(writing: Writing, target: Person) -> list[Effect]:
    is_backup = (
        target.backup_email is not None and canonical_email(target.backup_email) == writing.case.new_email_key
    )
    forgotten = [FORGET_BACKUP.effect(of_account=target.account_id)] if is_backup else []
    return [*forgotten, _set_primary(writing, target)]


def _set_primary(writing: Writing, target: Person) -> Effect:
    return SET_PRIMARY.effect(
        expects=1,
        of_account=target.account_id,
        new_email=writing.case.new_email,
        new_key=writing.case.new_email_key,
        now=writing.now,
    )


def _kept_address(target: Person) -> list[Effect]:
    """The primary address, whose mailbox was asked or is written to, is the same while it happens."""
    key = canonical_email(target.primary_email) if target.primary_email else None
    return [KEEP_ADDRESS.effect(expects=1, of_account=target.account_id, of_key=key)] if key else []


def _other_addresses(writing: Writing, target: Person) -> list[Effect]:
    """Nothing that was on its way to or from the lost mailbox arrives."""
    return [
        *(
            END_CHANGES.effect(
                of_account=target.account_id, of_place=place.value, why="replaced", now=writing.now
            )
            for place in AddressPlace
        ),
        recovering.EXPIRE_EVERY_LINK.effect(of_subject=target.subject_id, now=writing.now),
    ]


def _without_factors(writing: Writing, target: Person) -> list[Effect]:
    subject_id = target.subject_id
    return [
        INSERT_SECURITY.effect(
            subject_id=subject_id,
            user_handle=writing.office.entropy.token_bytes(USER_HANDLE_BYTES),
            notify=Notify.NEW.value,
            last_way="",
        ),
        recovering.RECOMMEND_FACTOR.effect(expects=1, of_subject=subject_id, now=writing.now),
        recovering.DELETE_TOTPS.effect(of_subject=subject_id),
        recovering.DELETE_PASSKEYS.effect(of_subject=subject_id),
        recovering.DELETE_PHONES.effect(of_subject=subject_id),
        DELETE_BACKUP_CODES.effect(of_subject=subject_id),
    ]


def _unblocked(writing: Writing, target: Person) -> list[Effect]:
    """The password goes with the block: who knew it may be why there was one. A link to a new one goes to the primary
    mailbox, after those that were mailed before have ended.
    """
    effects = [
        UPDATE_STATUS.effect(
            expects=1,
            of_account=target.account_id,
            former=target.status.value,
            status=AccountStatus.ACTIVE.value,
            by="",
            disabled_at=None,
            now=writing.now,
        ),
        recovering.FORGET_PASSWORD.effect(of_subject=target.subject_id),
        recovering.EXPIRE_EVERY_LINK.effect(of_subject=target.subject_id, now=writing.now),
    ]
    if target.primary_email is None:
        return effects
    office = writing.office
    seconds = office.settings.recovery.link_seconds
    path, link = asked_password_link(office.entropy, target, seconds=seconds, now=writing.now)
    context = {
        "new_password_url": office.settings.issuer + path,
        "minutes": seconds // 60,
        "browser": "",
        "place": "",
        "at": writing.now,
    }
    mail = office.outbox.mail(
        "new-password",
        to=target.primary_email,
        locale=target.language or office.settings.language.default,
        context=context,
        subject_id=target.subject_id,
        now=writing.now,
        lifetime_seconds=seconds,
    )
    return [*effects, *link, mail]
