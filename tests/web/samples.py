"""Every page with believable content, for the tests and for looking at: each template below `pages/` has a sample, and
each of the demo's.
"""

from collections.abc import Awaitable, Callable
from typing import Any

from playwright.async_api import Route as BrowserRoute
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from idp.config.settings import Brand, Delegation, Settings, SupportPhone
from idp.web.headers import Posture
from idp.web.locale import Message
from idp.web.pages import Pages
from tests.web.address_samples import ADDRESS_SAMPLES
from tests.web.answer_samples import ANSWER_SAMPLES
from tests.web.case_samples import CASE_SAMPLES
from tests.web.code_samples import CODE_SAMPLES
from tests.web.delegation_samples import DELEGATION_SAMPLES
from tests.web.demo_samples import DEMO_SAMPLES, DemoSamples
from tests.web.device_samples import DEVICE_SAMPLES
from tests.web.factor_samples import FACTOR_SAMPLES
from tests.web.forgot_samples import FORGOT_SAMPLES
from tests.web.privacy_samples import PRIVACY_SAMPLES
from tests.web.recovery_samples import RECOVERY_SAMPLES
from tests.web.security_samples import SECURITY_SAMPLES
from tests.web.service_account_samples import SERVICE_ACCOUNT_SAMPLES, SERVICE_ACCOUNTS
from tests.web.sign_up_samples import SIGN_UP_SAMPLES
from tests.web.support_samples import SUPPORT_SAMPLES

