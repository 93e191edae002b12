"""Pages of the demo's applications and of its mailbox, with believable content."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from idp.demo.chain import Chain, Shown
from idp.demo.invoices import Invoice
from idp.demo.mails import Mail
from idp.demo.pages import DemoPages
from idp.demo.provider import Registration
from idp.demo.relying_party import Application
from idp.demo.television import Screen, drawing_of
from idp.demo.visits import SignedIn

_MANAGER = Application(
    registration=Registration(
        client_id="manager",
        client_secret="manager-demo-secret",
        issuer="http://localhost:8000",
        origin="http://localhost:8001",
    ),
    word="manager",
    cookie="manager-session",
    accent="#1b3fa0",
    accent_dark="#9db7ff",
    api="http://localhost:8002",
    shows_invoices=False,
    neighbour="http://localhost:8003",
)
_BILLING = replace(_MANAGER, word="billing", shows_invoices=True)
_ALICE = SignedIn(
    claims={
        "sub": "alice",
        "name": "Alice Aubert",
        "email": "alice@demo.test",
        "customer_id": "aa11111-ovh",
    },
    token={},
)
_NOBODY: dict[str, Any] = {"application": _MANAGER, "person": None}
_SIGNED_IN: dict[str, Any] = {"application": _MANAGER, "person": _ALICE}
_INVOICES = [
    Invoice(number="FR-2026-0117", date=date(2026, 11, 1), euros=Decimal("35.88"), is_paid=False),
    Invoice(number="FR-2026-0094", date=date(2026, 10, 1), euros=Decimal("1235.88"), is_paid=True),
]
_INVOICE = {**_SIGNED_IN, "invoice": _INVOICES[0], "customer_id": "aa11111-ovh", "has_come_back": False}
_CUSTOMERS = [
    {"customer_id": "cc33333-ovh", "name": "Carol Lefèvre"},
    {"customer_id": "ee55555-ovh", "name": ""},
]
_NOT_ACTING: dict[str, Any] = {"chosen": None, "invoices": [], "token": None, "refusal": ""}
_CHAIN = Chain(sub="alice", customers_token="a", exchanged_token="b", entries=3)
_CLAIMS = {
    "iss": "http://localhost:8000",
    "sub": "0f6a2c4e8b1d43f5a7c9e0b2d4f6a8c1",
    "aud": "http://localhost:8002",
    "iat": 1_800_000_000,
    "exp": 1_800_000_600,
    "jti": "tW9pJpQmVxY1c3hK",
    "client_id": "manager",
    "fid": "01936f0a7c7b7e5a9d1f3b5c7e9a1c3e",
    "scope": "openid profile email invoices:read invoices:pay",
    "auth_time": 1_800_000_000,
    "acr": "1",
    "amr": ["pwd", "otp"],
}
_EXCHANGED = {
    **_CLAIMS,
    "aud": "https://billing.demo.test",
    "client_id": "machine",
    "scope": "ledger:read",
    "act": {"sub": "machine", "client_id": "machine"},
}
_SHOWN = [Shown(claims=_CLAIMS, is_active=True), Shown(claims=_EXCHANGED, is_active=True)]
_MAIL = Mail(
    id="4f1c",
    to="alice@demo.test",
    subject="Your Demo Hosting sign-in code \N{EN DASH} aa11111-ovh",
    created="2026-11-23T08:00:00Z",
    text="1234 5678 is your code to sign in to Demo Hosting.",
    html='<!doctype html><html lang="en"><title>Code</title><p>1234 5678</p>',
    headers={"From": "Demo Hosting <no-reply@demo.test>"},
)

_CODES = {
    "user_code": "WDJB-MJHT",
    "verification_uri": "http://localhost:8000/device",
    "verification_uri_complete": "http://localhost:8000/device?user_code=WDJB-MJHT",
}


def _television(outcome: str = "", name: str = "") -> dict[str, Any]:
    screen = Screen(codes=_CODES, interval=5, ask_at=0, outcome=outcome, name=name)
    return {"application": _BILLING, "person": None, "screen": screen, "drawing": drawing_of(screen)}


DEMO_SAMPLES: dict[str, tuple[str, dict[str, Any]]] = {
    "demo-welcome": ("welcome.html", _NOBODY),
    "demo-home": ("home.html", {**_SIGNED_IN, "invoices": None}),
    "demo-billing": ("home.html", {**_SIGNED_IN, "application": _BILLING, "invoices": _INVOICES}),
    "demo-television-off": ("television.html", {**_NOBODY, "screen": None, "drawing": ""}),
    "demo-television": ("television.html", _television()),
    "demo-television-connected": ("television.html", _television(name="Alice Aubert")),
    "demo-television-refused": ("television.html", _television(outcome="access_denied")),
    "demo-invoices": ("invoices.html", {**_SIGNED_IN, "invoices": _INVOICES}),
    "demo-invoices-none": ("invoices.html", {**_SIGNED_IN, "invoices": None}),
    "demo-invoice": (
        "invoice.html",
        {**_SIGNED_IN, "invoice": _INVOICES[1], "customer_id": "aa11111-ovh", "has_come_back": False},
    ),
    "demo-invoice-no-id": (
        "invoice.html",
        {**_SIGNED_IN, "invoice": _INVOICES[0], "customer_id": "", "has_come_back": False},
    ),
    "demo-invoice-proven": (
        "invoice.html",
        {
            **_INVOICE,
            "person": replace(_ALICE, claims={**_ALICE.claims, "acr": "2"}),
            "has_come_back": True,
        },
    ),
    "demo-invoice-one-factor": ("invoice.html", {**_INVOICE, "has_come_back": True}),
    "demo-acting": ("acting.html", {**_SIGNED_IN, "customers": _CUSTOMERS, **_NOT_ACTING}),
    "demo-acting-none": (
        "acting.html",
        {**_SIGNED_IN, "customers": [], **_NOT_ACTING, "refusal": "invalid_request"},
    ),
    "demo-acting-nobody": ("acting.html", {**_SIGNED_IN, "customers": [], **_NOT_ACTING}),
    "demo-acting-over": (
        "acting.html",
        {**_SIGNED_IN, "customers": [], **_NOT_ACTING, "refusal": "unknown_customer"},
    ),
    "demo-acting-shown": (
        "acting.html",
        {
            **_SIGNED_IN,
            "customers": _CUSTOMERS,
            **_NOT_ACTING,
            "chosen": _CUSTOMERS[0],
            "invoices": _INVOICES,
            "token": Shown(claims=_CLAIMS | {"sub": "carol", "act": {"sub": "alice"}}, is_active=True),
        },
    ),
    "demo-chain-first": ("chain.html", {**_SIGNED_IN, "chain": None, "tokens": []}),
    "demo-chain": ("chain.html", {**_SIGNED_IN, "chain": _CHAIN, "tokens": _SHOWN}),
    "demo-chain-ended": (
        "chain.html",
        {**_NOBODY, "chain": _CHAIN, "tokens": [replace(shown, is_active=False) for shown in _SHOWN]},
    ),
    "demo-chain-refused": (
        "chain.html",
        {
            **_SIGNED_IN,
            "chain": replace(_CHAIN, exchanged_token="", refusal="invalid_client"),
            "tokens": [replace(_SHOWN[0], is_active=None)],
        },
    ),
    "demo-payment": ("payment.html", {**_SIGNED_IN, "is_open": True}),
    "demo-payment-closed": ("payment.html", {**_SIGNED_IN, "is_open": False}),
    "demo-error": ("error.html", {**_NOBODY, "reason": "refused", "code": "invalid_token"}),
    "demo-not-found": ("error.html", {**_NOBODY, "reason": "not_found", "code": ""}),
    "demo-sign-out": ("sign-out.html", _SIGNED_IN),
    "demo-signed-out": ("signed-out.html", {**_NOBODY, "why": "signed_out_why"}),
    "demo-mailbox": ("mailbox.html", {"mails": [_MAIL]}),
    "demo-mailbox-empty": ("mailbox.html", {"mails": []}),
    "demo-mail": ("mail.html", {"mail": _MAIL, "text": _MAIL.text}),
}


class DemoSamples:
    """The demo's applications speak the browser's language; a sample speaks that of `?language=`."""

    def __init__(self) -> None:
        self.pages = DemoPages(accent=_MANAGER.accent, accent_dark=_MANAGER.accent_dark)

    def show(self, request: Request, name: str) -> Response:
        template, context = DEMO_SAMPLES[name]
        wish = request.query_params.get("language", "en").encode()
        request = Request({**request.scope, "headers": [(b"accept-language", wish)]})
        return self.pages.render(request, template, **context)

    async def mail(self, request: Request) -> Response:
        """What the frame of `demo-mail` shows."""
        return HTMLResponse(_MAIL.html)
