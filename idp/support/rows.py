"""A dossier as the template of the account shows it. Pure; addresses are masked here, and codes become words."""

from collections.abc import Mapping
from typing import Any

from idp.account.own_browsers import shown
from idp.account.own_devices import OwnDevice
from idp.events.masking import masked_email
from idp.login.proof_words import proof_words
from idp.records.account import AccountStatus
from idp.records.risk import Decision
from idp.risk.explanation import REASONS
from idp.risk.sentences import sentence_of
from idp.store.outbox import LoggedMessage
from idp.store.support import TrailEntry
from idp.support.dossier import Dossier
from idp.support.visit import CASES
from idp.support.words import (
    ACCOUNT_KINDS,
    CASE_KINDS,
    CASE_STATUSES,
    OUTCOMES,
    said_event,
    said_mail,
    said_sending,
    said_status,
)


def rows_of(dossier: Dossier, *, trusts: bool, now: int) -> dict[str, Any]:
    """What the template tells of the account. `trusts`: whether the operator lets people trust browsers."""
    standing = dossier.standing
    return {
        "customer": _customer(dossier),
        "two_factor_at": standing.two_factor_at,
        "recommended_at": standing.recommended_at,
        "backup_codes": standing.backup_codes,
        "password_at": dossier.password_at,
        "devices": [_device(device) for device in dossier.devices],
        "browsers": [shown(browser, trusts=trusts, now=now) for browser in dossier.browsers],
        "decisions": [_decision(one, dossier.names) for one in dossier.decisions],
        "sign_ins": [_sign_in(one, dossier.names) for one in dossier.sign_ins],
        "messages": [message_row(one) for one in dossier.messages],
        "cases": [
            {
                "url": f"{CASES}/{case.case_id}",
                "reference": case.reference,
                "kind": CASE_KINDS[case.kind],
                "status": CASE_STATUSES[case.status],
                "created_at": case.created_at,
                "is_closed": case.status.is_closed,
            }
            for case in dossier.cases
        ],
        "domains": list(dossier.domains),
        "staff_acts": [_staff_act(one, dossier.names) for one in dossier.staff_acts],
    }


def _customer(dossier: Dossier) -> dict[str, Any]:
    person, standing = dossier.person, dossier.standing
    return {
        "name": person.name,
        "customer_id": person.customer_id,
        "is_staff": person.role.is_staff,
        "status": said_status(person),
        "is_active": person.status is AccountStatus.ACTIVE,
        "blocked_at": dossier.blocked_at if person.status is AccountStatus.DISABLED else None,
        "delete_at": person.delete_at,
        "reported_at": standing.stolen_at,
        "primary": masked_email(person.primary_email) if person.primary_email else "",
        "is_primary_proven": person.primary_email_verified,
        "refused_at": standing.primary_email_refused_at,
        "backup": masked_email(person.backup_email) if person.backup_email else "",
        "is_backup_proven": person.backup_email_verified,
        "language": person.language,
        "country": person.country,
        "kind": ACCOUNT_KINDS.get(person.kind),
        "created_at": person.created_at,
    }


def _device(device: OwnDevice) -> dict[str, Any]:
    return {
        "kind": device.kind.value,
        "name": device.name,
        "detail": device.detail,
        "created_at": device.created_at,
        "used_at": device.used_at,
        "is_flagged": device.is_flagged,
    }


def _decision(decision: Decision, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "at": decision.at,
        "application": names.get(decision.client_id, ""),
        "outcome": OUTCOMES[decision.outcome],
        "is_observed": decision.enforced is not decision.outcome,
        "is_completed": decision.completed_at is not None,
        "reasons": [REASONS[code] for code in decision.reasons if code in REASONS],
        "told": sentence_of(decision),
    }


def _sign_in(entry: TrailEntry, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "at": entry.at,
        "what": said_event(entry),
        "is_failure": entry.outcome == "failure",
        "factors": proof_words(entry.factor),
        "application": names.get(entry.client_id or "", ""),
        "country": entry.country,
    }


def message_row(message: LoggedMessage) -> dict[str, Any]:
    """A line of a mail log."""
    return {
        "at": message.created_at,
        "what": said_mail(message),
        "recipient": message.recipient,
        "state": said_sending(message),
        "reply": message.reply,
    }


def _staff_act(entry: TrailEntry, names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "at": entry.at,
        "what": said_event(entry),
        "who": names.get(entry.actor, entry.actor),
        "why": entry.why,
    }
