"""Tokens that are bound to a key, at our own resources: with a proof of it, or with its certificate, and not otherwise.
RFC 9449 §7, RFC 8705 §3.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from idp.clients.registration import register_client
from idp.config.dpop import Dpop
from idp.config.mtls import MutualTls
from idp.config.settings import Server
from idp.records.client import Client, ClientId
from idp.records.event import Occasion
from tests.oauth.wire import refused, success, tokens_of
from tests.support.certificates import HEADER, Issued, issued
from tests.support.proving import SCHEMES_NAMED, dpop_key, get_userinfo, nonce_of, post, proof
from tests.support.world import ISSUER, START, World, basic, open_world, settings_for, with_settings

API = f"{ISSUER}/api/v1"
FIRST, SECOND = dpop_key(1), dpop_key(2)
PROXY = "127.0.0.1"


async def _bound(world: World) -> str:
    """Alice's access token, bound to the first key."""
    browser = world.browser()
    response = await browser.sign_in()
    browser.http.headers["dpop"] = proof(world, FIRST)
    return str(success(await browser.redeem(response))["access_token"])


def _proof(world: World, token: str, **changes: Any) -> str:
    usual = {"key": FIRST, "path": "/userinfo", "method": "GET", "access_token": token}
    return proof(world, **{**usual, **changes})


def _challenged(response: httpx2.Response, error: str, scheme: str = "DPoP") -> None:
    refused(response, error, 401)
    assert response.headers["www-authenticate"].startswith(f'{scheme} realm="idp", error="{error}"')


async def test_a_bound_token_opens_userinfo_with_a_proof(world: World) -> None:
    token = await _bound(world)

    answer = await get_userinfo(world, token, _proof(world, token))

    assert (answer.status_code, answer.json()["sub"]) == (200, world.people["alice"].sub)
    assert answer.headers["dpop-nonce"] == nonce_of(world)


@pytest.mark.parametrize("scheme", ["DPoP", "dpop", "DPOP"])
async def test_the_name_of_the_scheme_has_no_case(sqlite_world: World, scheme: str) -> None:
    token = await _bound(sqlite_world)
    sent = _proof(sqlite_world, token)
    assert (await get_userinfo(sqlite_world, token, sent, scheme=scheme)).status_code == 200


@pytest.mark.requirement("S21")
async def test_a_bound_token_is_worth_nothing_without_its_key(world: World) -> None:
    token = await _bound(world)

    for headers in ({}, {"dpop": _proof(world, token)}):
        response = await world.browser().get(
            "/userinfo", headers={"authorization": f"Bearer {token}", **headers}
        )
        _challenged(response, "invalid_token", scheme="Bearer")
    posted = await world.browser().http.post("/userinfo", data={"access_token": token})
    _challenged(posted, "invalid_token", scheme="Bearer")
    _challenged(await get_userinfo(world, token, None), "invalid_dpop_proof")
    stranger = await get_userinfo(world, token, _proof(world, token, key=SECOND))
    _challenged(stranger, "invalid_token")
    # The proof at the token endpoint alone: nobody else fills the table.
    assert await world.rows("SELECT count(*) FROM replay") == [(1,)]


async def test_a_token_that_is_not_bound_is_no_dpop_token(world: World) -> None:
    """RFC 9449 §7.1: or a proof would seem to prove what it does not."""
    token = (await tokens_of(world))["access_token"]

    _challenged(await get_userinfo(world, token, _proof(world, token)), "invalid_token")
    assert (await get_userinfo(world, token, None, scheme="Bearer")).status_code == 200


@pytest.mark.requirement("S22")
async def test_a_proof_opens_userinfo_once(world: World) -> None:
    token = await _bound(world)
    sent = _proof(world, token)

    answers = await asyncio.gather(*(get_userinfo(world, token, sent) for _ in range(2)))

    assert sorted(answer.status_code for answer in answers) == [200, 401]
    _challenged(await get_userinfo(world, token, sent), "invalid_dpop_proof")


async def test_a_proof_for_the_token_endpoint_opens_nothing_else(sqlite_world: World) -> None:
    token = await _bound(sqlite_world)
    _challenged(await get_userinfo(sqlite_world, token, proof(sqlite_world, FIRST)), "invalid_dpop_proof")


async def test_a_bound_token_can_be_posted_in_the_header(sqlite_world: World) -> None:
    token = await _bound(sqlite_world)
    headers = {"authorization": f"DPoP {token}", "dpop": _proof(sqlite_world, token, method="POST")}
    assert (await sqlite_world.browser().http.post("/userinfo", headers=headers)).status_code == 200


