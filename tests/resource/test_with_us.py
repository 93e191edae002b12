"""The library and our own issuer understand each other: what one issues, the other lets in."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from idp.account.status import disable_account
from idp.config.settings import Resource
from idp.records.event import Occasion
from idp.resource import Introspection, ResourceServer
from tests.oauth.wire import Tokens, success, tokens_of
from tests.resource.issuing import Prover
from tests.support.clients import API, LEDGER
from tests.support.world import ISSUER, START, World, basic, open_world, settings_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Apis:
    """`checking` looks at tokens by itself, `asking` asks about each."""

    world: World
    checking: httpx2.AsyncClient
    asking: httpx2.AsyncClient
    ledger: httpx2.AsyncClient


@pytest.fixture(params=["RS256", "PS256", "ES256", "EdDSA"])
async def apis(request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path) -> AsyncIterator[Apis]:
    settings = replace(
        settings_for(sqlite_url, tmp_path),
        resources=(
            Resource(
                identifier=API, scopes=("invoices:read",), default=True, signing_algorithm=request.param
            ),
            Resource(identifier=LEDGER, scopes=("ledger:read",), token_format="opaque"),
        ),
    )
    async with open_world(settings) as world:
        opened = [
            _api(world, API, "invoices:read"),
            _api(world, API, "invoices:read", is_always=True),
            _api(world, LEDGER, "ledger:read", is_always=False),
        ]
        yield Apis(world=world, checking=opened[0], asking=opened[1], ledger=opened[2])
        for client in opened:
            await client.aclose()


def _api(world: World, audience: str, scope: str, *, is_always: bool | None = None) -> httpx2.AsyncClient:
    asking = {"client_id": "introspector", "client_secret": "introspector-secret"}
    guard = ResourceServer(
        issuer=ISSUER,
        audience=audience,
        clock=world.clock.now,
        connect=lambda: httpx2.AsyncClient(transport=httpx2.ASGITransport(app=world.app)),
        introspection=None if is_always is None else Introspection(**asking, is_always=is_always),
    )

    @guard.requires(scope)
    async def answer(request: Request) -> Response:
        return JSONResponse({"sub": request.state.token.sub, "acr": request.state.token.acr})

    transport = httpx2.ASGITransport(app=Starlette(routes=[Route("/invoices", answer)]))
    return httpx2.AsyncClient(transport=transport, base_url=audience)


async def _called(api: httpx2.AsyncClient, token: str) -> httpx2.Response:
    return await api.get("/invoices", headers={"authorization": f"Bearer {token}"})


async def test_what_we_sign_opens_the_api(apis: Apis) -> None:
    tokens = await tokens_of(apis.world, scope="openid invoices:read")

    for api in (apis.checking, apis.asking):
        response = await _called(api, tokens["access_token"])
        assert (response.status_code, response.json()["sub"]) == (200, apis.world.people["alice"].sub)
        assert (await _called(api, tokens["id_token"])).status_code == 401
        assert (await _called(api, tokens["refresh_token"])).status_code == 401
    assert (await _called(apis.ledger, tokens["access_token"])).status_code == 401


async def test_who_asks_learns_that_somebody_is_gone(apis: Apis) -> None:
    token = (await tokens_of(apis.world, scope="openid invoices:read"))["access_token"]
    house, occasion = apis.world.house, Occasion(now=START, actor="cli:test")

    await disable_account(house.database, house.audit, occasion, apis.world.people["alice"])

    assert (await _called(apis.asking, token)).status_code == 401
    assert (await _called(apis.checking, token)).status_code == 200
    apis.world.clock.pass_(611)
    assert (await _called(apis.checking, token)).status_code == 401


async def test_an_opaque_token_opens_the_api_that_asks(apis: Apis) -> None:
    form = {"grant_type": "client_credentials", "resource": LEDGER}
    token = success(await apis.world.browser().token("machine", **form))["access_token"]

    assert (await _called(apis.ledger, token)).json()["sub"] == "machine"
    await apis.world.browser().call("/revoke", "machine", token=token)
    assert (await _called(apis.ledger, token)).status_code == 401


async def test_a_bound_token_wants_its_proof_at_the_api(apis: Apis) -> None:
    """RFC 9449: bound at the token endpoint, proven at the API; also where the token is opaque."""
    prover = Prover()
    for api, resource in ((apis.checking, API), (apis.ledger, LEDGER)):
        tokens = await _bound_tokens(apis.world, prover, resource)
        assert tokens["token_type"] == "DPoP"
        token = tokens["access_token"]
        headers = {
            "authorization": f"DPoP {token}",
            "dpop": prover.proof(token, htu=f"{resource}/invoices", iat=START),
        }
        assert (await api.get("/invoices", headers=headers)).status_code == 200
        assert (await api.get("/invoices", headers=headers)).status_code == 401
        assert (await _called(api, token)).status_code == 401


async def _bound_tokens(world: World, prover: Prover, resource: str) -> Tokens:
    """At the second try: the issuer wants a nonce of its own."""

    async def ask(nonce: str | None) -> httpx2.Response:
        proof = prover.proof("", htm="POST", htu=f"{ISSUER}/token", ath=None, iat=START, nonce=nonce)
        form = {"grant_type": "client_credentials", "resource": resource}
        headers = {"dpop": proof, "authorization": basic("machine")}
        return await world.browser().http.post("/token", data=form, headers=headers)

    return success(await ask((await ask(None)).headers["dpop-nonce"]))


def test_any_clock_will_do() -> None:
    """`time.time` is one, as the documentation has it."""
    assert ResourceServer(issuer=ISSUER, audience=API, clock=time.time).audience == API
