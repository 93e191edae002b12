"""Samples of the pages that ask for a second factor."""

from typing import Any

from idp.web.locale import Message

_FORM = {"form_action": "/sign-in/4f1c/second-factor", "csrf_token": "csrf-of-this-page"}
_FACTOR: dict[str, Any] = {
    **_FORM,
    "application": "Manager",
    "way": "totp",
    "errors": {},
    "tries_left": 0,
    "takes_backup_code": True,
    "few_codes": 0,
    "sent_to": "",
    "is_numeric": True,
    "phones": [],
    "trust_days": 0,
    "remember": False,
}
_PHONES = [
    {"phone_id": "p1", "name": "My phone", "masked": "+33 • •• •• •• 01"},
    {"phone_id": "p2", "name": "Office", "masked": "+33 • •• •• •• 02"},
]
_OTHER_WAY = {
    **_FORM,
    "ways": ["security-key", "totp", "sms", "backup-code"],
    "has_device": True,
    "email_code_url": "",
    "sign_in_url": "/sign-in/4f1c/login",
    "recovery_url": "/recovery?for=factor&from=4f1c",
}
_WRONG = Message(
    "That code isn’t right. Check that you use the app for this account, and that its code is new."
)
_COPIED = Message(
    "That key answered as a copy of it would, so we no longer accept it. Use another way, then remove the key from your"
    " account."
)

# Each way has less to say than all of them.
FACTOR_SPARE = {
    "takes_backup_code",
    "few_codes",
    "tries_left",
    "sent_to",
    "is_numeric",
    "phones",
    "remember",
    "application",
}
FACTOR_SPARE |= {"form_action", "csrf_token", "has_device", "sign_in_url", "recovery_url"}

FACTOR_SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "second-factor": ("second-factor.html", _FACTOR),
    "second-factor-errors": (
        "second-factor.html",
        {**_FACTOR, "application": "", "errors": {"code": _WRONG}, "tries_left": 4, "trust_days": 30},
    ),
    "second-factor-key": ("second-factor.html", {**_FACTOR, "way": "security-key", "trust_days": 30}),
    "second-factor-key-errors": (
        "second-factor.html",
        {**_FACTOR, "way": "security-key", "errors": {"form": _COPIED}},
    ),
    "second-factor-backup-code": ("second-factor.html", {**_FACTOR, "way": "backup-code", "few_codes": 3}),
    "second-factor-sms": ("second-factor.html", {**_FACTOR, "way": "sms", "phones": _PHONES}),
    "second-factor-sms-one": ("second-factor.html", {**_FACTOR, "way": "sms", "phones": _PHONES[:1]}),
    "second-factor-sms-sent": (
        "second-factor.html",
        {**_FACTOR, "way": "sms", "phones": _PHONES, "sent_to": "+33 • •• •• •• 01"},
    ),
    "other-way": ("other-way.html", _OTHER_WAY),
    "other-way-none": ("other-way.html", {**_OTHER_WAY, "ways": [], "has_device": False}),
    "other-way-code": (
        "other-way.html",
        {**_OTHER_WAY, "ways": ["security-key"], "email_code_url": "/sign-in/4f1c/email-code"},
    ),
    "tries-used-up": ("tries-used-up.html", {"restart_url": "/sign-in/4f1c"}),
}