async def test_without_a_token_both_schemes_are_named(sqlite_world: World) -> None:
    response = await sqlite_world.browser().get("/userinfo")
    assert (response.status_code, response.headers["www-authenticate"]) == (401, SCHEMES_NAMED)


async def test_resources_ask_for_no_nonce_but_accept_no_wrong_one(sqlite_world: World) -> None:
    token = await _bound(sqlite_world)
    without, wrong = (_proof(sqlite_world, token, nonce=nonce) for nonce in (None, "of last week"))

    assert (await get_userinfo(sqlite_world, token, without)).status_code == 200
    _challenged(await get_userinfo(sqlite_world, token, wrong), "use_dpop_nonce")


async def test_resources_can_ask_for_a_nonce(sqlite_url: str, tmp_path: Path) -> None:
    settings = with_settings(settings_for(sqlite_url, tmp_path), dpop=Dpop(require_nonce_at_resources=True))
    async with open_world(settings) as world:
        token = await _bound(world)
        response = await get_userinfo(world, token, _proof(world, token, nonce=None))
        _challenged(response, "use_dpop_nonce")
        again = _proof(world, token, nonce=response.headers["dpop-nonce"])
        assert (await get_userinfo(world, token, again)).status_code == 200


async def test_the_customers_api_wants_the_proof_too(world: World) -> None:
    await _register(world, "billing", scopes=frozenset({"customers:read"}), resources=frozenset({API}))
    answer = await post(
        world, "/token", "billing", proof(world, FIRST), grant_type="client_credentials", resource=API
    )
    token = success(answer)["access_token"]
    path = f"/api/v1/customers/{world.people['alice'].sub}"

    async def ask(scheme: str, **headers: str) -> httpx2.Response:
        return await world.browser().get(path, headers={"authorization": f"{scheme} {token}", **headers})

    sent = proof(world, FIRST, path=path, method="GET", access_token=token)
    assert (await ask("Bearer")).status_code == 401
    assert (await ask("DPoP")).status_code == 401
    assert (await ask("DPoP", dpop=sent)).json()["customer_id"] == "aa11111-ovh"
    _challenged(await ask("DPoP", dpop=sent), "invalid_dpop_proof")


async def test_a_proof_names_the_path_as_it_was_sent(sqlite_world: World) -> None:
    world = sqlite_world
    await _register(world, "billing", scopes=frozenset({"customers:read"}), resources=frozenset({API}))
    answer = await post(
        world, "/token", "billing", proof(world, FIRST), grant_type="client_credentials", resource=API
    )
    token = success(answer)["access_token"]
    for sent, named, status in (("no%20body", "no%20body", 404), ("nobody%3F", "nobody", 401)):
        path = "/api/v1/customers/"
        shown = proof(world, FIRST, path=path + named, method="GET", access_token=token)
        headers = {"authorization": f"DPoP {token}", "dpop": shown}
        assert (await world.browser().get(path + sent, headers=headers)).status_code == status


# Certificates.


