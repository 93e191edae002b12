"""Samples of the pages about e-mail addresses, and of those that recommend something at the end of a sign-in."""

from typing import Any

from idp.web.locale import Message

NOW = 1_764_000_000
_FORM = {"form_action": "/sign-in/4f1c/step", "csrf_token": "csrf-of-this-page"}
_MISSING = Message("Enter an e-mail address")
_WRONG = Message(
    "The code doesn’t match. Check it, or use the newest one. Tries left: %(tries)s.", {"tries": 3}
)
_ADDRESS = {**_FORM, "refused": "a•••@d•••.test", "typed": "", "errors": {}}
_BACKUP = {**_FORM, "primary": "alice@demo.test", "typed": "", "errors": {}}
_CODE = {
    **_FORM,
    "frame": "layout.html",
    "address": "alice@new.test",
    "is_numeric": True,
    "typed": "",
    "minutes": 10,
    "may_skip": True,
    "errors": {},
}

ADDRESS_SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "address": ("address.html", _ADDRESS),
    "address-errors": ("address.html", {**_ADDRESS, "typed": "alice@", "errors": {"email": _MISSING}}),
    "address-code": ("address-code.html", _CODE),
    "address-code-wrong": (
        "address-code.html",
        {**_CODE, "is_numeric": False, "errors": {"code": _WRONG}},
    ),
    "backup-address": ("backup-address.html", _BACKUP),
    "backup-address-errors": (
        "backup-address.html",
        {**_BACKUP, "typed": "alice@", "errors": {"email": _MISSING}},
    ),
    "recommend": ("recommend.html", {**_FORM, "removed_at": NOW - 172_800}),
}
