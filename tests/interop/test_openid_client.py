"""openid-client, the npm package, signs people in and out and does all else that a client does with us."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from idp.demo.mails import Mails
from tests.interop.authority import Authority
from tests.interop.first_day import NAME, create_client, create_person, prepare
from tests.interop.installation import API, Installation, installed
from tests.interop.person import choose_password, enter_code, press, sign_in
from tests.support.postgresql import Cluster
from tests.support.processes import free_port, running

_CODE = ("--grant-type", "authorization_code", "--grant-type", "refresh_token")


@pytest.fixture(scope="module")
def installation(
    tmp_path_factory: pytest.TempPathFactory, cluster: Cluster, authority: Authority
) -> Iterator[Installation]:
    """An installation that serves; each test makes its own people and clients."""
    with installed(tmp_path_factory.mktemp("openid-client"), cluster, "openid_client", authority) as empty:
        # Without a grace, a repeated refresh token is a stolen one at once.
        installation = replace(
            empty, environment=empty.environment | {"IDP_TOKENS__REFRESH_GRACE_SECONDS": "0"}
        )
        prepare(installation)
        with installation.serving():
            yield installation


@contextmanager
def relying_party(
    command: Sequence[str | Path],
    installation: Installation,
    client_id: str,
    *options: str,
    scope: str = "openid profile email",
) -> Iterator[str]:
    """Register a client, and start it; answers its origin."""
    port = free_port()
    origin = f"http://127.0.0.1:{port}"
    if "client_credentials" not in options:
        options += (
            "--redirect-uri",
            f"{origin}/callback",
            "--post-logout-redirect-uri",
            f"{origin}/signed-out",
        )
    client = create_client(installation, client_id, "--scope", scope, *options)
    settings = {
        "ISSUER": installation.issuer,
        "CLIENT_ID": client_id,
        "CLIENT_SECRET": client.get("client_secret") or "",
        "AUTH_METHOD": client["token_endpoint_auth_method"],
        "ID_TOKEN_ALGORITHM": client.get("id_token_signed_response_alg", "RS256"),
        "SCOPE": scope,
        "PORT": str(port),
        "NODE_EXTRA_CA_CERTS": installation.environment["SSL_CERT_FILE"],
    }
    with running(command, ready=f"ready {origin}", environment=settings):
        yield origin


async def test_a_person_signs_in_approves_stays_and_signs_out(
    installation: Installation, mails: Mails, openid_client: list[str | Path], page: Page
) -> None:
    person = create_person(installation, "--email", "shopper@example.test", "--email-verified")
    await choose_password(page, person["enrolment_link"])
    scope = "openid profile email offline_access"
    options = (*_CODE, "--may-introspect")
    with relying_party(openid_client, installation, "shop", *options, scope=scope) as application:
        await page.goto(f"{application}/login?prompt=consent")
        await sign_in(page, person["customer_id"])
        await enter_code(page, mails)
        await press(page, "#consent [name=action][value=allow]")
        received = await read(page)
        assert received["claims"]["iss"] == installation.issuer
        assert received["claims"]["aud"] == "shop"
        assert received["claims"]["sub"] == received["userinfo"]["sub"] == person["sub"]
        assert received["userinfo"]["name"] == NAME
        assert received["userinfo"]["customer_id"] == person["customer_id"]
        assert received["refreshable"]

        assert (await open_(page, f"{application}/introspect"))["sub"] == person["sub"]
        assert (await open_(page, f"{application}/refresh"))["rotated"]
        assert (await open_(page, f"{application}/userinfo"))["name"] == NAME
        assert (await open_(page, f"{application}/replay"))["error"] == "invalid_grant"
        assert await open_(page, f"{application}/introspect") == {"active": False}

        # Consent and session are remembered, so nothing is asked. The new family ends when the client wants it to.
        assert (await open_(page, f"{application}/login"))["claims"]["sub"] == person["sub"]
        assert (await open_(page, f"{application}/introspect"))["active"]
        assert (await open_(page, f"{application}/revoke"))["revoked"]
        assert (await open_(page, f"{application}/refresh"))["error"] == "invalid_grant"

        assert await open_(page, f"{application}/logout") == {"signed_out": True}
        assert (await open_(page, f"{application}/login?prompt=none"))["error"] == "login_required"


async def test_every_authentication_method_and_signature_is_understood(
    installation: Installation, mails: Mails, openid_client: list[str | Path], page: Page
) -> None:
    person = create_person(installation, "--email", "tester@example.test", "--email-verified")
    await choose_password(page, person["enrolment_link"])
    await page.goto(f"{installation.issuer}/account")
    await sign_in(page, person["customer_id"])
    await enter_code(page, mails)
    for method, algorithm in (
        ("client_secret_basic", "RS256"),
        ("client_secret_post", "PS256"),
        ("client_secret_basic", "EdDSA"),
        ("none", "ES256"),
    ):
        options = ("--first-party", "--auth-method", method, "--id-token-algorithm", algorithm)
        with relying_party(openid_client, installation, algorithm, *options) as application:
            received = await open_(page, f"{application}/login")
            assert received["claims"]["aud"] == algorithm
            assert received["userinfo"]["sub"] == person["sub"]


async def test_a_service_gets_a_token_of_its_own(
    installation: Installation, openid_client: list[str | Path], page: Page
) -> None:
    options = ("--grant-type", "client_credentials", "--resource", API)
    with relying_party(openid_client, installation, "robot", *options, scope="invoices:read") as service:
        received = await open_(page, f"{service}/machine")
        assert received["token_type"] == "bearer"
        assert received["scope"] == "invoices:read"


async def open_(page: Page, address: str) -> Any:
    """Go there, and read where that leads."""
    await page.goto(address)
    return await read(page)


async def read(page: Page) -> Any:
    """The JSON that the tab shows."""
    response = await page.evaluate("document.body.innerText")
    return json.loads(response)
