"""Samples of the pages on which somebody connects a device."""

from datetime import timedelta
from typing import Any

from idp.web.locale import Message

NOW = 1_764_000_000
_FORM = {"form_action": "/device", "csrf_token": "csrf-of-this-page"}
_ALICE = {"customer_id": "aa11111-ovh", "email": "alice@demo.test"}
_CODE = {
    **_FORM,
    **_ALICE,
    "typed": "",
    "errors": {},
    "sign_out_url": "/sign-out",
    "sign_out_token": "csrf-of-signing-out",
}
_UNKNOWN = Message(
    "No device waits with this code. Compare it with the one on the device, or let it show a new one."
)
_MANY = Message(
    "Many codes were asked for or tried. Wait %(wait)s, then try again.", {"wait": timedelta(seconds=8)}
)
_APPLICATION = {
    "application": "Demo Television",
    "application_url": "https://tv.example",
    "application_host": "tv.example",
    "application_logo": "",
    "policy_url": "https://tv.example/privacy",
    "terms_url": "https://tv.example/terms",
}
_ANSWER = {
    **_FORM,
    **_ALICE,
    **_APPLICATION,
    "is_unverified": False,
    "scopes": [
        (
            "profile",
            Message("See your profile"),
            Message("Your name, customer ID, language and similar details."),
        ),
        (
            "offline_access",
            Message("Stay connected"),
            Message("Keep this access also when you are signed out, until you withdraw it."),
        ),
    ],
    "browser": "Television/2.1",
    "place": "Lille",
    "country": "FR",
    "is_elsewhere": False,
    "asked_at": NOW - 100,
    "now": NOW,
}
_AGAIN = {"again_url": "/device"}
_TELEVISION = {"application": "Demo Television"}

DEVICE_SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "device-code": ("device/code.html", _CODE),
    "device-code-brought": ("device/code.html", {**_CODE, "typed": "WDJB-MJHT"}),
    "device-code-wrong": (
        "device/code.html",
        {**_CODE, "typed": "WDJB-MJHZ", "errors": {"user_code": _UNKNOWN}},
    ),
    "device-code-many": ("device/code.html", {**_CODE, "typed": "WDJB-MJHZ", "errors": {"form": _MANY}}),
    "device-answer": ("device/answer.html", _ANSWER),
    "device-answer-elsewhere": (
        "device/answer.html",
        {
            **_ANSWER,
            "application_logo": "/logo/robot",
            "is_unverified": True,
            "place": "",
            "country": "BR",
            "is_elsewhere": True,
            "here_country": "FR",
            "browser": "",
        },
    ),
    "device-connected": (
        "device/outcome.html",
        {**_TELEVISION, "outcome": "allowed", "is_first_party": False},
    ),
    "device-connected-ours": (
        "device/outcome.html",
        {**_TELEVISION, "outcome": "allowed", "is_first_party": True},
    ),
    "device-denied": ("device/outcome.html", {**_TELEVISION, "outcome": "denied"}),
    "device-used": ("device/outcome.html", {**_AGAIN, "outcome": "used"}),
    "device-expired": ("device/outcome.html", {**_AGAIN, "outcome": "expired"}),
}
