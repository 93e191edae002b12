"""Samples of the form for who can't get in any more, and of the page that says how it stands."""

from typing import Any

from idp.config.settings import SupportPhone
from idp.web.locale import Message

NOW = 1_764_000_000
_PHONES = (
    SupportPhone(country="FR", number="1099"),
    SupportPhone(country="*", number="+33 1 99 00 00 00"),
)
_FORM: dict[str, Any] = {
    "form_action": "/recovery/0192f3a4/step",
    "csrf_token": "csrf-of-this-page",
    "errors": {},
}
_QUESTION = {**_FORM, "is_draft": True, "back_url": "", "steps": 6}
_LINKED = {**_FORM, "is_draft": False, "back_url": "/case/0192f3a4", "step": 0, "steps": 0}
_START = {
    **_FORM,
    "came_from": "",
    "lost": "",
    "support_phones": _PHONES,
    "forgot_url": "/forgot",
    "sign_in_url": "/account",
}
_LOST = {
    "form_action": "/sign-in/4f1c/lost-mailbox",
    "csrf_token": "csrf-of-this-page",
    "customer_id": "aa11111-ovh",
    "has_backup": False,
    "days": 3,
    "wait": 0,
    "support_phones": _PHONES,
    "has_other_ways": False,
    "other_way_url": "/sign-in/4f1c/other-way",
    "back_url": "/sign-in/4f1c/email-code",
}
_WHO = {**_QUESTION, "step": 1, "identifier": "", "name": ""}
_KINDS = ["individual", "self-employed", "company", "association", "administration"]
_ADDRESS = {
    **_QUESTION,
    "step": 4,
    "case_kind": "mailbox-documents",
    "proven": "",
    "next_url": "/recovery/0192f3a4/documents",
    "typed": "",
}
_DOCUMENTS: dict[str, Any] = {
    **_QUESTION,
    "step": 5,
    "upload_url": "/recovery/0192f3a4/upload",
    "upload_token": "csrf-of-uploads",
    "domain_url": "/recovery/0192f3a4/domain",
    "account_kind": "individual",
    "kinds": ["identity", "proof-of-address"],
    "extra": ["police-report", "other"],
    "opened": "",
    "asked": {},
    "documents": [
        {
            "id": "0192f3a5",
            "kind": "identity",
            "media_type": "image/jpeg",
            "size": 2_411_724,
            "is_refused": False,
            "is_before_freeze": False,
        }
    ],
    "domain": "",
    "most_bytes": 8_388_608,
}
_DOMAIN = {
    **_QUESTION,
    "step": 5,
    "domain": "",
    "is_proven": False,
    "record_name": "_idp-challenge.boulangerie-martin.example",
    "file_url": "https://boulangerie-martin.example/.well-known/idp-case.txt",
    "text": "idp-case=0123456789abcdef0123456789abcdef",
    "typed": "",
    "documents_url": "/recovery/0192f3a4/documents",
    "next_url": "/recovery/0192f3a4/review",
}
_REVIEW = {
    **_QUESTION,
    "step": 6,
    "case_kind": "mailbox-documents",
    "identifier": "aa11111-ovh",
    "name": "Alice Aubert",
    "account_kind": "individual",
    "reason": "I left the company that had given me the address.\nNobody there answers.",
    "address": "alice.new@other.test",
    "documents": ["identity", "identity", "proof-of-address"],
    "domain": "boulangerie-martin.example",
    "change_urls": dict.fromkeys(
        ("who", "type", "reason", "address", "documents", "domain"), "/recovery/0192f3a4/who"
    ),
}
_STATUS: dict[str, Any] = {
    "reference": "K7QF-29DM",
    "case_kind": "mailbox-documents",
    "status_code": "open",
    "days": 3,
    "asked": {},
    "refused_for": "",
    "was_cancelled": False,
    "apply_at": 0,
    "documents_url": "/case/0192f3a4/documents",
    "address_url": "",
    "domain_url": "/case/0192f3a4/domain",
    "recovery_url": "/recovery",
    "forgot_url": "/forgot",
    "sign_in_url": "/account",
}
_CLOSED = {**_STATUS, "documents_url": "", "domain_url": ""}

RECOVERY_SPARE = frozenset(
    {
        # Wanted only beside others, or by some of the pages that share a frame.
        *(
            "step",
            "steps",
            "is_draft",
            "back_url",
            "chosen",
            "name",
            "typed",
            "errors",
            "documents",
            "case_kind",
        ),
        *(
            "apply_at",
            "asked",
            "refused_for",
            "was_cancelled",
            "days",
            "documents_url",
            "address_url",
            "domain_url",
        ),
        *("recovery_url", "forgot_url", "sign_in_url", "other_way_url", "has_other_ways", "wait", "next_url"),
        *("proven", "opened", "domain", "is_proven", "record_name", "file_url", "text", "form_action"),
        *("csrf_token", "support_phones", "address", "reason", "identifier", "domain_url"),
    }
)

