"""docs/connect.md does what it says: its commands, its application and its API run against a real provider."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest

from idp.clients.shapes import AUTH_METHODS
from idp.spec.claims import SCOPE_CLAIMS
from idp.spec.errors import ProtocolError
from idp.spec.scope import STANDARD_SCOPES
from tests.docs.installation import PASSWORD, Installation, install, new_customer
from tests.docs.issuing import Client
from tests.docs.markdown import fence, fences, prose, table
from tests.docs.visitor import Visitor
from tests.support.processes import ROOT, free_port

PAGE = ROOT / "docs" / "connect.md"
CUSTOMER = "alice@example.com"
_REGISTRATIONS = (
    *("register-web", "register-spa", "register-native", "register-service", "register-api"),
    "register-billing",
)
_ASKED = (
    *("discovery", "introspect", "client-credentials", "refresh", "revoke"),
    *("customers-token", "customer"),
)
_PROGRAMS = ("shop.py", "invoices.py")
_UVICORN_IS_READY = "INFO:     Uvicorn running on http://127.0.0.1:{port} (Press CTRL+C to quit)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """Everything that the page builds, running. `secrets` are the clients', by the names of the page's variables."""

    installation: Installation
    shop: str
    invoices: str
    secrets: dict[str, str] = field(repr=False)

    def ask(self, name: str, **variables: str) -> Any:
        """Run one of the page's requests; its answer, read as JSON."""
        said = self.installation.sh(fence(PAGE, name).text, **self.secrets, **variables)
        return json.loads(said) if said else None

    def tokens(self) -> dict[str, str]:
        """What the shop is issued when somebody signs in there."""
        client = Client(
            client_id="shop", secret=self.secrets["SHOP_SECRET"], callback=f"{self.shop}/callback"
        )
        with Visitor() as visitor:
            page = visitor.open(client.request(self.installation.issuer), until=client.callback)
            answer = visitor.sign_in(page, CUSTOMER, PASSWORD, until=client.callback)
        return client.redeemed(self.installation.issuer, answer)


@pytest.fixture(scope="module")
def connected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connected]:
    """The page, followed from its first line to its last program."""
    folder = tmp_path_factory.mktemp("connect")
    shop_port, api_port = free_port(), free_port()
    replaced = {
        "https://shop.example.com": f"http://localhost:{shop_port}",
        "https://invoices.example.com": f"http://localhost:{api_port}",
    }
    (configuration,) = [one.text for one in fences(PAGE) if one.mark == "config"]
    installation = install(folder, f'issuer = "https://login.example.com"\n{configuration}', replaced)
    # So short that the shop refreshes before it calls the API.
    installation.environment["IDP_TOKENS__ACCESS_TOKEN_LIFETIME_SECONDS"] = "25"
    installation.sh("idp db upgrade")
    secrets = {"SHOP_COOKIE_KEY": "a key for the tests alone"}
    for name in _REGISTRATIONS:
        client_id, secret = _registered(installation.sh(fence(PAGE, name).text))
        if secret:
            secrets[f"{client_id.upper()}_SECRET"] = secret
    for name in _PROGRAMS:
        (folder / name).write_text(installation.here(fence(PAGE, name).text), encoding="utf-8")
    link = new_customer(installation, CUSTOMER)
    with ExitStack() as stack:
        stack.enter_context(installation.serving())
        for program, port in (("shop", shop_port), ("invoices", api_port)):
            command = ("-m", "uvicorn", "--no-access-log", "--port", str(port), f"{program}:app")
            ready = _UVICORN_IS_READY.format(port=port)
            stack.enter_context(installation.program(*command, ready=ready, **secrets))
        with Visitor() as visitor:
            visitor.enrol(link, PASSWORD)
        yield Connected(
            installation=installation,
            shop=replaced["https://shop.example.com"],
            invoices=replaced["https://invoices.example.com"],
            secrets=secrets,
        )


def _registered(said: str) -> tuple[str, str]:
    """The client ID, and the secret or an empty text, of what `idp client create` prints."""
    lines = said.splitlines()
    return lines[0].removeprefix("Registered "), lines[-1] if len(lines) > 1 else ""


def test_everything_marked_to_be_run_is_run() -> None:
    marked = {one.name for one in fences(PAGE) if one.mark in ("run", "file")}

    assert marked == {*_REGISTRATIONS, *_ASKED, *_PROGRAMS}


def test_people_sign_in_to_the_shop_are_greeted_and_sign_out(connected: Connected) -> None:
    with Visitor() as visitor:
        page = visitor.open(f"{connected.shop}/sign-in")
        greeted = visitor.sign_in(page, CUSTOMER, PASSWORD)
        assert "Hello Alice Martin (am" in greeted.text
        assert CUSTOMER in greeted.text

        assert "FR-2026-0117" in visitor.open(f"{connected.shop}/invoices").text
        assert "FR-2026-0117" in visitor.open(f"{connected.shop}/invoices").text

        signed_out = visitor.submit(greeted)
        assert str(signed_out.url).startswith(f"{connected.shop}/?state=")
        assert "Sign in" in signed_out.text
        assert 'id="login"' in visitor.open(f"{connected.shop}/sign-in").text


