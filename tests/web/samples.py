"""Every page with believable content, for the tests and for looking at: each template below `pages/` has a sample."""

from collections.abc import Awaitable, Callable
from typing import Any

import segno
from markupsafe import Markup
from playwright.async_api import Route as BrowserRoute
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from idp.config.settings import Brand, Settings, SupportPhone
from idp.web.headers import Posture
from idp.web.locale import Message
from idp.web.pages import Pages
from tests.web.code_samples import CODE_SAMPLES
from tests.web.factor_samples import FACTOR_SAMPLES

NOW = 1_764_000_000
SETTINGS = Settings(
    issuer="http://localhost:8000",
    brand=Brand(
        help_url="https://help.demo.test",
        legal_url="https://www.demo.test/legal",
        privacy_url="https://www.demo.test/privacy",
        support_phones=(
            SupportPhone(country="FR", number="1099"),
            SupportPhone(country="*", number="+33 1 99 00 00 00"),
        ),
    ),
)


class FixedEntropy:
    """The same bytes each time, another value each call: nonces differ and tests repeat."""

    def __init__(self) -> None:
        self._calls = 0

    def token_bytes(self, length: int) -> bytes:
        self._calls += 1
        return self._calls.to_bytes(length, "big")

    def uuid7(self, now: int) -> str:
        return f"{now:032x}"