RECOVERY_SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "lost-mailbox": ("lost-mailbox.html", {**_LOST, "has_other_ways": True}),
    "lost-mailbox-backup": ("lost-mailbox.html", {**_LOST, "has_backup": True}),
    "lost-mailbox-often": ("lost-mailbox.html", {**_LOST, "wait": 30}),
    "recovery": ("recovery/start.html", _START),
    "recovery-errors": (
        "recovery/start.html",
        {**_START, "lost": "factor", "errors": {"lost": Message("Choose what you have lost")}},
    ),
    "recovery-who": ("recovery/who.html", _WHO),
    "recovery-who-errors": (
        "recovery/who.html",
        {
            **_WHO,
            "identifier": "alice",
            "errors": {
                "username": Message("This is no customer ID, nor an e-mail address in full. Check it."),
                "name": Message("Enter your full name"),
            },
        },
    ),
    "recovery-type": ("recovery/type.html", {**_QUESTION, "step": 2, "kinds": _KINDS, "chosen": "company"}),
    "recovery-reason": (
        "recovery/reason.html",
        {**_QUESTION, "step": 3, "case_kind": "mailbox-documents", "reason": ""},
    ),
    "recovery-reason-errors": (
        "recovery/reason.html",
        {
            **_QUESTION,
            "step": 3,
            "case_kind": "factor",
            "reason": "",
            "errors": {"reason": Message("Say what happened, in a few words")},
        },
    ),
    "recovery-address": ("recovery/address.html", _ADDRESS),
    "recovery-address-proven": (
        "recovery/address.html",
        {**_ADDRESS, "case_kind": "factor", "proven": "alice.new@other.test"},
    ),
    "recovery-address-linked": (
        "recovery/address.html",
        {
            **_LINKED,
            "case_kind": "mailbox-documents",
            "proven": "",
            "next_url": "",
            "typed": "",
        },
    ),
    "recovery-address-code": (
        "recovery/address-code.html",
        {
            **_QUESTION,
            "step": 4,
            "address": "alice.new@other.test",
            "is_numeric": True,
            "typed": "",
            "minutes": 10,
        },
    ),
    "recovery-documents": ("recovery/documents.html", _DOCUMENTS),
    "recovery-documents-refused": (
        "recovery/documents.html",
        {
            **_DOCUMENTS,
            "account_kind": "association",
            "kinds": ["identity", "minutes", "declaration", "authorisation"],
            "domain": "boulangerie-martin.example",
            "errors": {
                "file-minutes": Message(
                    "This is no PDF, JPEG or PNG file. Take a picture of the document, or save it as a PDF."
                )
            },
        },
    ),
    "recovery-documents-asked": (
        "recovery/documents.html",
        {
            **_DOCUMENTS,
            **_LINKED,
            "asked": {"identity": "cut-off"},
            "documents": [{**_DOCUMENTS["documents"][0], "is_refused": True}],
        },
    ),
    "recovery-documents-cancelled": (
        "recovery/documents.html",
        {**_DOCUMENTS, **_LINKED, "documents": [{**_DOCUMENTS["documents"][0], "is_before_freeze": True}]},
    ),
    "recovery-domain": ("recovery/domain.html", _DOMAIN),
    "recovery-domain-check": (
        "recovery/domain.html",
        {
            **_DOMAIN,
            "domain": "boulangerie-martin.example",
            "errors": {
                "form": Message(
                    "We have not found it yet. It can take a while until a change is seen everywhere: wait some"
                    " minutes, then check again."
                )
            },
        },
    ),
    "recovery-domain-proven": (
        "recovery/domain.html",
        {**_DOMAIN, "domain": "boulangerie-martin.example", "is_proven": True},
    ),
    "recovery-review": ("recovery/review.html", _REVIEW),
    "recovery-received": (
        "recovery/received.html",
        {"reference": "K7QF-29DM", "days": 3, "cooling_hours": 24, "sign_in_url": "/account"},
    ),
    "case-open": ("case-status.html", _STATUS),
    "case-waiting": (
        "case-status.html",
        {**_STATUS, "status_code": "waiting", "asked": {"identity": "cut-off", "other": "missing"}},
    ),
    "case-cancelled": (
        "case-status.html",
        {
            **_STATUS,
            "status_code": "waiting",
            "was_cancelled": True,
            "address_url": "/case/0192f3a4/address",
        },
    ),
    "case-cooling": ("case-status.html", {**_CLOSED, "status_code": "cooling", "apply_at": NOW + 86_400}),
    "case-done": ("case-status.html", {**_CLOSED, "status_code": "done"}),
    "case-refused": ("case-status.html", {**_CLOSED, "status_code": "refused", "refused_for": "not-shown"}),
    "case-expired": ("case-status.html", {**_CLOSED, "status_code": "expired"}),
}
