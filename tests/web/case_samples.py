"""Samples of the pages about cases: the queue, a case as its owner and as a second agent see it, and cancelling."""

from typing import Any

from idp.account.cases.deciding import CaseAct, CaseRefusal
from idp.events.case_words import ASK_REASONS, DOCUMENTS, KINDS, REFUSE_REASONS
from idp.records.case import AskReason, CaseKind, CaseStatus, DocumentKind
from idp.support.case_words import ACTS, REFUSALS
from idp.support.queue import FILTERS
from idp.support.read_back import ReadBack
from idp.support.words import CASE_STATUSES
from idp.web.locale import Message
from tests.web.support_samples import NOW, SAM

_FORM = {"form_action": "/support/cases/1", "csrf_token": "csrf-of-this-page"}
_OWNERS_ACTS = {
    CaseAct.RELEASE,
    CaseAct.NOTE,
    CaseAct.ASK_DOCUMENT,
    CaseAct.SEND_READ_BACK,
    CaseAct.READ_BACK,
    CaseAct.RESEND,
    CaseAct.REFUSE,
}


def _offers(possible: set[CaseAct], **why_not: CaseRefusal) -> dict[str, Any]:
    return {
        act.value: {
            "label": ACTS[act],
            "is_possible": act in possible,
            "why_not": REFUSALS[why_not[act.name]] if act.name in why_not else None,
        }
        for act in CaseAct
    }


_BOUNCED = {
    "at": NOW - 3_000,
    "what": Message("Case received"),
    "recipient": "c•••@d•••.test",
    "state": Message("Bounced"),
    "reply": "550 5.1.1",
}
_CASE: dict[str, Any] = {
    **SAM,
    **_FORM,
    "now": NOW,
    "errors": {},
    "chosen": "",
    "typed": {},
    "is_numeric": True,
    "case": {
        "reference": "K7QF-29DM",
        "kind": KINDS[CaseKind.MAILBOX_BACKUP],
        "status": CASE_STATUSES[CaseStatus.OPEN],
        "is_closed": False,
        "version": 3,
        "by_agent": True,
        "created_at": NOW - 3_000,
        "queued_at": NOW - 3_000,
        "language": "fr",
        "typed_identifier": "cc33333-ovh",
        "typed_name": "",
        "account_kind": "",
        "reason": "",
        "new_email": None,
        "new_email_verified_at": None,
        "read_back_at": None,
        "domain": "",
        "domain_proven_at": None,
        "owns_domain": False,
        "frozen_at": None,
        "apply_at": None,
    },
    "owner": {"name": "Sam Roux", "since": NOW - 3_000, "is_me": True},
    "account": {
        "url": "/support/accounts/1",
        "name": "Carol Lefèvre",
        "customer_id": "cc33333-ovh",
        "status": Message("Active"),
        "kind": Message("Individual"),
        "primary": "c•••@d•••.test",
        "backup": "c•••@d•••.test",
    },
    "siblings": [],
    "documents": [],
    "missing": REFUSALS[CaseRefusal.NEEDS_READ_BACK],
    "offers": _offers(_OWNERS_ACTS, PROPOSE=CaseRefusal.NEEDS_READ_BACK),
    "document_kinds": [(kind.value, DOCUMENTS[kind]) for kind in DocumentKind],
    "ask_reasons": [(reason.value, words) for reason, words in ASK_REASONS.items()],
    "refuse_reasons": [(reason.value, words) for reason, words in REFUSE_REASONS.items()],
    "history": [
        {"what": Message("Had a code mailed"), "detail": "", "who": "Sam Roux", "at": NOW - 120},
        {
            "what": Message("Opened the case"),
            "detail": "She calls from her office; her provider went out of business.",
            "who": "Sam Roux",
            "at": NOW - 3_000,
        },
    ],
    "messages": [
        {
            "at": NOW - 120,
            "what": Message("Code to read to an agent"),
            "recipient": "c•••@d•••.test",
            "state": Message("Accepted"),
            "reply": "250",
        },
        _BOUNCED,
    ],
    "bounced": [_BOUNCED],
    "read_back": ReadBack(sent_at=NOW - 120, recipient="c•••@d•••.test", tries_left=5, wait_seconds=0),
}
_DOCUMENT = {
    "document_id": "d1",
    "url": "/support/cases/1/documents/d1",
    "kind": DOCUMENTS[DocumentKind.IDENTITY],
    "name": "K7QF-29DM-identity-1.pdf",
    "kilobytes": 420,
    "created_at": NOW - 80_000,
    "asked_again": None,
    "is_deleted": False,
    "is_before_freeze": False,
}
_SECOND: dict[str, Any] = {
    **_CASE,
    "name": "Kim Blanc",
    "customer_id": "kk90002-ovh",
    "email": "kim@demo.test",
    "case": {
        **_CASE["case"],
        "kind": KINDS[CaseKind.MAILBOX_DOCUMENTS],
        "status": CASE_STATUSES[CaseStatus.PROPOSED],
        "by_agent": False,
        "typed_name": "Carol Lefèvre",
        "account_kind": Message("Company"),
        "reason": "Mon ancien fournisseur a fermé ma boîte sans prévenir.",
        "new_email": "carol.lefevre@new.test",
        "new_email_verified_at": NOW - 90_000,
        "domain": "lefevre.test",
        "domain_proven_at": NOW - 70_000,
        "owns_domain": True,
        "frozen_at": NOW - 85_000,
    },
    "owner": {"name": "Sam Roux", "since": NOW - 50_000, "is_me": False},
    "siblings": [
        {
            "url": "/support/cases/2",
            "reference": "P3XT-8BVW",
            "kind": KINDS[CaseKind.FACTOR],
            "status": CASE_STATUSES[CaseStatus.OPEN],
        }
    ],
    "documents": [
        {
            **_DOCUMENT,
            "document_id": "d0",
            "name": "K7QF-29DM-identity-1.jpg",
            "asked_again": ASK_REASONS[AskReason.UNREADABLE],
        },
        {**_DOCUMENT, "name": "K7QF-29DM-identity-2.pdf"},
    ],
    "missing": None,
    "offers": _offers({CaseAct.TAKE_OVER, CaseAct.APPROVE, CaseAct.WITHDRAW, CaseAct.NOTE}),
    "read_back": None,
}
_ROW: dict[str, Any] = {
    "url": "/support/cases/1",
    "reference": "K7QF-29DM",
    "kind": KINDS[CaseKind.MAILBOX_BACKUP],
    "status": CASE_STATUSES[CaseStatus.OPEN],
    "is_frozen": False,
    "is_bounced": False,
    "who": "cc33333-ovh",
    "owner": "Sam Roux",
    "is_mine": True,
    "queued_at": NOW - 300_000,
    "apply_at": None,
}
_QUEUE: dict[str, Any] = {
    **SAM,
    "now": NOW,
    "filters": [
        {"value": value, "label": label, "count": 2, "is_chosen": value == "all"}
        for value, label in FILTERS.items()
    ],
    "first_url": "/support/cases?show=all",
    "next_url": "/support/cases?show=all&after=1750000000.0192",
    "cases": [
        _ROW,
        {
            **_ROW,
            "reference": "P3XT-8BVW",
            "kind": KINDS[CaseKind.MAILBOX_DOCUMENTS],
            "status": CASE_STATUSES[CaseStatus.COOLING],
            "who": "c•••@d•••.test",
            "is_frozen": True,
            "is_bounced": True,
            "owner": "",
            "is_mine": False,
            "apply_at": NOW + 50_000,
        },
    ],
}
_CANCEL: dict[str, Any] = {
    "form_action": "/case-cancel/0192",
    "csrf_token": "csrf-of-this-page",
    "reference": "K7QF-29DM",
    "outcome": "frozen",
    "is_used": False,
    "kind": "mailbox-backup",
    "apply_at": NOW + 80_000,
}

