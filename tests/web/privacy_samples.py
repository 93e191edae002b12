"""Samples of the pages about the customer's own data: history, copy, deletion."""

from datetime import timedelta
from typing import Any

from idp.web.locale import Message

NOW = 1_764_000_000
_FORM = {"form_action": "/account/delete", "csrf_token": "csrf-of-this-page"}
_ACCOUNT = {
    "customer_id": "aa11111-ovh",
    "email": "alice@demo.test",
    "name": "Alice Aubert",
    "sign_out_url": "/sign-out",
    "sign_out_token": "csrf-of-signing-out",
}
_ENTRY = {
    "at": NOW - 600,
    "is_good": True,
    "result": Message("Sign-in succeeded"),
    "factors": [Message("Password"), Message("Code by e-mail")],
    "application": "Manager",
    "browser": "Firefox",
    "system": "Linux",
    "city": "Roubaix",
    "country": "FR",
    "why": Message("This browser is new to your account."),
    "reasons": (
        Message("We did not recognise the browser."),
        Message("You had not used this internet provider before."),
    ),
}
_FAILED = {
    **_ENTRY,
    "at": NOW - 90_000,
    "is_good": False,
    "result": Message("Wrong password"),
    "factors": [Message("Password")],
    "browser": "",
    "system": "",
    "city": "",
    "country": "BR",
    "why": None,
    "reasons": (),
}
_REPORTED = {
    **_FAILED,
    "at": NOW - 900_000,
    "is_good": True,
    "result": Message("You told us that a sign-in was not yours"),
    "factors": [],
    "application": "",
    "country": "",
}
_HISTORY = {
    **_ACCOUNT,
    "entries": [_ENTRY, _FAILED, _REPORTED],
    "is_first": False,
    "newest_url": "/account/history",
    "older_url": "/account/history?before=0192f3a4",
    "now": NOW,
}
_DELETE: dict[str, Any] = {
    **_ACCOUNT,
    **_FORM,
    "delete_at": None,
    "obstacle": None,
    "days": 30,
    "typed": "",
    "errors": {},
}

PRIVACY_SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "history": ("account/history.html", _HISTORY),
    "history-none": (
        "account/history.html",
        {**_HISTORY, "entries": [], "is_first": True, "older_url": ""},
    ),
    "export": ("account/export.html", {**_ACCOUNT, **_FORM, "errors": {}}),
    "export-too-often": (
        "account/export.html",
        {
            **_ACCOUNT,
            **_FORM,
            "errors": {
                "form": Message(
                    "That was often. Wait %(wait)s, then try again.", {"wait": timedelta(minutes=8)}
                )
            },
        },
    ),
    "delete": ("account/delete.html", _DELETE),
    "delete-errors": (
        "account/delete.html",
        {
            **_DELETE,
            "typed": "aa11112-ovh",
            "errors": {"customer_id": Message("Type your customer ID as it stands above")},
        },
    ),
    "delete-obstacle": (
        "account/delete.html",
        {**_DELETE, "obstacle": Message("This account is blocked. Unblock it first.")},
    ),
    "delete-planned": ("account/delete.html", {**_DELETE, "delete_at": NOW + 2_592_000}),
    "keep-account": (
        "keep-account.html",
        {**_FORM, "customer_id": "aa11111-ovh", "delete_at": NOW + 2_592_000},
    ),
    "account-kept": (
        "account-kept.html",
        {"customer_id": "aa11111-ovh", "sign_in_url": "/account", "forgot_url": "/forgot"},
    ),
    "home-deletion": (
        "account/home.html",
        {
            **_ACCOUNT,
            "language": "fr",
            "member_since": NOW - 90_000_000,
            "delete_at": NOW + 2_592_000,
            "is_staff": False,
        },
    ),
}
