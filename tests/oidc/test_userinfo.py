"""Userinfo. OpenID Connect Core §5.3, RFC 6750."""

import httpx2
import pytest

from idp.signing.keyring import Keyring
from tests.oauth.wire import offline_tokens_of, refresh, success, tokens_of, userinfo
from tests.support.proving import SCHEMES_NAMED
from tests.support.world import ISSUER, World

_FORM_TYPE = "application/x-www-form-urlencoded"


def _challenged(response: httpx2.Response, status: int, error: str) -> None:
    """RFC 6750 §3: the error stands in the challenge."""
    assert response.status_code == status
    challenge = response.headers["www-authenticate"]
    assert challenge.startswith('Bearer realm="idp"')
    assert f'error="{error}"' in challenge
    assert response.headers["cache-control"] == "no-store"


async def test_a_token_comes_by_header_or_by_form(world: World) -> None:
    """oidcc-userinfo-get, -post-header and -post-body."""
    tokens = await tokens_of(world)
    token = tokens["access_token"]
    http = world.browser().http

    responses = [
        await http.get("/userinfo", headers={"authorization": f"Bearer {token}"}),
        await http.get("/userinfo", headers={"authorization": f"bearer  {token} "}),
        await http.post("/userinfo", headers={"authorization": f"Bearer {token}"}),
        await http.post("/userinfo", data={"access_token": token}),
        await http.post(
            "/userinfo",
            content=f"access_token={token}",
            headers={"content-type": f"{_FORM_TYPE.upper()}; charset=UTF-8"},
        ),
    ]

    for response in responses:
        assert response.status_code == 200
        assert response.headers["content-type"] == "application/json"
        assert response.headers["cache-control"] == "no-store"
        assert response.json()["sub"] == world.people["alice"].sub
        assert response.json()["name"] == "Alice Martin"
        assert None not in response.json().values()


async def test_without_a_token_the_challenge_is_bare(sqlite_world: World) -> None:
    """Authlib deviation 23: `missing_authorization` is no error of RFC 6750 §3.1."""
    http = sqlite_world.browser().http

    for response in (
        await http.get("/userinfo"),
        await http.post("/userinfo"),
        await http.post("/userinfo", data={"x": "y"}),
    ):
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == SCHEMES_NAMED
        assert response.content == b""


@pytest.mark.requirement("S23")
async def test_a_token_in_the_query_is_refused(sqlite_world: World) -> None:
    token = (await tokens_of(sqlite_world))["access_token"]
    http = sqlite_world.browser().http

    _challenged(await http.get("/userinfo", params={"access_token": token}), 400, "invalid_request")
    both = await http.get(
        "/userinfo", params={"access_token": token}, headers={"authorization": f"Bearer {token}"}
    )
    _challenged(both, 400, "invalid_request")


async def test_two_tokens_are_refused(sqlite_world: World) -> None:
    token = (await tokens_of(sqlite_world))["access_token"]
    http = sqlite_world.browser().http

    both = await http.post(
        "/userinfo", data={"access_token": token}, headers={"authorization": f"Bearer {token}"}
    )
    _challenged(both, 400, "invalid_request")
    repeated = await http.post(
        "/userinfo",
        content=f"access_token={token}&access_token={token}",
        headers={"content-type": _FORM_TYPE},
    )
    _challenged(repeated, 400, "invalid_request")


@pytest.mark.requirement("S28", "S74", "S76")
async def test_what_is_no_living_access_token_is_refused(world: World) -> None:
    tokens = await tokens_of(world)
    http = world.browser().http

    for authorization in (
        f"Bearer {tokens['id_token']}",
        f"Bearer {tokens['refresh_token']}",
        f"Bearer {tokens['access_token'][:-8]}",
        f"Bearer {tokens['access_token']}.x",
        f"Bearer {'x' * 20_000}",
        "Bearer \xff\xfe".encode("latin-1"),
        "Bearer a b",
        'Bearer "',
    ):
        headers = {
            b"authorization": authorization.encode() if isinstance(authorization, str) else authorization
        }
        _challenged(await http.get("/userinfo", headers=headers), 401, "invalid_token")
    for authorization in ("Bearer", "Bearer ", "Basic x", "x"):
        _challenged(
            await http.get("/userinfo", headers={"authorization": authorization}), 400, "invalid_request"
        )
    world.clock.pass_(600)
    _challenged(await userinfo(world.browser(), tokens["access_token"]), 401, "invalid_token")


async def test_a_token_of_another_issuer_with_our_key_is_refused(sqlite_world: World) -> None:
    """CVE-2026-29067: the wrong instance."""
    keyring: Keyring = sqlite_world.house.keyring
    claims = keyring.verify((await tokens_of(sqlite_world))["access_token"], typ="at+jwt")
    for other in ({"iss": ISSUER + "/"}, {"iss": "https://elsewhere.example"}, {"iss": None}):
        forged = keyring.sign({**claims, **other}, algorithm="ES256", typ="at+jwt")
        _challenged(await userinfo(sqlite_world.browser(), forged), 401, "invalid_token")


async def test_a_token_without_openid_has_too_little_scope(sqlite_world: World) -> None:
    """Authlib deviation 23: insufficient_scope without WWW-Authenticate."""
    tokens = await tokens_of(sqlite_world, scope="invoices:read")

    response = await userinfo(sqlite_world.browser(), tokens["access_token"])

    _challenged(response, 403, "insufficient_scope")
    assert 'scope="openid"' in response.headers["www-authenticate"]


async def test_a_token_that_a_refresh_narrowed_says_less(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    tokens = await offline_tokens_of(browser)

    narrow = success(await refresh(browser, tokens["refresh_token"], "spa", scope="openid"))

    assert set((await userinfo(browser, narrow["access_token"])).json()) == {"sub"}
    assert "name" in (await userinfo(browser, tokens["access_token"])).json()


async def test_a_body_that_can_not_be_read_is_refused(sqlite_world: World) -> None:
    http = sqlite_world.browser().http

    for body in (b"access_token=%ff", b"a=b&" * 200, b"access_token=%00"):
        response = await http.post("/userinfo", content=body, headers={"content-type": _FORM_TYPE})
        _challenged(response, 400, "invalid_request")
    response = await http.post("/userinfo", content=b"{}", headers={"content-type": "application/json"})
    assert response.status_code == 401


async def test_browser_applications_of_other_origins_may_ask(sqlite_world: World) -> None:
    token = (await tokens_of(sqlite_world))["access_token"]
    browser = sqlite_world.browser(headers={"origin": "https://spa.example"})

    response = await userinfo(browser, token)
    assert response.headers["access-control-allow-origin"] == "*"
    refused = await userinfo(browser, "x")
    assert refused.headers["access-control-expose-headers"] == "dpop-nonce, www-authenticate"
    preflight = await browser.http.options("/userinfo")
    assert preflight.headers["access-control-allow-methods"] == "GET, POST"
