"""Samples of the pages on which accounts are let act for others."""

from typing import Any

from idp.web.locale import Message

NOW = 1_764_000_000
_DAY = 86_400
_FORM = {"csrf_token": "csrf-of-this-page"}
_ACCOUNT = {
    "customer_id": "aa11111-ovh",
    "email": "alice@demo.test",
    "name": "Alice Aubert",
    "sign_out_url": "/sign-out",
    "sign_out_token": "csrf-of-signing-out",
}
_SEE, _PAY = Message("See invoices"), Message("Pay invoices")
_DELEGATION: dict[str, Any] = {
    "id": "0192f3a4b5c6d7e8f90123456789abcd",
    "name": "Agence du Phare",
    "customer_id": "bb22222-ovh",
    "scopes": [_SEE, _PAY],
    "note": "Contract 2026-118",
    "offered_at": NOW - 3 * _DAY,
    "expires_at": NOW + 180 * _DAY,
    "used_at": NOW - 7_200,
}
_WAITING = {**_DELEGATION, "name": "", "customer_id": "ee55555-ovh", "note": "", "used_at": None}
_LIST: dict[str, Any] = {
    **_ACCOUNT,
    **_FORM,
    "form_action": "/account/delegations",
    "may_offer": True,
    "is_offered": False,
    "delegates": [
        {**_DELEGATION, "is_accepted": True},
        {**_WAITING, "scopes": [], "is_accepted": False},
    ],
    "asked": [{**_DELEGATION, "name": "Carol Claes", "customer_id": "cc33333-ovh", "used_at": None}],
    "customers": [
        {**_DELEGATION, "name": "Bob Durand", "note": ""},
        {**_WAITING, "customer_id": "ff66666-ovh"},
    ],
    "errors": {},
    "now": NOW,
}
# With nothing to show there is no form, and no time.
_NOTHING = {name: value for name, value in _LIST.items() if name not in {*_FORM, "form_action", "now"}}
_NEW: dict[str, Any] = {
    **_ACCOUNT,
    **_FORM,
    "form_action": "/account/delegations/new",
    "typed": {"customer_id": "", "scopes": [], "days": "", "note": ""},
    "offered": [
        ("invoices:read", _SEE, Message("Their dates, amounts and status.")),
        ("invoices:pay", _PAY, Message("With the means of payment that you have saved.")),
    ],
    "periods": [(str(days), NOW + days * _DAY) for days in (7, 30, 90, 180, 365)],
    "errors": {},
}
_OTHER = {"customer": "bb22222-ovh"}
_THROUGH = {**_OTHER, "application": "Manager"}
_ENTRIES = [
    (NOW - 600, Message("%(customer)s acted for you through %(application)s", _THROUGH), [_SEE]),
    (NOW - 90_000, Message("You acted for %(customer)s through %(application)s", _THROUGH), [_SEE, _PAY]),
    (NOW - 900_000, Message("You asked %(customer)s to act for you", _OTHER), [_SEE]),
    (NOW - 9_000_000, Message("%(customer)s may no longer act for you", _OTHER), []),
]
_HISTORY: dict[str, Any] = {
    **_ACCOUNT,
    "entries": [{"at": at, "what": what, "scopes": scopes} for at, what, scopes in _ENTRIES],
    "is_first": False,
    "newest_url": "/account/delegations/history",
    "older_url": "/account/delegations/history?before=0192f3a4b5c6d7e8f90123456789abcd",
    "now": NOW,
}

DELEGATION_SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "delegations": ("account/delegations.html", _LIST),
    "delegations-none": (
        "account/delegations.html",
        {**_NOTHING, "delegates": [], "asked": [], "customers": [], "may_offer": False},
    ),
    "delegations-asked": (
        "account/delegations.html",
        {**_LIST, "is_offered": True, "delegates": _LIST["delegates"][1:], "asked": [], "customers": []},
    ),
    "delegations-gone": (
        "account/delegations.html",
        {
            **_LIST,
            "asked": [],
            "errors": {"form": Message("That has ended meanwhile, or can’t be accepted at the moment.")},
        },
    ),
    "new-delegation": ("account/new-delegation.html", _NEW),
    "new-delegation-errors": (
        "account/new-delegation.html",
        {
            **_NEW,
            "typed": {"customer_id": "nobody", "scopes": [], "days": "", "note": "A note"},
            "errors": {
                "customer_id": Message(
                    "Enter a customer ID, such as %(example)s", {"example": "ab12345-ovh"}
                ),
                "scope": Message("Choose at least one thing that they may do"),
                "days": Message("Choose one of the list"),
                "note": Message("That is too long. Use at most %(most)s characters.", {"most": 120}),
            },
        },
    ),
    "delegation-history": ("account/delegation-history.html", _HISTORY),
    "delegation-history-none": (
        "account/delegation-history.html",
        {**_ACCOUNT, "entries": [], "is_first": True, "older_url": ""},
    ),
}
