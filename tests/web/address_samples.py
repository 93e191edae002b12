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
_ACCOUNT = {
    "customer_id": "aa11111-ovh",
    "email": "alice@demo.test",
    "name": "Alice Aubert",
    "sign_out_url": "/sign-out",
    "sign_out_token": "csrf-of-signing-out",
}
_OWN = {**_ACCOUNT, **_FORM}
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

_ADDRESSES: dict[str, Any] = {
    **_OWN,
    "backup": "alice.spare@other.test",
    "waiting": {"primary": None, "backup": None},
    "now": NOW,
    "errors": {},
}
_TO_NEW = {"id": "c1", "what": "primary", "email": "alice@new.test", "apply_at": NOW + 82_000}
_TO_NONE = {"id": "c2", "what": "removal", "email": "", "apply_at": NOW + 40_000}
_NEW = {
    **_OWN,
    "place": "primary",
    "former": "alice@demo.test",
    "wait_seconds": 86_400,
    "typed": "",
    "errors": {},
}
_APPLYING = {
    **_OWN,
    "change": "c1",
    "what": "primary",
    "address": "alice@new.test",
    "apply_at": NOW + 86_400,
    "now": NOW,
    "is_sent": True,
    "minutes": 10,
    "is_numeric": True,
    "typed": "",
    "lost_url": "/recovery?for=mailbox",
    "errors": {},
}
_STOP = {
    **_FORM,
    "customer_id": "aa11111-ovh",
    "what": "primary",
    "address": "e•••@n•••.test",
    "asked_at": NOW - 7_300,
    "apply_at": NOW + 79_000,
    "now": NOW,
}

_PROFILE: dict[str, Any] = {
    **_OWN,
    "version": "0123456789abcdef",
    "typed": {
        "name": "Carol Lefèvre",
        "given_name": "Carol",
        "middle_name": "Anne",
        "family_name": "Lefèvre",
        "nickname": "Caro",
        "preferred_username": "carol",
        "gender": "female",
        "birthdate": "1984-02-29",
        "zoneinfo": "Europe/Paris",
        "phone_number": "+33199001234",
        "profile_page": "",
        "website": "https://carol.demo.test/",
        "picture": "https://carol.demo.test/portrait.png",
        "street_address": "2 rue de l’Exemple",
        "postal_code": "59100",
        "locality": "Roubaix",
        "region": "Hauts-de-France",
        "country": "France",
        "language": "fr",
        "kind": "individual",
        "organization": "",
        "account_country": "FR",
    },
    "kinds": ["individual", "self-employed", "company", "association", "administration"],
    "countries": (("DE", "Germany"), ("FR", "France")),
    "spoken": [("en", "English"), ("fr", "Français")],
    "zones": [("Europe/London", "Europe/London"), ("Europe/Paris", "Europe/Paris")],
    "genders": ["female", "male", "other"],
    "is_saved": True,
    "errors": {},
}
_NO_DAY = Message("Enter a date as year, month and day, such as 1984-02-29, or the year alone")

ADDRESS_SPARE = frozenset(
    {"former", "wait_seconds", "address", "is_saved", "is_numeric", "typed", "minutes", "email", "change"}
)
"""Variables that a state of a page has no use for which has less to say."""

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
    "addresses": ("account/addresses.html", _ADDRESSES),
    "addresses-none": ("account/addresses.html", {**_ADDRESSES, "backup": ""}),
    "addresses-waiting": (
        "account/addresses.html",
        {
            **_ADDRESSES,
            "waiting": {"primary": _TO_NEW, "backup": _TO_NONE},
            "errors": {
                "form": Message(
                    "Your address could not be changed: the new one can’t be used any more. Enter another one."
                )
            },
        },
    ),
    "new-address": ("account/new-address.html", _NEW),
    "new-address-errors": (
        "account/new-address.html",
        {**_NEW, "place": "backup", "former": "", "typed": "alice@", "errors": {"email": _MISSING}},
    ),
    "new-address-code": (
        "address-code.html",
        {**_CODE, **_ACCOUNT, "frame": "account/layout.html", "may_skip": False},
    ),
    "remove-backup": (
        "account/remove-backup.html",
        {**_OWN, "backup": "alice.spare@other.test", "wait_seconds": 86_400},
    ),
    "address-change-code": ("account/address-change-code.html", _APPLYING),
    "address-change-code-wrong": (
        "account/address-change-code.html",
        {**_APPLYING, "what": "backup", "errors": {"code": _WRONG}},
    ),
    "address-change-waits": (
        "account/address-change-code.html",
        {**_APPLYING, "what": "removal", "is_sent": False},
    ),
    "address-change": ("address-change.html", _STOP),
    "address-change-removal": ("address-change.html", {**_STOP, "what": "removal", "address": ""}),
    "address-change-cancelled": ("address-change-cancelled.html", {"new_password_url": "/forgot"}),
    "profile": ("account/profile.html", _PROFILE),
    "profile-errors": (
        "account/profile.html",
        {
            **_PROFILE,
            "typed": {**_PROFILE["typed"], "birthdate": "29.2.84"},
            "errors": {"birthdate": _NO_DAY},
        },
    ),
}
