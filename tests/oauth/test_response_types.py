"""What comes back from the authorization endpoint, by which way: every response type in every response mode.

OAuth 2.0 Multiple Response Type Encoding Practices, Form Post Response Mode, OpenID Connect Core §3.1 to §3.3.
"""

import hashlib
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from idp.clients.registration import register_client
from idp.config.settings import Exceptions
from idp.records.client import Client, ClientId
from idp.records.event import Occasion
from idp.spec.response import RESPONSE_TYPES, ResponseMode
from tests.oauth.wire import success, userinfo
from tests.support.world import ISSUER, START, World, open_world, settings_for

CALLBACK = "https://old.example/callback"
EVERY_SCOPE = "openid profile email"
LEGACY = {"client_id": "legacy", "redirect_uri": CALLBACK, "scope": EVERY_SCOPE}
PARTS = {
    "code": {"code"},
    "token": {"access_token", "token_type", "expires_in", "scope"},
    "id_token": {"id_token"},
}


@pytest.fixture
async def legacy_world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """An installation that lets an old application have every response type."""
    settings = settings_for(database_url, tmp_path)
    exceptions = Exceptions(legacy_response_types=True, require_pkce=False)
    async with open_world(replace(settings, exceptions=exceptions)) as world:
        await register_client(
            world.house.database,
            world.house.audit,
            world.house.entropy,
            Occasion(now=START, actor="operator"),
            Client(
                client_id=ClientId("legacy"),
                client_name="Old application",
                grant_types=frozenset({"authorization_code", "implicit", "refresh_token"}),
                response_types=frozenset(RESPONSE_TYPES),
                redirect_uris=(CALLBACK,),
                scopes=frozenset({"openid", "profile", "email", "offline_access"}),
                is_first_party=True,
                require_pkce=False,
            ),
            secret="legacy-secret",
        )
        yield world


def answered(response: httpx2.Response) -> tuple[ResponseMode, dict[str, str]]:
    """By which way the answer came, and what it is; no parameter comes twice."""
    if response.status_code == 200:
        form = re.search(r'<form id="form-post" method="post" action="([^"]*)"', response.text)
        assert form, response.text
        assert unescape(form[1]) == CALLBACK
        found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', response.text)
        pairs = [(unescape(name), unescape(value)) for name, value in found]
        mode = ResponseMode.FORM_POST
    else:
        assert response.status_code == 303
        location = urlsplit(response.headers["location"])
        assert not (location.query and location.fragment)
        mode = ResponseMode.FRAGMENT if location.fragment else ResponseMode.QUERY
        pairs = parse_qsl(location.fragment or location.query, keep_blank_values=True, strict_parsing=True)
    assert len(dict(pairs)) == len(pairs)
    assert response.headers["cache-control"] == "no-store"
    return mode, dict(pairs)


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return found


def half_sha256(value: str) -> str:
    return urlsafe_b64encode(hashlib.sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()


@pytest.mark.parametrize("response_type", RESPONSE_TYPES)
async def test_every_response_type_comes_by_every_way_that_is_safe_for_it(
    legacy_world: World, response_type: str
) -> None:
    parts = set(response_type.split())
    browser = legacy_world.browser()
    for mode in (None, *ResponseMode):
        asked = {**LEGACY, "response_type": response_type, **({"response_mode": mode} if mode else {})}
        page = await browser.authorize(**asked)
        if page.status_code == 200 and 'id="login"' in page.text:
            page = await browser.sign_in(**asked)
        way, parameters = answered(page)
        default = ResponseMode.QUERY if parts == {"code"} else ResponseMode.FRAGMENT
        assert parameters.pop("state") == "some state"
        assert parameters.pop("iss") == ISSUER
        # Session Management 1.0 §2: beside whatever a sign-in brought, and beside no error.
        assert ("session_state" in parameters) is ("error" not in parameters)
        parameters.pop("session_state", None)
        if mode is ResponseMode.QUERY and parts != {"code"}:
            assert (way, parameters["error"]) == (default, "invalid_request")
            continue
        assert way is (mode or default)
        assert set(parameters) == set().union(*(PARTS[part] for part in parts))


@pytest.mark.parametrize("response_type", [value for value in RESPONSE_TYPES if "id_token" in value])
async def test_id_token_of_the_front_channel_is_bound_to_what_comes_with_it(
    legacy_world: World, response_type: str
) -> None:
    response = await legacy_world.browser().sign_in(
        **LEGACY, response_type=response_type, nonce="n-0S6_WzA2Mj"
    )
    _, parameters = answered(response)
    found = claims(parameters["id_token"])
    assert found["nonce"] == "n-0S6_WzA2Mj"
    assert found["s_hash"] == half_sha256("some state")
    for part, name in (("code", "c_hash"), ("access_token", "at_hash")):
        assert found.get(name) == (half_sha256(parameters[part]) if part in parameters else None)
    # Who can ask userinfo finds the claims of scopes there, who cannot has them here (Core §5.4).
    assert ("email" in found) is (response_type == "id_token")


async def test_hybrid_tokens_are_one_family(legacy_world: World) -> None:
    browser = legacy_world.browser()
    response = await browser.sign_in(**LEGACY, response_type="code id_token token")
    _, parameters = answered(response)
    redeemed = {
        "grant_type": "authorization_code",
        "code": parameters["code"],
        "redirect_uri": CALLBACK,
        "code_verifier": "v" * 43,
    }
    credentials = {"client_id": "legacy", "client_secret": "legacy-secret"}
    tokens = success(await browser.http.post("/token", data=redeemed | credentials))
    first, second = claims(parameters["id_token"]), claims(tokens["id_token"])
    for name in ("iss", "sub", "aud", "nonce", "auth_time", "sid", "acr"):
        assert first[name] == second[name], name
    for token in (parameters["access_token"], tokens["access_token"]):
        assert (await userinfo(browser, token)).json()["sub"] == first["sub"]
    # The code again: whatever came of it ends, the front channel's token too.
    assert (await browser.http.post("/token", data=redeemed | credentials)).status_code == 400
    for token in (parameters["access_token"], tokens["access_token"]):
        assert (await userinfo(browser, token)).status_code == 401