_FORM = {"form_action": "/sign-in/4f1c/step", "csrf_token": "csrf-of-this-page"}
_LOGIN = {
    **_FORM,
    "application": "Manager",
    "application_logo": "",
    "identifier": "",
    "errors": {},
    "shared_computer": False,
    "forgot_url": "/forgot?interaction=4f1c",
    "cancel_url": "/sign-in/4f1c/cancel",
    "passkey_action": "/sign-in/4f1c/passkey",
    "passkey_token": "csrf-of-the-passkey-form",
}
_ALICE = {"customer_id": "aa11111-ovh", "email": "alice@demo.test"}
_ACCOUNT = {
    **_ALICE,
    "name": "Alice Aubert",
    "sign_out_url": "/sign-out",
    "sign_out_token": "csrf-of-signing-out",
}
_PROFILE = (
    "profile",
    Message("See your profile"),
    Message("Your name, customer ID, language and similar details."),
)
_CONSENT = {
    **_FORM,
    **_ALICE,
    "application": "Invoice Robot",
    "application_url": "https://robot.example",
    "application_logo": "",
    "policy_url": "https://robot.example/privacy",
    "terms_url": "https://robot.example/terms",
    "scopes": [
        _PROFILE,
        ("invoices:read", Message("See your invoices"), Message("Their dates, amounts and status.")),
    ],
    "already": [
        (
            "openid",
            Message("Know who you are"),
            Message("An identifier that stays the same at every sign-in."),
        )
    ],
}
_LOGOUT = {**_FORM, "application": "Manager", "account_name": "Alice Aubert", "customer_id": "aa11111-ovh"}
_WRONG = Message("The customer ID or e-mail address and the password don’t match. Check both and try again.")
_NO_NAME, _NO_PASSWORD = Message("Enter your customer ID or e-mail address"), Message("Enter your password")
_ERROR = {
    "title": Message("This page has expired"),
    "explanation": Message("Use your %(brand)s account.", {"brand": "Demo Hosting"}),
    "next_url": "/account",
    "next_label": Message("Start again"),
    "reference": "7K3F-92QD",
    "details": [],
}
_DETAILS = [
    (
        "redirect_uri (received)",
        [("http://localhost:8001/", False), ("call-back", True), ("?from=here", False)],
    ),
    ("redirect_uri (registered)", "http://localhost:8001/callback"),
]
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
        Message("Call our support team. They make sure that it’s you, which can take some days."),
    ),
}
_SECURITY: dict[str, Any] = {
    **_ACCOUNT,
    **_FORM,
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
_IN_SIGN_IN = {**_SET_UP, "frame": "layout.html", "application": "Manager"}
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
_CONSENTS = [
    {
        "client_id": "spa",
        "application": "Invoice Robot",
        "url": "https://robot.example",
        "scopes": [Message("See your profile"), Message("See your invoices")],
        "granted_at": NOW - 9_000_000,
        "last_used_at": NOW - 7_300,
    },
    {
        "client_id": "cli",
        "application": "Backup",
        "url": "",
        "scopes": [Message("Know who you are")],
        "granted_at": NOW,
        "last_used_at": None,
    },
]

# The steps of setting up share their variables, and a state of a page that has less to say leaves some out.
SPARE = frozenset(_SET_UP) | {
    "turns_on",
    "is_first",
    "existing",
    "has_two_factor",
    "has_few_codes",
    "last_name",
}

SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    **CODE_SAMPLES,
    **FACTOR_SAMPLES,
    "login": ("login.html", _LOGIN),
    "login-alone": (
        "login.html",
        {**_LOGIN, "application": "", "cancel_url": "", "identifier": "alice@demo.test"},
    ),
    "login-errors": (
        "login.html",
        {
            **_LOGIN,
            "identifier": "aa1111",
            "errors": {"form": _WRONG, "username": _NO_NAME, "password": _NO_PASSWORD},
            "shared_computer": True,
        },
    ),
    "select-account": (
        "select-account.html",
        {**_FORM, **_ALICE, "application": "Manager", "account_name": "Alice Aubert"},
    ),
    "consent": ("consent.html", _CONSENT),
    "logout": ("logout.html", {**_LOGOUT, "hidden": {"state": "af0ifjsldkj"}}),
    "signed-out": ("signed-out.html", {"application": "Manager", "continue_url": "http://localhost:8001/"}),
    "blocked": ("blocked.html", {"customer_id": "dd44444-ovh", "sign_in_url": "/account"}),
    "expired": ("expired.html", {"application": "Manager", "restart_url": "/account"}),
    "cookies-blocked": (
        "cookies-blocked.html",
        {"cookie_name": "__Host-idp_browser", "host": "login.demo.test", "retry_url": "/account"},
    ),
    "busy": ("busy.html", {"retry_seconds": 5}),
    "forgot": ("forgot.html", {"sign_in_url": "/account"}),
    "error": ("error.html", _ERROR),
    "error-details": ("error.html", {**_ERROR, "details": _DETAILS}),
    "enrol": (
        "enrol.html",
        {**_FORM, "name": "Ada Adams", "customer_id": "ad90000-ovh", "minimum_length": 12, "errors": {}},
    ),
    "enrol-errors": (
        "enrol.html",
        {
            **_FORM,
            "name": "Ada Adams",
            "customer_id": "ad90000-ovh",
            "minimum_length": 12,
            "errors": {"password": _NO_PASSWORD},
        },
    ),
    "enrolled": ("enrolled.html", {"customer_id": "ad90000-ovh", "sign_in_url": "/account"}),
    "home": ("account/home.html", {**_ACCOUNT, "language": "fr", "member_since": NOW - 90_000_000}),
    "applications": ("account/applications.html", {**_ACCOUNT, **_FORM, "now": NOW, "consents": _CONSENTS}),
    "applications-none": ("account/applications.html", {**_ACCOUNT, **_FORM, "now": NOW, "consents": []}),
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
        {**_SET_UP, "phone": "•••78", "minutes": 10, "is_waiting": True},
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


def sample_application(settings: Settings = SETTINGS) -> Starlette:
    """Serves each sample at `/{its name}`, with the real headers and static files."""
    pages = Pages(settings, entropy=FixedEntropy())

    async def show(request: Request) -> Response:
        template, context = SAMPLES[request.path_params["name"]]
        posture = (
            Posture.PORTAL if context.get("frame", template).startswith("account/") else Posture.INTERACTION
        )
        return pages.render(request, template, posture=posture, **context)

    return Starlette(routes=[Route("/static/{path:path}", pages.static), Route("/{name}", show)])


def answer_from(client: TestClient) -> Callable[[BrowserRoute], Awaitable[None]]:
    """Lets a browser load pages without a port, yet with the real headers and what they forbid."""

    async def answer(route: BrowserRoute) -> None:
        request = route.request
        sent = client.request(
            request.method, request.url, headers=await request.all_headers(), follow_redirects=False
        )
        await route.fulfill(status=sent.status_code, headers=dict(sent.headers), body=sent.content)

    return answer