def test_the_shop_refuses_the_answer_of_another_provider(connected: Connected) -> None:
    with Visitor() as visitor:
        page = visitor.open(f"{connected.shop}/callback?code=stolen&state=x&iss=https://evil.test")

    assert page.status_code == 400
    assert "another provider answered" in page.text


def test_the_api_accepts_access_tokens_for_it_and_nothing_else(connected: Connected) -> None:
    tokens = connected.tokens()

    def call(token: str | None) -> httpx2.Response:
        headers = {"authorization": f"Bearer {token}"} if token else {}
        return httpx2.get(f"{connected.invoices}/invoices", headers=headers, trust_env=False)

    assert call(tokens["access_token"]).json()["invoices"] == ["FR-2026-0117"]
    assert call(None).status_code == 401
    assert call(tokens["id_token"]).headers["www-authenticate"] == 'Bearer error="invalid_token"'
    assert call(tokens["access_token"] + "x").status_code == 401
    assert call("not a token").status_code == 401


def test_a_token_without_the_scope_is_refused_by_the_api(connected: Connected) -> None:
    token = connected.ask("refresh", REFRESH_TOKEN=connected.tokens()["refresh_token"])["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": token, "scope": "openid"}
    narrow = httpx2.post(
        f"{connected.installation.issuer}/token",
        data=form,
        auth=("shop", connected.secrets["SHOP_SECRET"]),
        trust_env=False,
    ).json()

    headers = {"authorization": f"Bearer {narrow['access_token']}"}
    answer = httpx2.get(f"{connected.invoices}/invoices", headers=headers, trust_env=False)

    assert answer.status_code == 403


def test_discovery_names_the_issuer_and_the_apis_scope(connected: Connected) -> None:
    metadata = connected.ask("discovery")

    assert metadata["issuer"] == connected.installation.issuer
    assert "invoices:read" in metadata["scopes_supported"]


def test_a_service_gets_a_token_that_introspection_knows(connected: Connected) -> None:
    issued = connected.ask("client-credentials")
    known = connected.ask("introspect", ACCESS_TOKEN=issued["access_token"])

    assert "refresh_token" not in issued
    assert known["active"] is True
    assert known["sub"] == known["client_id"] == "reports"
    assert known["scope"] == "invoices:read"


def test_billing_reads_the_customer_id_of_who_signed_in(connected: Connected) -> None:
    signed_in = connected.ask("introspect", ACCESS_TOKEN=connected.tokens()["access_token"])
    issued = connected.ask("customers-token")
    customer = connected.ask("customer", ACCESS_TOKEN=issued["access_token"], SUB=signed_in["sub"])

    assert customer["customer_id"].startswith("am")
    assert (customer["name"], customer["status"]) == ("Alice Martin", "active")
    (schema,) = [one.text for one in fences(PAGE) if one.language == "yaml"]
    assert f"required: [{', '.join(customer)}]" in schema


def test_a_refresh_token_rotates_and_a_repeat_soon_gets_the_same_successor(connected: Connected) -> None:
    tokens = connected.tokens()

    first = connected.ask("refresh", REFRESH_TOKEN=tokens["refresh_token"])
    again = connected.ask("refresh", REFRESH_TOKEN=tokens["refresh_token"])

    assert first["refresh_token"] == again["refresh_token"] != tokens["refresh_token"]
    assert first["access_token"] != again["access_token"]


def test_revoking_a_refresh_token_ends_its_access_token(connected: Connected) -> None:
    tokens = connected.tokens()
    assert connected.ask("introspect", ACCESS_TOKEN=tokens["access_token"])["active"] is True

    connected.ask("revoke", REFRESH_TOKEN=tokens["refresh_token"])

    assert connected.ask("introspect", ACCESS_TOKEN=tokens["access_token"]) == {"active": False}


def test_the_tables_of_claims_and_errors_are_those_of_the_code() -> None:
    claims = {row[0].strip("`"): set(_names(row[1])) for row in table(PAGE, "Claims and scopes")}
    assert claims.keys() == STANDARD_SCOPES
    assert {scope: set(names) for scope, names in SCOPE_CLAIMS.items()} == {
        scope: names for scope, names in claims.items() if scope in SCOPE_CLAIMS
    }

    told = {code for row in table(PAGE, "Errors and what they mean") for code in _names(row[0])}
    assert told == {error.code for error in ProtocolError.__subclasses__()} - _NEVER_SENT


# No request leads to it: prompt=none excludes select_account.
_NEVER_SENT = {"account_selection_required"}


def test_every_way_of_client_authentication_is_told() -> None:
    text = prose(PAGE) + "".join(one.text for one in fences(PAGE))
    words = {"client_secret_basic": "`Authorization` header", "client_secret_post": "`client_secret`"}

    assert all(words.get(method, f"--auth-method {method}") in text for method in AUTH_METHODS)


def _names(cell: str) -> list[str]:
    return [part for index, part in enumerate(cell.split("`")) if index % 2]
