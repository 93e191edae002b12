"""The demo API: which access tokens open it, and how it says no."""

import json
import time
from base64 import urlsafe_b64encode
from typing import Any

import httpx2
import pytest
from joserfc.jwk import ECKey

from idp.demo.api import create_api
from tests.demo.conftest import Running


async def ask(running: Running, browser: httpx2.AsyncClient, token: str) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return await browser.get(f"{running.addresses.api}/invoices", headers=headers)


def jws_header(**members: Any) -> str:
    """A token with a header of ours and nothing that was signed."""
    header = json.dumps({"alg": "ES256", "kid": "k", **members}).encode()
    return f"{urlsafe_b64encode(header).rstrip(b'=').decode()}.e30.AA"


async def test_a_token_for_the_api_opens_it(running: Running, browser_like: httpx2.AsyncClient) -> None:
    for header in ({}, {"typ": "application/AT+jwt"}):
        answer = await ask(running, browser_like, running.issuer.access_token(header=header))
        assert answer.status_code == 200
        assert answer.json()["customer"] == "sub-of-alice"
        assert answer.headers["cache-control"] == "no-store"


async def test_without_a_token_the_answer_says_which_scheme_and_no_error(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    answer = await browser_like.get(f"{running.addresses.api}/invoices")
    assert answer.status_code == 401
    bearer, dpop = answer.headers.get_list("www-authenticate")
    host = f"localhost:{running.addresses.port + 2}"
    assert bearer.startswith(
        f'Bearer realm="{host}", scope="invoices:read", resource_metadata="http://{host}/'
    )
    assert dpop.startswith("DPoP ")


@pytest.mark.parametrize("authorizations", [["Basic eDp5"], ["Bearer"], ["Bearer a", "Bearer b"]])
async def test_a_malformed_request_is_named(
    running: Running, browser_like: httpx2.AsyncClient, authorizations: list[str]
) -> None:
    headers = [("Authorization", value) for value in authorizations]
    answer = await browser_like.get(f"{running.addresses.api}/invoices", headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("claims", "header"),
    [
        ({"iss": "http://localhost:1"}, {}),
        ({"iss": None}, {}),
        ({"aud": "https://billing.demo.test"}, {}),
        ({"aud": None}, {}),
        ({"exp": 1}, {}),
        ({"exp": None}, {}),
        ({"exp": "tomorrow"}, {}),
        ({"nbf": int(time.time()) + 1_000}, {}),
        ({"sub": None}, {}),
        ({"client_id": None}, {}),
        ({}, {"typ": "JWT"}),
        ({}, {"typ": None}),
        ({}, {"kid": "unknown"}),
    ],
)
async def test_any_other_token_is_invalid(
    running: Running, browser_like: httpx2.AsyncClient, claims: dict[str, Any], header: dict[str, Any]
) -> None:
    answer = await ask(running, browser_like, running.issuer.access_token(header=header, **claims))
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "a.b.c",
        "....",
        "é",
        "eyJhbGciOiJub25lIn0.e30.",
        "e30.e30.e30",
        "bnVsbA.e30.AA",
        jws_header(crit=5),
        jws_header(crit=[5]),
        jws_header(kid=[]),
    ],
)
async def test_garbage_is_invalid_too(running: Running, browser_like: httpx2.AsyncClient, token: str) -> None:
    headers = {b"Authorization": f"Bearer {token}".encode()}
    answer = await browser_like.get(f"{running.addresses.api}/invoices", headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")


async def test_a_foreign_signature_is_invalid(running: Running, browser_like: httpx2.AsyncClient) -> None:
    running.issuer.signing_key = ECKey.generate_key("P-256")
    answer = await ask(running, browser_like, running.issuer.access_token())
    assert answer.json()["error"] == "invalid_token"


async def test_a_token_without_the_scope_is_told_which(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    for scope in ("openid invoices:pay", "invoices:read2", None):
        answer = await ask(running, browser_like, running.issuer.access_token(scope=scope))
        assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
        assert 'scope="invoices:read"' in answer.headers["www-authenticate"]


async def test_unknown_keys_are_fetched_once_a_minute_at_most(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    assert (await ask(running, browser_like, running.issuer.access_token())).status_code == 200
    fetched = running.issuer.key_reads
    for _ in range(3):
        await ask(running, browser_like, running.issuer.access_token(header={"kid": "unknown"}))
    assert running.issuer.key_reads == fetched


class Watch:
    """A clock that the test winds on."""

    time = 0

    def now(self) -> int:
        return int(time.time()) + self.time


async def test_a_new_signing_key_is_known_a_minute_later(running: Running) -> None:
    watch = Watch()
    transport = httpx2.ASGITransport(create_api(running.addresses, clock=watch))
    async with httpx2.AsyncClient(transport=transport) as browser:
        assert (await ask(running, browser, running.issuer.access_token())).status_code == 200
        running.issuer.key = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
        assert (await ask(running, browser, running.issuer.access_token())).status_code == 401
        watch.time = 60
        assert (await ask(running, browser, running.issuer.access_token())).status_code == 200


async def test_without_the_issuers_keys_the_answer_is_unavailable(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    for wrong in ({"issuer": "http://localhost:1"}, {"jwks_uri": f"{running.addresses.issuer}/nothing"}):
        running.issuer.metadata = wrong
        answer = await ask(running, browser_like, running.issuer.access_token())
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_an_extension_that_nobody_knows_is_not_ignored(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    header = b'{"alg":"ES256","kid":"one","typ":"at+jwt","crit":["x"],"x":1}'
    encoded = urlsafe_b64encode(header).rstrip(b"=").decode()
    answer = await ask(running, browser_like, f"{encoded}.{running.issuer.access_token().partition('.')[2]}")
    assert answer.json()["error"] == "invalid_token"


async def test_paying_wants_a_recent_sign_in_with_two_factors(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    """RFC 9470 §3."""
    now = int(time.time())
    url = f"{running.addresses.api}/invoices/FR-2026-0117/payment"

    async def pay(to: str = url, **claims: Any) -> httpx2.Response:
        token = running.issuer.access_token(scope="invoices:read invoices:pay", **claims)
        return await browser_like.post(to, headers={"Authorization": f"Bearer {token}"})

    for claims in ({"acr": "1", "auth_time": now}, {"acr": "2", "auth_time": now - 400}, {"acr": "2"}, {}):
        answer = await pay(**claims)
        assert (answer.status_code, answer.json()["error"]) == (401, "insufficient_user_authentication")
        assert 'acr_values="2 3", max_age="300"' in answer.headers["www-authenticate"]
    enough: dict[str, Any] = {"acr": "2", "auth_time": now}
    assert (await pay(url.replace("0117", "9999"), **enough)).status_code == 404
    for _ in range(2):
        assert (await pay(**enough)).json() == {"number": "FR-2026-0117", "is_paid": True}
    invoices = (await ask(running, browser_like, running.issuer.access_token())).json()["invoices"]
    assert [invoice["is_paid"] for invoice in invoices] == [True, True, True]
    others = running.issuer.access_token(sub="somebody-else")
    assert not (await ask(running, browser_like, others)).json()["invoices"][0]["is_paid"]
    read_only = running.issuer.access_token(**enough)
    answer = await browser_like.post(url, headers={"Authorization": f"Bearer {read_only}"})
    assert answer.json()["error"] == "insufficient_scope"


async def test_without_an_exchange_there_is_no_ledger(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.token_error = "invalid_grant"
    headers = {"Authorization": f"Bearer {running.issuer.access_token()}"}
    answer = await browser_like.get(f"{running.addresses.api}/ledger", headers=headers)
    assert (answer.status_code, answer.json()["reason"]) == (502, "invalid_grant")
    running.issuer.is_failing = True
    answer = await browser_like.get(f"{running.addresses.api}/ledger", headers=headers)
    assert answer.status_code == 502


async def test_a_customers_own_token_does_not_open_billing(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    for audience in (running.addresses.api, "https://billing.demo.test"):
        token = running.issuer.access_token(aud=audience, scope="ledger:read")
        headers = {"Authorization": f"Bearer {token}"}
        answer = await browser_like.get(f"{running.addresses.billing}/ledger", headers=headers)
        # Billing asks about every token that is right by itself, and this issuer doesn't answer that.
        assert answer.status_code in (401, 503)


async def test_the_api_describes_itself(running: Running, browser_like: httpx2.AsyncClient) -> None:
    url = f"{running.addresses.api}/.well-known/oauth-protected-resource"
    described = (await browser_like.get(url)).json()
    assert described["resource"] == running.addresses.api
    assert described["authorization_servers"] == [running.addresses.issuer]
