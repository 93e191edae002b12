"""Mails about recovery cases: to who asks, and to every address that we know of the account."""

from idp.events.template import AT, template
from idp.records.case import AskReason, CaseKind, DocumentKind, RefuseReason

_ORIGIN = "https://login.example.com"
_CASE = {"reference": "K7QF-29DM", "kind": "mailbox-documents"}
_STATUS = {"status_url": f"{_ORIGIN}/case/0192f3a4-sample"}
_KIND_CHOICES = {"kind": tuple(CaseKind)}
_STOPPED = {**_CASE, "recovery_url": f"{_ORIGIN}/recovery"}
_WHY_STOPPED = {"withdrawn": AT + 86_400, "refused": AT + 86_400, "expired": 0}
_DOCUMENTS, _ASK, _REFUSE = tuple(DocumentKind), tuple(AskReason), tuple(RefuseReason)

CASE_MAILS = (
    # The code that a caller reads back to the agent.
    template("read-back-code", {"code": "1234 5678", "minutes": 10, "reference": "K7QF-29DM"}),
    template(
        "case-received",
        {**_CASE, **_STATUS, "days": 3},
        {**_CASE, **_STATUS, "kind": "mailbox-backup", "days": 3},
        choices=_KIND_CHOICES,
    ),
    template(
        "case-asked",
        {**_CASE, **_STATUS, "days": 3, "waiting_days": 30, "document": "identity", "reason": "unreadable"},
        {
            **_CASE,
            **_STATUS,
            "days": 3,
            "waiting_days": 30,
            "document": "proof-of-address",
            "reason": "missing",
        },
        choices={**_KIND_CHOICES, "document": _DOCUMENTS, "reason": _ASK},
    ),
    template(
        "case-refused",
        {**_CASE, "reason": "not-shown", "recovery_url": f"{_ORIGIN}/recovery"},
        {**_CASE, "reason": "not-needed", "recovery_url": f"{_ORIGIN}/recovery"},
        choices={**_KIND_CHOICES, "reason": _REFUSE},
    ),
    # To who asked, where an agent sends the link anew.
    template("case-link", {**_CASE, **_STATUS}, choices=_KIND_CHOICES),
    # To every known address, before anything changes. `new_address` is masked; empty where no address changes.
    # `cancel_url` is empty for who only asks.
    template(
        "case-cooling",
        {
            **_CASE,
            "new_address": "n•••@e•••.com",
            "apply_at": AT + 86_400,
            "cancel_url": f"{_ORIGIN}/case-cancel/0192f3a4-sample",
        },
        {
            "reference": "K7QF-29DM",
            "kind": "factor",
            "new_address": "",
            "apply_at": AT + 86_400,
            "cancel_url": f"{_ORIGIN}/case-cancel/0192f3a4-sample",
        },
        {**_CASE, "new_address": "n•••@e•••.com", "apply_at": AT + 86_400, "cancel_url": ""},
        choices=_KIND_CHOICES,
    ),
    # To the other addresses: somebody cancelled.
    template("case-frozen", {**_CASE, **_STATUS, "by": "a•••@e•••.com"}, choices=_KIND_CHOICES),
    # To everybody who was told when something changes: it does not. `apply_at` is 0 where nobody was told.
    template(
        "case-stopped",
        *({**_STOPPED, "why": why, "apply_at": at} for why, at in _WHY_STOPPED.items()),
        choices={**_KIND_CHOICES, "why": tuple(_WHY_STOPPED)},
    ),
    template(
        "case-done",
        {**_CASE, "new_address": "n•••@e•••.com", "at": AT, "next_url": f"{_ORIGIN}/forgot"},
        {
            "reference": "K7QF-29DM",
            "kind": "factor",
            "new_address": "",
            "at": AT,
            "next_url": f"{_ORIGIN}/forgot",
        },
        choices=_KIND_CHOICES,
    ),
)
