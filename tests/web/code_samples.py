"""Samples of the pages about codes that we send, and about sign-ins that were somebody else's."""

from datetime import timedelta
from typing import Any

from idp.web.locale import Message

NOW = 1_764_000_000
_FORM = {"form_action": "/sign-in/4f1c/step", "csrf_token": "csrf-of-this-page"}
_WRONG = Message(
    "The code doesn’t match. Check it, or use the newest one. Tries left: %(tries)s.", {"tries": 3}
)
_WAIT = Message(
    "Many codes were asked for. You can ask for another one in %(wait)s.", {"wait": timedelta(seconds=45)}
)
_EMAIL_CODE = {
    **_FORM,
    "application": "Manager",
    "why": Message("This browser is new to your account."),
    "is_open": True,
    "is_numeric": True,
    "typed": "",
    "recipient": "a•••@d•••.test",
    "minutes": 10,
    "delivery": "sending",
    "delivery_url": "/busy?code-delivery",
    "errors": {},
    "is_crowded": False,
    "has_other_ways": False,
    "lost_mailbox_url": "/sign-in/4f1c/lost-mailbox",
    "sign_in_url": "/sign-in/4f1c/login",
}

CODE_SPARE = {"application", "is_numeric", "typed", "recipient", "minutes", "delivery", "delivery_url"}
"""Variables that the page shows only while a code can be entered, or only while none can."""

CODE_SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "email-code": ("email-code.html", _EMAIL_CODE),
    "email-code-wrong": (
        "email-code.html",
        {
            **_EMAIL_CODE,
            "typed": "1234 5679",
            "errors": {"code": _WRONG},
            "delivery": "sent",
            "has_other_ways": True,
        },
    ),
    "email-code-trouble": ("email-code.html", {**_EMAIL_CODE, "delivery": "trouble"}),
    "email-code-later": (
        "email-code.html",
        {
            **_EMAIL_CODE,
            "is_open": False,
            "is_crowded": True,
            "delivery": "",
            "errors": {"form": _WAIT},
            "has_other_ways": True,
        },
    ),
    "email-code-letters": (
        "email-code.html",
        {**_EMAIL_CODE, "is_numeric": False, "why": "", "application": ""},
    ),
    "email-code-over": (
        "email-code.html",
        {**_EMAIL_CODE, "is_open": False, "application": "", "delivery": ""},
    ),
    "not-me": (
        "not-me.html",
        {**_FORM, "customer_id": "aa11111-ovh", "sent_at": NOW - 7_300, "now": NOW},
    ),
}
