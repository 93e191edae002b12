"""Samples of the support desk's pages."""

from typing import Any

from idp.web.locale import Message

NOW = 1_764_000_000
_FORM = {"form_action": "/support", "csrf_token": "csrf-of-this-page"}
SAM = {
    "customer_id": "ss90001-ovh",
    "email": "sam@demo.test",
    "name": "Sam Roux",
    "sign_out_url": "/sign-out",
    "sign_out_token": "csrf-of-signing-out",
}
_SEARCH: dict[str, Any] = {**SAM, **_FORM, "term": "", "errors": {}, "people": []}
_NOTHING = Message(
    "Nothing has exactly this customer ID, e-mail address or reference. Ask the caller to spell it again."
)
_FOUND = [
    {
        "url": "/support/accounts/1",
        "name": "Carol Lefèvre",
        "customer_id": "cc33333-ovh",
        "email": "c•••@d•••.test",
        "status": Message("Active"),
    },
    {
        "url": "/support/accounts/2",
        "name": "Dan Petit",
        "customer_id": "dd44444-ovh",
        "email": "",
        "status": Message("Blocked by the operator"),
    },
]
_CUSTOMER = {
    "name": "Carol Lefèvre",
    "customer_id": "cc33333-ovh",
    "is_staff": False,
    "status": Message("Active"),
    "is_active": True,
    "blocked_at": None,
    "delete_at": None,
    "reported_at": None,
    "primary": "c•••@d•••.test",
    "is_primary_proven": True,
    "refused_at": None,
    "backup": "c•••@d•••.test",
    "is_backup_proven": True,
    "language": "fr",
    "country": "FR",
    "kind": Message("Individual"),
    "created_at": NOW - 90_000_000,
}
_ACTS = [
    {
        "name": "mail-password",
        "title": Message("Mail a link to a new password"),
        "explanation": Message(
            "The link goes to the primary address and works once, for a short time. Nobody else sees it, you neither."
        ),
        "button": Message("Mail the link"),
        "obstacle": None,
    },
    {
        "name": "mail-customer-id",
        "title": Message("Mail the customer ID"),
        "explanation": Message("It goes to the primary address."),
        "button": Message("Mail the customer ID"),
        "obstacle": None,
    },
    {
        "name": "end-sessions",
        "title": Message("Sign out everywhere"),
        "explanation": Message(
            "Ends every session and the access of every application, at once. The customer gets a mail."
        ),
        "button": Message("Sign out everywhere"),
        "obstacle": None,
    },
    {
        "name": "block",
        "title": Message("Block the account"),
        "explanation": Message(
            "Nobody can sign in any more, and everything that was issued ends. All known addresses get a mail."
            " To unblock it takes a case and two agents."
        ),
        "button": Message("Block the account"),
        "obstacle": Message("The account is blocked already."),
    },
]
_ACCOUNT: dict[str, Any] = {
    **SAM,
    **_FORM,
    "customer": _CUSTOMER,
    "over": None,
    "acts": _ACTS,
    "cases_to_open": [
        ("mailbox-backup", Message("Lost mailbox, with a backup address")),
        ("factor", Message("Lost second factor")),
    ],
    "done": Message("Signed the customer out everywhere"),
    "chosen": "",
    "why": "",
    "errors": {},
    "now": NOW,
    "password_at": NOW - 8_000_000,
    "two_factor_at": NOW - 9_000_000,
    "recommended_at": None,
    "backup_codes": 7,
    "devices": [
        {
            "kind": "totp",
            "name": "Phone",
            "detail": "",
            "created_at": NOW - 9_000_000,
            "used_at": NOW - 7_300,
            "is_flagged": False,
        },
        {
            "kind": "security-key",
            "name": "Blue key",
            "detail": "",
            "created_at": NOW - 900_000,
            "used_at": None,
            "is_flagged": True,
        },
        {
            "kind": "sms",
            "name": "Old phone",
            "detail": "•••78",
            "created_at": NOW - 900_000,
            "used_at": NOW - 800,
            "is_flagged": False,
        },
    ],
    "browsers": [
        {
            "browser": "Chrome on Linux",
            "system": "Linux",
            "place": "Roubaix, France",
            "country": "FR",
            "known_since": NOW - 9_000_000,
            "signed_in_at": NOW - 600,
            "last_seen_at": NOW - 5,
            "trusted_until": None,
            "this": False,
        }
    ],
    "decisions": [
        {
            "at": NOW - 700,
            "application": "Manager",
            "outcome": Message("Asked for a mailed code"),
            "is_observed": False,
            "is_completed": True,
            "reasons": [Message("a browser that is not known"), Message("a country that was never used")],
            "told": Message("This browser is new to your account."),
        },
        {
            "at": NOW - 90_700,
            "application": "",
            "outcome": Message("Let in"),
            "is_observed": True,
            "is_completed": False,
            "reasons": [Message("a known browser")],
            "told": Message("Everything is as usual."),
        },
    ],
    "sign_ins": [
        {
            "at": NOW - 600,
            "what": Message("Signed in"),
            "is_failure": False,
            "factors": [Message("password"), Message("mailed code")],
            "application": "Manager",
            "country": "FR",
        },
        {
            "at": NOW - 650,
            "what": Message("Could not sign in"),
            "is_failure": True,
            "factors": [Message("password")],
            "application": "",
            "country": "",
        },
    ],
    "messages": [
        {
            "at": NOW - 660,
            "what": Message("Code to sign in"),
            "recipient": "c•••@d•••.test",
            "state": Message("Accepted"),
            "reply": "250",
        },
        {
            "at": NOW - 86_660,
            "what": Message("Notice of a sign-in"),
            "recipient": "c•••@d•••.test",
            "state": Message("Bounced"),
            "reply": "550 5.1.1",
        },
        {
            "at": NOW - 96_660,
            "what": Message("Customer ID"),
            "recipient": "c•••@d•••.test",
            "state": Message("Waiting"),
            "reply": "",
        },
    ],
    "cases": [
        {
            "url": "/support/cases/1",
            "reference": "K7QF-29DM",
            "kind": Message("Lost mailbox, with a backup address"),
            "status": Message("Waiting for a second agent"),
            "created_at": NOW - 90_000,
            "is_closed": False,
        }
    ],
    "domains": ["example.com", "bücher.example"],
    "staff_acts": [
        {
            "at": NOW - 20,
            "what": Message("Signed the customer out everywhere"),
            "who": "Sam Roux",
            "why": "Her phone was stolen in the train; she called from the number that we know.",
        },
        {"at": NOW - 60, "what": Message("Looked at the account"), "who": "Sam Roux", "why": ""},
    ],
}
_NEW: dict[str, Any] = {
    **_ACCOUNT,
    "customer": {
        **_CUSTOMER,
        "name": "aa11111-ovh",
        "customer_id": "aa11111-ovh",
        "status": Message("Blocked by support"),
        "is_active": False,
        "blocked_at": NOW - 3_600,
        "delete_at": NOW + 900_000,
        "reported_at": NOW - 4_000,
        "refused_at": NOW - 86_000,
        "backup": "",
        "language": "",
        "country": "",
        "kind": None,
    },
    **{name: [] for name in ("devices", "browsers", "decisions", "sign_ins", "messages", "cases", "domains")},
    "staff_acts": [],
    "cases_to_open": [("unblock", Message("Blocked account"))],
    "password_at": None,
    "two_factor_at": None,
    "recommended_at": NOW - 90_000,
    "backup_codes": 0,
    "done": None,
    "chosen": "open-case",
    "errors": {
        "why-open-case": Message("Say why you do this: your colleagues read it, the customer does not")
    },
}
SUPPORT_SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "support-search": ("support/search.html", _SEARCH),
    "support-search-nothing": (
        "support/search.html",
        {**_SEARCH, "term": "carol@demo.tset", "errors": {"term": _NOTHING}},
    ),
    "support-search-several": (
        "support/search.html",
        {**_SEARCH, "term": "carol.spare@demo.test", "people": _FOUND},
    ),
    "support-account": ("support/account.html", _ACCOUNT),
    "support-account-new": ("support/account.html", _NEW),
    "support-account-own": (
        "support/account.html",
        {
            **_ACCOUNT,
            "over": Message("This is your own account. Ask a colleague to act on it."),
            "done": None,
        },
    ),
    "support-used-up": (
        "support/used-up.html",
        {
            **SAM,
            "message": Message("You have opened as many accounts and cases as one agent may in an hour."),
            "limit": 120,
            "minutes": 17,
        },
    ),
}
