"""Samples of the ways back: forgotten IDs and passwords, another password, and blocking."""

from typing import Any

from idp.web.locale import Message

_FORM = {"form_action": "/forgot?from=4f1c", "csrf_token": "csrf-of-this-page"}
_FORGOT = {
    **_FORM,
    "typed": "",
    "errors": {},
    "lost_url": "/recovery?for=mailbox&from=4f1c",
    "sign_in_url": "/account",
}
_SENT = {
    "is_link": True,
    "minutes": 60,
    "again_url": "/forgot?from=4f1c",
    "lost_url": "/recovery?for=mailbox&from=4f1c",
    "sign_in_url": "/account",
}
_SAVED = {
    "customer_id": "aa11111-ovh",
    "is_blocked": False,
    "application": "Manager",
    "continue_url": "/sign-in/4f1c/login",
    "account_url": "/sign-in/5a2b/login",
    "programs": 0,
    "accounts": 0,
}
_NEW_PASSWORD = {
    "form_action": "/new-password/0192f3a4",
    "csrf_token": "csrf-of-this-page",
    "customer_id": "aa11111-ovh",
    "minimum_length": 12,
    "is_reported": False,
    "errors": {},
}
_ACCOUNT = {
    "customer_id": "aa11111-ovh",
    "email": "alice@demo.test",
    "name": "Alice Aubert",
    "sign_out_url": "/sign-out",
    "sign_out_token": "csrf-of-signing-out",
}
_PASSWORD = {
    **_ACCOUNT,
    "form_action": "/account/password",
    "csrf_token": "csrf-of-this-page",
    "wants_current": True,
    "has_passkeys": False,
    "minimum_length": 12,
    "signs_out": True,
    "disconnects": False,
    "errors": {},
}
_BLOCKED = {
    "customer_id": "dd44444-ovh",
    "by": "staff",
    "has_way": False,
    "forgot_url": "/forgot?from=4f1c",
    "recovery_url": "/recovery?for=mailbox&from=4f1c",
    "sign_in_url": "/account",
}
_UNBLOCK = {
    "form_action": "/sign-in/4f1c/unblock",
    "csrf_token": "csrf-of-this-page",
    "is_open": True,
    "is_numeric": True,
    "primary": "c•••@d•••.test",
    "backup": "s•••@d•••.test",
    "typed_primary": "",
    "typed_backup": "",
    "minutes": 10,
    "errors": {},
    "lost_url": "/recovery?for=mailbox&from=4f1c",
    "sign_in_url": "/sign-in/4f1c/login",
}

FORGOT_SPARE = {
    *("minutes", "continue_url", "account_url", "application", "customer_id", "has_passkeys"),
    *("by", "forgot_url", "recovery_url", "is_numeric", "typed_primary", "typed_backup"),
}
"""Variables that a page shows only in some of its shapes."""

FORGOT_PAGES = (
    "forgot-sent.html",
    "password-saved.html",
    "account/password.html",
    "blocked.html",
    "unblock.html",
)

FORGOT_SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "forgot": ("forgot.html", _FORGOT),
    "forgot-errors": (
        "forgot.html",
        {**_FORGOT, "errors": {"username-id": Message("Enter your e-mail address")}},
    ),
    "forgot-sent": ("forgot-sent.html", _SENT),
    "forgot-sent-id": ("forgot-sent.html", {**_SENT, "is_link": False}),
    "new-password": ("new-password.html", _NEW_PASSWORD),
    "new-password-reported": ("new-password.html", {**_NEW_PASSWORD, "is_reported": True}),
    "new-password-errors": (
        "new-password.html",
        {**_NEW_PASSWORD, "errors": {"password": Message("Enter a new password")}},
    ),
    "password-saved": ("password-saved.html", _SAVED),
    "password-saved-alone": ("password-saved.html", {**_SAVED, "application": ""}),
    "password-saved-acting": ("password-saved.html", {**_SAVED, "programs": 2, "accounts": 1}),
    "password-saved-acting-one": (
        "password-saved.html",
        {**_SAVED, "application": "", "programs": 0, "accounts": 1},
    ),
    "password-saved-blocked": ("password-saved.html", {**_SAVED, "is_blocked": True}),
    "password": ("account/password.html", {**_PASSWORD, "has_passkeys": True}),
    "password-by-key": ("account/password.html", {**_PASSWORD, "wants_current": False}),
    "password-errors": (
        "account/password.html",
        {
            **_PASSWORD,
            "errors": {
                "current": Message("This is not your current password. Check it and try again."),
                "password": Message("Enter a new password"),
            },
        },
    ),
    "block": (
        "account/block.html",
        {**_ACCOUNT, "form_action": "/account/block", "csrf_token": "csrf-of-this-page"},
    ),
    "blocked-now": ("blocked-now.html", {"customer_id": "aa11111-ovh", "forgot_url": "/forgot"}),
    "blocked": ("blocked.html", _BLOCKED),
    "blocked-by-owner": ("blocked.html", {**_BLOCKED, "by": "owner", "has_way": True}),
    "blocked-for-support": ("blocked.html", {**_BLOCKED, "by": "owner"}),
    "unblock": ("unblock.html", _UNBLOCK),
    "unblock-errors": (
        "unblock.html",
        {
            **_UNBLOCK,
            "typed_primary": "1234 5678",
            "errors": {"backup": Message("Enter the code")},
        },
    ),
    "unblock-over": ("unblock.html", {**_UNBLOCK, "is_open": False}),
}
