"""Samples of the pages about devices, browsers and two-factor authentication."""

from typing import Any

import segno
from markupsafe import Markup

from idp.web.locale import Message

NOW = 1_764_000_000
_FORM = {"form_action": "/account/security", "csrf_token": "csrf-of-this-page"}
_ACCOUNT = {
    "customer_id": "aa11111-ovh",
    "email": "alice@demo.test",
    "name": "Alice Aubert",
    "sign_out_url": "/sign-out",
    "sign_out_token": "csrf-of-signing-out",
}
_BROWSERS = [
    {
        "id": "d1",
        "browser": "Chrome on Linux",
        "system": "Linux",
        "place": "Roubaix, France",
        "country": "FR",
        "known_since": NOW - 9_000_000,
        "signed_in_at": NOW - 600,
        "last_seen_at": NOW - 5,
        "trusted_until": NOW + 2_000_000,
        "this": True,
    },
    {
        "id": "d2",
        "browser": "Firefox on Windows",
        "system": "Windows",
        "place": "Canada",
        "country": "CA",
        "known_since": NOW - 90_000,
        "signed_in_at": None,
        "last_seen_at": NOW - 7_300,
        "trusted_until": None,
        "this": False,
    },
    {
        "id": "s3",
        "browser": "",
        "system": "",
        "place": "",
        "country": "",
        "known_since": None,
        "signed_in_at": NOW - 40_000,
        "last_seen_at": NOW - 7_300,
        "trusted_until": None,
        "this": False,
    },
]
_DEVICES = [
    {
        "kind": "passkey",
        "id": "p1",
        "name": "Laptop of the office",
        "detail": "",
        "created_at": NOW - 9_000_000,
        "used_at": NOW - 7_300,
        "is_flagged": False,
    },
    {
        "kind": "security-key",
        "id": "p2",
        "name": "Blue key",
        "detail": "",
        "created_at": NOW - 900_000,
        "used_at": NOW - 80_000,
        "is_flagged": True,
    },
    {
        "kind": "totp",
        "id": "t1",
        "name": "App",
        "detail": "",
        "created_at": NOW - 900_000,
        "used_at": None,
        "is_flagged": False,
    },
    {
        "kind": "sms",
        "id": "n1",
        "name": "Phone",
        "detail": "•••78",
        "created_at": NOW - 900_000,
        "used_at": NOW - 800,
        "is_flagged": False,
    },
]
_LOST = {
    "password": (Message("Sign in with %(names)s: no password is needed.", {"names": "Laptop"}),),
    "mailbox": (Message("You sign in with your password and your device. We mail you no codes."),),
    "device": (
        Message("Use one of your backup codes. You have %(left)s left.", {"left": 3}),
        Message(
            "Ask our support team to remove it. They make sure that it’s you, tell every address of yours, and wait"
            " before anything changes."
        ),
    ),
}
_SECURITY: dict[str, Any] = {
    **_ACCOUNT,
    **_FORM,
    "password_at": NOW - 8_000_000,
    "two_factor_at": None,
    "is_required": False,
    "devices": [],
    "backup_codes": 0,
    "has_few_codes": True,
    "notify": "new",
    "losses": {**_LOST, "password": _LOST["device"][1:]},
    "errors": {},
    "now": NOW,
}
_SET_UP = {
    **_ACCOUNT,
    **_FORM,
    "frame": "account/layout.html",
    "enrolment": "e1",
    "step": 2,
    "steps": 4,
    "choose_url": "/account/security/set-up?enrolment=e1&choose=1",
    "cancel_url": "/account/security",
    "owner": "aa11111-ovh",
    "errors": {},
    "device_name": "",
}
_IN_SIGN_IN = {**_SET_UP, "frame": "layout.html", "application": "Manager", "is_owed": True}
_CODES = [f"7K3F-92QD-M0X1-5T8{letter}" for letter in "ABCDEFGHJK"]
_APP = {
    **_SET_UP,
    "qr_code": Markup(
        segno.make(
            "otpauth://totp/Demo%20Hosting:aa11111-ovh?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        ).svg_inline(omitsize=True, border=4, dark="#000", light="#fff", svgclass=None, lineclass=None)
    ),
    "secret": "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ",
    "app_url": "otpauth://totp/Demo%20Hosting:aa11111-ovh?secret=GEZDGNBVGY3TQOJQ",
    "is_over": False,
}
_KEY = {**_SET_UP, "is_passkey": False, "options": {"challenge": "AAAA"}, "challenge": "c1"}
_CHOICE = {
    **_SET_UP,
    "step": 1,
    "kinds": ["passkey", "totp", "security-key", "sms"],
    "turns_on": True,
    "existing": (),
    "is_first": True,
}
_WRONG_CODE = Message(
    "The code is not the one that the app should show. Check that the time of your phone is set automatically,"
    " then enter the code that the app shows now. Tries left: %(left)s.",
    {"left": 4},
)

# The steps of setting up share their variables, and a state of a page that has less to say leaves some out.
SECURITY_SPARE = frozenset(_SET_UP) | {
    "is_owed",
    "turns_on",
    "is_first",
    "existing",
    "has_two_factor",
    "has_few_codes",
    "last_name",
}

SECURITY_SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "devices": ("account/devices.html", {**_ACCOUNT, **_FORM, "now": NOW, "browsers": _BROWSERS}),
    "security": ("account/security.html", _SECURITY),
    "security-on": (
        "account/security.html",
        {
            **_SECURITY,
            "two_factor_at": NOW - 900_000,
            "devices": _DEVICES,
            "backup_codes": 3,
            "losses": _LOST,
        },
    ),
    "remove-device": (
        "account/remove-device.html",
        {
            **_ACCOUNT,
            **_FORM,
            "devices": [("p1", "passkey", "Laptop", ""), ("n1", "sms", "Phone", "•••78")],
            "chosen": "n1",
            "last_name": "Laptop",
            "is_required": False,
            "errors": {},
        },
    ),
    "turn-off": (
        "account/turn-off.html",
        {**_ACCOUNT, **_FORM, "is_required": False},
    ),
    "turn-off-required": (
        "account/turn-off.html",
        {**_ACCOUNT, **_FORM, "is_required": True},
    ),
    "set-up": ("set-up/choose.html", {**_CHOICE, "existing": ("Laptop", "Blue key")}),
    "set-up-in-sign-in": ("set-up/choose.html", {**_CHOICE, **_IN_SIGN_IN, "step": 1}),
    "set-up-recommended": ("set-up/choose.html", {**_CHOICE, **_IN_SIGN_IN, "is_owed": False}),
    "set-up-totp": ("set-up/totp.html", _APP),
    "set-up-totp-errors": (
        "set-up/totp.html",
        {**_APP, **_IN_SIGN_IN, "errors": {"code": _WRONG_CODE}},
    ),
    "set-up-totp-over": ("set-up/totp.html", {**_APP, "is_over": True, "errors": {"form": _WRONG_CODE}}),
    "set-up-passkey": ("set-up/key.html", {**_KEY, "is_passkey": True}),
    "set-up-key": ("set-up/key.html", {**_KEY, **_IN_SIGN_IN}),
    "set-up-phone": ("set-up/phone.html", {**_SET_UP, "typed": ""}),
    "set-up-phone-code": (
        "set-up/phone-code.html",
        {**_SET_UP, "phone": "•••78", "minutes": 10, "is_waiting": True, "is_numeric": False},
    ),
    "backup-codes": ("set-up/backup-codes.html", {**_SET_UP, "step": 3, "codes": _CODES, "turns_on": True}),
    "backup-codes-in-sign-in": (
        "set-up/backup-codes.html",
        {**_IN_SIGN_IN, "step": 3, "codes": _CODES, "turns_on": True},
    ),
    "set-up-done": (
        "set-up/done.html",
        {
            **_SET_UP,
            "step": 4,
            "device_name": "App",
            "kind": "totp",
            "turns_on": True,
            "has_two_factor": True,
        },
    ),
    "set-up-passkey-done": (
        "set-up/done.html",
        {
            **_SET_UP,
            "step": 3,
            "steps": 3,
            "device_name": "Laptop",
            "kind": "passkey",
            "turns_on": False,
            "has_two_factor": False,
        },
    ),
}
