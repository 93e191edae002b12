"""Samples of the pages of becoming a customer."""

from datetime import timedelta
from typing import Any

from idp.web.countries import countries
from idp.web.locale import Message

_FORM = {"csrf_token": "csrf-of-this-page", "errors": {}, "steps": 5}
_COUNTRY = {
    **_FORM,
    "form_action": "/sign-up",
    "step": 1,
    "came_from": "4f1c",
    "application": "Manager",
    "is_again": False,
    "countries": countries("fr"),
    "country": "FR",
    "sign_in_url": "/sign-in/4f1c/login",
}
_CREDENTIALS = {
    **_FORM,
    "form_action": "/sign-up/4f1c/credentials",
    "step": 2,
    "typed": "",
    "minimum_length": 12,
    "back_url": "/sign-up/4f1c/country",
    "recovery_url": "",
}
_CODE = {
    **_FORM,
    "form_action": "/sign-up/4f1c/code",
    "step": 3,
    "address": "nina@demo.test",
    "is_open": True,
    "is_numeric": True,
    "typed": "",
    "minutes": 10,
    "lost_url": "/sign-up/4f1c/credentials?lost=1",
}
_TYPE = {
    **_FORM,
    "form_action": "/sign-up/4f1c/type",
    "step": 4,
    "kinds": ["individual", "self-employed", "company", "association", "administration"],
    "chosen": "",
}
_NAME = {
    **_FORM,
    "form_action": "/sign-up/4f1c/name",
    "step": 5,
    "kind": "individual",
    "typed": {"given_name": "", "family_name": ""},
    "back_url": "/sign-up/4f1c/type",
}
_OFTEN = Message("That was often. Wait %(wait)s, then try again.", {"wait": timedelta(seconds=45)})

SIGN_UP_SPARE = {"typed", "minutes", "is_numeric", "kind"}
"""Variables that the code's page shows only while a code can be entered, and the name's page for an organisation."""

SIGN_UP_SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "sign-up-country": ("sign-up/country.html", _COUNTRY),
    "sign-up-country-errors": (
        "sign-up/country.html",
        {
            **_COUNTRY,
            "application": "",
            "country": "",
            "is_again": True,
            "sign_in_url": "",
            "errors": {"country": Message("Choose your country")},
        },
    ),
    "sign-up-credentials": ("sign-up/credentials.html", _CREDENTIALS),
    "sign-up-credentials-lost": (
        "sign-up/credentials.html",
        {**_CREDENTIALS, "typed": "nina@demo.test", "recovery_url": "/recovery"},
    ),
    "sign-up-credentials-errors": (
        "sign-up/credentials.html",
        {
            **_CREDENTIALS,
            "typed": "nina@",
            "errors": {
                "email": Message("Enter an e-mail address in full, such as name@example.com"),
                "password": Message(
                    "Many people use this password, so it is guessed first. Choose another one."
                ),
            },
        },
    ),
    "sign-up-code": ("sign-up/code.html", _CODE),
    "sign-up-code-wrong": (
        "sign-up/code.html",
        {
            **_CODE,
            "is_numeric": False,
            "typed": "BCDF-GHJK",
            "errors": {
                "code": Message(
                    "The code doesn’t match. Check it, or use the newest one. Tries left: %(tries)s.",
                    {"tries": 3},
                )
            },
        },
    ),
    "sign-up-code-over": ("sign-up/code.html", {**_CODE, "is_open": False, "errors": {"form": _OFTEN}}),
    "sign-up-type": ("sign-up/type.html", {**_TYPE, "chosen": "company"}),
    "sign-up-type-errors": (
        "sign-up/type.html",
        {**_TYPE, "errors": {"kind": Message("Choose an account type")}},
    ),
    "sign-up-name": ("sign-up/name.html", _NAME),
    "sign-up-name-errors": (
        "sign-up/name.html",
        {
            **_NAME,
            "kind": "association",
            "typed": {"given_name": "Nina", "family_name": "", "organization": "Les Amis du Pastel"},
            "errors": {"family_name": Message("Enter your last name")},
        },
    ),
    "sign-up-welcome": (
        "sign-up/welcome.html",
        {
            "name": "Nina Novak",
            "customer_id": "nn48213-ovh",
            "address": "nina@demo.test",
            "application": "Manager",
            "continue_url": "/sign-in/4f1c",
        },
    ),
    "sign-up-taken": ("sign-up/taken.html", {"address": "nina@demo.test", "sign_in_url": "/account"}),
    "sign-up-closed": ("sign-up/closed.html", {"sign_in_url": "/account"}),
}