@pytest.fixture
async def proxied(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A house behind a proxy that hands on certificates."""
    settings = with_settings(
        settings_for(database_url, tmp_path),
        server=Server(trusted_proxies=(f"{PROXY}/32",)),
        mtls=MutualTls(header=HEADER, origin="http://mtls.localhost:8000"),
    )
    async with open_world(settings) as world:
        yield world


async def _register(world: World, client_id: str, **metadata: Any) -> None:
    usual: dict[str, Any] = {
        "grant_types": frozenset({"client_credentials"}),
        "response_types": frozenset(),
        "scopes": frozenset({"invoices:read"}),
    }
    client = Client(client_id=ClientId(client_id), client_name=client_id, **{**usual, **metadata})
    house, occasion = world.house, Occasion(now=START, actor="cli:test")
    await register_client(
        house.database, house.audit, house.entropy, occasion, client, secret=f"{client_id}-secret"
    )


async def _over(
    world: World, certificate: Issued | None, path: str, form: dict[str, str] | None = None, **headers: Any
) -> httpx2.Response:
    """A request over a connection with this certificate: a GET, or a POST of `form`."""
    if certificate is not None:
        headers[HEADER] = certificate.escaped
    http = world.browser(address=PROXY).http
    return await (
        http.get(path, headers=headers) if form is None else http.post(path, data=form, headers=headers)
    )


async def test_a_token_is_bound_to_the_certificate_of_who_asked_so(proxied: World) -> None:
    await _register(
        proxied,
        "bank",
        tls_client_certificate_bound_access_tokens=True,
        scopes=frozenset({"customers:read"}),
        resources=frozenset({API}),
    )
    own, other = issued("CN=bank"), issued("CN=other")
    form = {"grant_type": "client_credentials", "resource": API}
    credentials = {"authorization": basic("bank")}
    missing = await _over(proxied, None, "/token", form, **credentials)
    assert "certificate" in refused(missing, "invalid_request")

    tokens = success(await _over(proxied, own, "/token", form, **credentials))

    assert tokens["token_type"] == "Bearer"
    token = tokens["access_token"]
    claims = proxied.house.keyring.verify(token, typ="at+jwt")
    assert claims["cnf"] == {"x5t#S256": own.x5t_s256}
    path, bearer = f"/api/v1/customers/{proxied.people['alice'].sub}", {"authorization": f"Bearer {token}"}
    assert (await _over(proxied, own, path, None, **bearer)).status_code == 200
    for wrong in (other, None):
        _challenged(await _over(proxied, wrong, path, None, **bearer), "invalid_token", scheme="Bearer")
    dpop = {"authorization": f"DPoP {token}", "dpop": _proof(proxied, token, path=path)}
    _challenged(await _over(proxied, own, path, None, **dpop), "invalid_token")


async def test_a_certificate_alone_binds_nothing(proxied: World) -> None:
    """It may be there only to authenticate, or because the proxy asks everybody."""
    form, credentials = {"grant_type": "client_credentials"}, {"authorization": basic("machine")}
    tokens = success(await _over(proxied, issued("CN=bank"), "/token", form, **credentials))
    assert "cnf" not in proxied.house.keyring.verify(tokens["access_token"], typ="at+jwt")


async def test_of_a_proof_and_a_certificate_the_proof_binds(proxied: World) -> None:
    await _register(proxied, "bank", tls_client_certificate_bound_access_tokens=True)
    form = {"grant_type": "client_credentials"}
    headers = {"authorization": basic("bank"), "dpop": proof(proxied, FIRST)}

    assert "certificate" in refused(await _over(proxied, None, "/token", form, **headers), "invalid_request")
    headers["dpop"] = proof(proxied, FIRST)
    assert success(await _over(proxied, issued("CN=bank"), "/token", form, **headers))["token_type"] == "DPoP"


async def test_a_proof_may_name_the_address_where_certificates_are_asked_for(proxied: World) -> None:
    sent = proof(proxied, FIRST, htu="http://mtls.localhost:8000/token")
    headers = {"authorization": basic("machine"), "dpop": sent}
    success(
        await _over(proxied, issued("CN=bank"), "/token", {"grant_type": "client_credentials"}, **headers)
    )


async def test_a_public_client_is_bound_to_its_certificate(proxied: World) -> None:
    """RFC 8705 §4: its refresh tokens too."""
    await _register_public(proxied)
    own, other = issued("CN=app"), issued("CN=other")
    response = await proxied.browser().sign_in(client_id="app", scope="openid offline_access")
    code = dict(part.split("=") for part in response.headers["location"].split("?")[1].split("&"))["code"]
    form = {
        "client_id": "app",
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": "http://localhost:8001/callback",
        "code_verifier": "v" * 43,
    }
    tokens = success(await _over(proxied, own, "/token", form))
    form = {"client_id": "app", "grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}

    refused(await _over(proxied, other, "/token", form), "invalid_grant")
    success(await _over(proxied, own, "/token", form))
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await _over(proxied, own, "/userinfo", None, **bearer)).status_code == 200
    assert (await _over(proxied, other, "/userinfo", None, **bearer)).status_code == 401


async def _register_public(world: World) -> None:
    client = Client(
        client_id=ClientId("app"),
        client_name="app",
        token_endpoint_auth_method="none",
        grant_types=frozenset({"authorization_code", "refresh_token"}),
        redirect_uris=("http://localhost:8001/callback",),
        scopes=frozenset({"openid", "offline_access"}),
        is_first_party=True,
        tls_client_certificate_bound_access_tokens=True,
    )
    house, occasion = world.house, Occasion(now=START, actor="cli:test")
    await register_client(house.database, house.audit, house.entropy, occasion, client)