CASE_SPARE = {
    "apply_at",
    "ask_reasons",
    "csrf_token",
    "document_kinds",
    "form_action",
    "is_numeric",
    "is_used",
    "kind",
    "reference",
    "refuse_reasons",
}
"""What only some states of a case's pages need."""

CASE_SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "support-queue": ("support/queue.html", _QUEUE),
    "support-queue-empty": ("support/queue.html", {**_QUEUE, "cases": [], "first_url": "", "next_url": ""}),
    "support-case": ("support/case.html", _CASE),
    "support-case-errors": (
        "support/case.html",
        {**_CASE, "chosen": "read-back", "errors": {"code": REFUSALS[CaseRefusal.WRONG_CODE]}},
    ),
    "support-case-second": ("support/case.html", _SECOND),
    "case-cancel": ("case-cancel.html", _CANCEL),
    "case-cancel-factor": ("case-cancel.html", {**_CANCEL, "kind": "factor"}),
    "case-cancel-unblock": ("case-cancel.html", {**_CANCEL, "kind": "unblock"}),
    "case-cancel-again": ("case-cancel.html", {**_CANCEL, "outcome": "again"}),
    "case-cancel-known": ("case-cancel.html", {**_CANCEL, "outcome": "again", "is_used": True}),
    "case-cancel-stopped": ("case-cancel.html", {**_CANCEL, "outcome": "stopped", "is_used": True}),
    "case-cancel-closed": ("case-cancel.html", {**_CANCEL, "outcome": "closed"}),
    "case-cancel-done": ("case-cancel.html", {**_CANCEL, "outcome": "done"}),
}
