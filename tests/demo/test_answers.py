"""What an application refuses to believe, whoever says it."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc.jwk import ECKey

from tests.demo.conftest import Running
from tests.demo.steps import code_of, sign_in


@pytest.mark.parametrize("iss", [None, "http://localhost:1", "HTTP://LOCALHOST"])
async def test_an_answer_of_another_issuer_is_refused(
    running: Running, browser_like: httpx2.AsyncClient, iss: str | None
) -> None:
    running.issuer.response["iss"] = iss
    page = await sign_in(running, browser_like)
    assert (page.status_code, code_of(page)) == (400, "invalid_issuer")
    assert "Alice" not in page.text


LIES: list[tuple[str, dict[str, Any]]] = [
    ("nonce", {"nonce": "another"}),
    ("nonce", {"nonce": None}),
    ("audience", {"aud": "second"}),
    ("audience", {"aud": ["second"]}),
    ("audience", {"aud": None}),
    ("authorized party", {"aud": ["manager", "second"]}),
    ("authorized party", {"azp": "second"}),
    ("issuer", {"iss": "http://localhost:1"}),
    ("issuer", {"iss": None}),
    ("expiry", {"exp": 1}),
    ("expiry", {"exp": None}),
    ("subject", {"sub": None}),
    ("access token hash", {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}),
]


@pytest.mark.parametrize(("about", "claims"), LIES)
async def test_an_id_token_that_lies_signs_nobody_in(
    running: Running, browser_like: httpx2.AsyncClient, about: str, claims: dict[str, Any]
) -> None:
    running.issuer.claims = claims
    page = await sign_in(running, browser_like)
    assert (page.status_code, code_of(page)) == (502, "invalid_token")
    home = await browser_like.get(f"{running.addresses.manager}/")
    assert "Alice" not in home.text


async def test_a_foreign_signature_is_refused(running: Running, browser_like: httpx2.AsyncClient) -> None:
    running.issuer.signing_key = ECKey.generate_key("P-256")
    page = await sign_in(running, browser_like)
    assert (page.status_code, code_of(page)) == (502, "invalid_token")


async def test_a_new_signing_key_is_read_from_the_issuer(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    await sign_in(running, browser_like)
    running.issuer.key = ECKey.generate_key("P-256", {"kid": "two", "use": "sig"})
    page = await browser_like.get(f"{running.addresses.manager}/login?prompt=login")
    assert "Welcome, Alice Martin" in page.text


async def test_without_an_id_token_nobody_is_signed_in(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.token["id_token"] = None
    assert code_of(await sign_in(running, browser_like)) == "invalid_response"


async def test_userinfo_about_somebody_else_is_refused(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.userinfo_claims = {"sub": "sub-of-bob", "name": "Bob"}
    page = await sign_in(running, browser_like)
    assert code_of(page) == "invalid_response"


async def test_metadata_of_another_issuer_is_refused(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.metadata["issuer"] = "http://localhost:1"
    page = await sign_in(running, browser_like)
    assert code_of(page) == "invalid_issuer"
    assert not running.issuer.authorizations


async def test_a_foreign_state_shows_how_to_start_again(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.response["state"] = "planted"
    page = await sign_in(running, browser_like)
    assert (page.status_code, code_of(page)) == (400, "mismatching_state")
    assert 'href="/login"' in page.text


async def test_a_callback_works_once(running: Running, browser_like: httpx2.AsyncClient) -> None:
    begun = await browser_like.get(f"{running.addresses.manager}/login", follow_redirects=False)
    issued = await browser_like.get(begun.headers["location"], follow_redirects=False)
    callback = issued.headers["location"]
    assert "Welcome" in (await browser_like.get(callback)).text
    assert code_of(await browser_like.get(callback)) == "mismatching_state"


@pytest.mark.parametrize("error", ["login_required", "access_denied", "server_error"])
async def test_a_refusal_is_explained_with_its_code(
    running: Running, browser_like: httpx2.AsyncClient, error: str
) -> None:
    running.issuer.response = {"code": None, "error": error}
    page = await browser_like.get(f"{running.addresses.manager}/silent")
    assert (page.status_code, code_of(page)) == (400, error)
    assert 'href="/login"' in page.text


async def test_a_sign_out_response_is_no_sign_in_response(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    await sign_in(running, browser_like)
    away = await browser_like.post(f"{running.addresses.manager}/logout", follow_redirects=False)
    state = parse_qs(urlsplit(away.headers["location"]).query)["state"][0]
    query = {"state": state, "iss": running.addresses.issuer, "code": "0"}
    page = await browser_like.get(f"{running.addresses.manager}/callback", params=query)
    assert code_of(page) == "mismatching_state"


async def test_an_error_from_nowhere_is_not_believed(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    query = f"error=access_denied&state=x&iss={running.addresses.issuer}"
    page = await browser_like.get(f"{running.addresses.manager}/callback?{query}")
    assert code_of(page) == "mismatching_state"


async def test_an_error_code_is_shown_as_text(running: Running, browser_like: httpx2.AsyncClient) -> None:
    running.issuer.response = {"code": None, "error": "<script>alert(1)</script>"}
    page = await sign_in(running, browser_like)
    assert "&lt;script&gt;" in page.text
    assert "<script" not in page.text


async def test_a_login_for_another_issuer_is_refused(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    page = await browser_like.get(f"{running.addresses.manager}/login?iss=https://evil.test")
    assert (page.status_code, code_of(page)) == (400, "invalid_issuer")
    assert not running.issuer.authorizations


@pytest.mark.parametrize(
    "target",
    ["https://evil.test/", "//evil.test", "/\\evil.test", "http://localhost:1@evil.test/", "evil", ""],
)
async def test_a_login_never_ends_elsewhere(
    running: Running, browser_like: httpx2.AsyncClient, target: str
) -> None:
    manager = running.addresses.manager
    for full in (target, manager + target):
        page = await browser_like.get(f"{manager}/login", params={"target_link_uri": full})
        assert str(page.url).startswith(f"{manager}/")


async def test_unknown_prompts_and_endless_hints_stay_here(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    query = {"prompt": "create", "login_hint": "x" * 321}
    await browser_like.get(f"{running.addresses.manager}/login", params=query)
    assert not {"prompt", "login_hint"} & running.issuer.authorizations[0].keys()


async def test_a_refreshed_id_token_about_somebody_else_ends_the_sign_in(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.expires_in = 5
    begun = await browser_like.get(f"{running.addresses.manager}/login", follow_redirects=False)
    issued = await browser_like.get(begun.headers["location"], follow_redirects=False)
    await browser_like.get(issued.headers["location"], follow_redirects=False)
    running.issuer.claims = {"sub": "sub-of-bob"}
    assert "Welcome" not in (await browser_like.get(f"{running.addresses.manager}/")).text