NOW = 1_764_000_000
SETTINGS = Settings(
    issuer="http://localhost:8000",
    delegation=Delegation(enabled=True, scopes=("invoices:read", "invoices:pay")),
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


_ROBOT = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 48 48"><rect width="48" height="48" fill="#0a7d5a"/>
<circle cx="17" cy="24" r="5" fill="#fff"/><circle cx="31" cy="24" r="5" fill="#fff"/></svg>"""
_LOGO = "/logo/robot"
_FORM = {"form_action": "/sign-in/4f1c/step", "csrf_token": "csrf-of-this-page"}
_LOGIN = {
    **_FORM,
    "application": "Manager",
    "application_logo": "",
    "policy_url": "",
    "terms_url": "",
    "identifier": "",
    "errors": {},
    "shared_computer": False,
    "forgot_url": "/forgot?interaction=4f1c",
    "sign_up_url": "/sign-up?from=4f1c",
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
    "application_host": "robot.example",
    "application_logo": "",
    "leads_to": "robot.example",
    "is_unverified": False,
    "policy_url": "https://robot.example/privacy",
    "terms_url": "https://robot.example/terms",
    "scopes": [
        _PROFILE,
        ("invoices:read", Message("See invoices"), Message("Their dates, amounts and status.")),
    ],
    "already": [
        (
            "openid",
            Message("Know who you are"),
            Message("An identifier that stays the same at every sign-in."),
        )
    ],
}
_UNVERIFIED = {
    "application_logo": _LOGO,
    "is_unverified": True,
    "scopes": [
        ("claim:birthdate", Message("See your date of birth"), Message("This detail alone.")),
        ("claim:phone_number", Message("See your phone number"), Message("This detail alone.")),
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
_CONSENTS = [
    {
        "client_id": "spa",
        "application": "Invoice Robot",
        "url": "https://robot.example",
        "scopes": [Message("See your profile"), Message("See invoices")],
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

_APPLICATIONS = {**_ACCOUNT, **_FORM, "now": NOW, "service_accounts": [], "new_url": ""}
SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    **ADDRESS_SAMPLES,
    **CASE_SAMPLES,
    **CODE_SAMPLES,
    **DEVICE_SAMPLES,
    **SECURITY_SAMPLES,
    **FACTOR_SAMPLES,
    **PRIVACY_SAMPLES,
    **DELEGATION_SAMPLES,
    **RECOVERY_SAMPLES,
    **FORGOT_SAMPLES,
    **SUPPORT_SAMPLES,
    **SIGN_UP_SAMPLES,
    **ANSWER_SAMPLES,
    "login": ("login.html", _LOGIN),
    "login-application": (
        "login.html",
        {
            **_LOGIN,
            "application": "Invoice Robot",
            "application_logo": _LOGO,
            "policy_url": "https://robot.example/privacy",
            "terms_url": "https://robot.example/terms",
        },
    ),
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
    "consent-unverified": ("consent.html", {**_CONSENT, **_UNVERIFIED}),
    "logout": ("logout.html", {**_LOGOUT, "hidden": {"state": "af0ifjsldkj"}}),
    # Its script goes on at once, here to where it is.
    "signing-out": ("signing-out.html", {"application": "Manager", "continue_url": "#", "frames": ()}),
    "signed-out": (
        "signed-out.html",
        {"application": "Manager", "continue_url": "http://localhost:8001/", "frames": ()},
    ),
    "refused": ("refused.html", {"customer_id": "dd44444-ovh", "sign_in_url": "/account"}),
    "expired": ("expired.html", {"application": "Manager", "restart_url": "/account"}),
    "cookies-blocked": (
        "cookies-blocked.html",
        {"cookie_name": "__Host-idp_browser", "host": "login.demo.test", "retry_url": "/account"},
    ),
    "busy": ("busy.html", {"retry_seconds": 5}),
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
    "home": (
        "account/home.html",
        {
            **_ACCOUNT,
            "language": "fr",
            "member_since": NOW - 90_000_000,
            "delete_at": None,
            "is_staff": False,
        },
    ),
    **SERVICE_ACCOUNT_SAMPLES,
    "applications": ("account/applications.html", {**_APPLICATIONS, "consents": _CONSENTS}),
    "applications-none": ("account/applications.html", {**_APPLICATIONS, "consents": []}),
    "applications-services": (
        "account/applications.html",
        {
            **_APPLICATIONS,
            "consents": _CONSENTS,
            "service_accounts": SERVICE_ACCOUNTS,
            "new_url": "/account/applications/new",
        },
    ),
    "applications-no-services": (
        "account/applications.html",
        {**_APPLICATIONS, "consents": [], "new_url": "/account/applications/new"},
    ),
}
EVERY_PAGE = (*SAMPLES, *DEMO_SAMPLES)
# The same in eight parts, so that no test that opens them all in a browser takes minutes.
PARTS = [EVERY_PAGE[first::8] for first in range(8)]


def sample_application(settings: Settings = SETTINGS) -> Starlette:
    """Serves each sample at `/{its name}`, with the real headers and static files."""
    pages, demo = Pages(settings, entropy=FixedEntropy()), DemoSamples()

    async def show(request: Request) -> Response:
        name = request.path_params["name"]
        if name in DEMO_SAMPLES:
            return demo.show(request, name)
        template, context = SAMPLES[name]
        posture = (
            Posture.PORTAL
            if context.get("frame", template).startswith(("account/", "support/"))
            else Posture.INTERACTION
        )
        return pages.render(request, template, posture=posture, **context)

    async def no_script(request: Request) -> Response:
        """Pages that send themselves on stay, to be looked at."""
        return Response(media_type="text/javascript")

    async def logo(request: Request) -> Response:
        """That of an application."""
        return Response(_ROBOT, media_type="image/svg+xml")

    async def passkey(request: Request) -> Response:
        """What the sign-in page offers beside autofill. Nobody answers it."""
        return JSONResponse(
            {"publicKey": {"challenge": "AAAA", "allowCredentials": [], "userVerification": "required"}}
        )

    return Starlette(
        routes=[
            Route("/static/{folders:path}/form-post{rest}", no_script),
            Route("/static/{path:path}", pages.static),
            Route("/logo/robot", logo),
            Route("/sign-in/4f1c/passkey", passkey, methods=["POST"]),
            Route("/demo.css", demo.pages.style),
            Route("/messages/4f1c/html", demo.mail),
            Route("/{name}", show),
        ]
    )


def answer_from(client: TestClient) -> Callable[[BrowserRoute], Awaitable[None]]:
    """Lets a browser load pages without a port, yet with the real headers and what they forbid."""

    async def answer(route: BrowserRoute) -> None:
        request = route.request
        sent = client.request(
            request.method, request.url, headers=await request.all_headers(), follow_redirects=False
        )
        await route.fulfill(status=sent.status_code, headers=dict(sent.headers), body=sent.content)

    return answer
