"""Samples of the pages about service accounts."""

from typing import Any

from idp.clients.service_account_asked import METHODS
from idp.portal.service_accounts.managing import OVERLAPS
from idp.portal.service_accounts.typed import NAMES, WAYS, Typed
from idp.web.locale import Message

NOW = 1_764_000_000
_ACCOUNT = {
    "customer_id": "aa11111-ovh",
    "email": "alice@demo.test",
    "name": "Alice Aubert",
    "sign_out_url": "/sign-out",
    "sign_out_token": "csrf-of-signing-out",
}
_FORM = {"form_action": "/account/applications/new", "csrf_token": "csrf-of-this-page"}
_ID = "svc-3f9c1b7a0d5e4c2f8a6b9d0e1f2a3b4c"
_INVOICES = ("invoices:read", Message("See invoices"), Message("Their dates, amounts and status."))
_PAY = (
    "invoices:pay",
    Message("Pay invoices"),
    Message("With the means of payment that you have saved."),
)
SERVICE_ACCOUNTS = [
    {
        "client_id": _ID,
        "application": "Invoice download",
        "scopes": [_INVOICES[1]],
        "created_at": NOW - 900_000,
        "used_at": NOW - 7_300,
        "is_off": False,
        "url": f"/account/applications/service-account?id={_ID}",
    },
    {
        "client_id": _ID.replace("3f", "7e"),
        "application": "Backup of the web shop",
        "scopes": [_INVOICES[1], _PAY[1]],
        "created_at": NOW - 90_000,
        "used_at": None,
        "is_off": True,
        "url": "/account/applications/service-account?id=svc-7e",
    },
]
_NEW: dict[str, Any] = {
    **_ACCOUNT,
    **_FORM,
    "once": "4f" * 16,
    "typed": Typed(name="Invoice download", scopes=("invoices:read",)),
    "scopes": [_INVOICES, _PAY],
    "ways": [(method, *WAYS[method]) for method in METHODS if method in WAYS],
    "cancel_url": "/account/applications",
    "errors": {},
}
_KEY: dict[str, Any] = {
    **_ACCOUNT,
    **_FORM,
    "once": "4f" * 16,
    "client_id": "",
    "typed": Typed(name="Invoice download", scopes=("invoices:read",), method="private_key_jwt"),
    "names": list(NAMES.items()),
    "cancel_url": "/account/applications",
    "errors": {},
}
_ONE: dict[str, Any] = {
    **_ACCOUNT,
    **_FORM,
    "client_id": _ID,
    "application": "Invoice download",
    "typed_name": "Invoice download",
    "chosen": ("invoices:read",),
    "scopes": [_INVOICES, _PAY],
    "way": WAYS["client_secret_basic"][0],
    "has_secret": True,
    "has_key": False,
    "proof": "",
    "resources": ["https://api.demo.test"],
    "secrets": [
        {"id": "s2", "created_at": NOW - 4_000, "expires_at": None},
        {"id": "s1", "created_at": NOW - 900_000, "expires_at": NOW + 82_400},
    ],
    "overlaps": [(name, words) for name, (_, words) in OVERLAPS.items()],
    "created_at": NOW - 900_000,
    "used_at": NOW - 7_300,
    "disabled_at": None,
    "may_turn_on": False,
    "delete_url": f"/account/applications/delete?id={_ID}",
    "list_url": "/account/applications",
    "errors": {},
    "now": NOW,
}
_SECRET: dict[str, Any] = {
    **_ACCOUNT,
    "application": "Invoice download",
    "client_id": _ID,
    "secret": "q8Jm4dVhX2nRz7LkTf0aYw5sPbGc9uEiO1vMxKjHdNg",
    "token_url": "http://localhost:8000/token",
    "former_until": None,
    "now": NOW,
    "next_url": f"/account/applications/service-account?id={_ID}",
}
SERVICE_ACCOUNT_SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "new-service-account": ("account/new-service-account.html", _NEW),
    "new-service-account-error": (
        "account/new-service-account.html",
        {
            **_NEW,
            "typed": Typed(),
            "errors": {
                "name": Message("Enter a name of at most %(most)s characters", {"most": 60}),
                "scope": Message("Choose what the program may do"),
            },
        },
    ),
    "service-account-key": ("account/service-account-key.html", _KEY),
    "service-account-key-private": (
        "account/service-account-key.html",
        {
            **_KEY,
            "typed": Typed(method="private_key_jwt"),
            "errors": {
                "keys": Message(
                    "This is a private key, or holds one. It is no secret any more: make a new pair, and paste its"
                    " public half."
                )
            },
        },
    ),
    "service-account-certificate": (
        "account/service-account-key.html",
        {**_KEY, "client_id": _ID, "typed": Typed(method="tls_client_auth")},
    ),
    "service-account": ("account/service-account.html", _ONE),
    "service-account-off": (
        "account/service-account.html",
        {
            **_ONE,
            "way": WAYS["private_key_jwt"][0],
            "has_secret": False,
            "has_key": True,
            "proof": "https://robot.example/jwks",
            "secrets": [],
            "used_at": None,
            "disabled_at": NOW - 90_000,
            "may_turn_on": True,
        },
    ),
    "service-account-secret": ("account/service-account-secret.html", _SECRET),
    "service-account-new-secret": (
        "account/service-account-secret.html",
        {**_SECRET, "former_until": NOW + 86_400},
    ),
    "delete-service-account": (
        "account/delete-service-account.html",
        {
            **_ACCOUNT,
            **_FORM,
            "client_id": _ID,
            "application": "Invoice download",
            "used_at": None,
            "now": NOW,
        }
        | {"cancel_url": "/account/applications"},
    ),
}

# One with a key of its own has no secrets, and one that is on is not turned on.
SERVICE_ACCOUNT_SPARE = frozenset(
    {"has_key", "may_turn_on", "names", "once", "overlaps", "scopes", "secrets"}
)
