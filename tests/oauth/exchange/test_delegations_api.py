"""Who reads for whom a customer may act, with a token that was exchanged: the application that they signed in to."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from idp.config.settings import Exchange
from tests.oauth.exchange.exchanging import (
    CI,
    ISSUERS,
    RULES,
    exchange,
    exchange_settings,
    exchange_world,
    exchanged,
    foreign,
    panel_tokens,
    register,
    service,
)
from tests.oauth.wire import refused
from tests.support.clients import API
from tests.support.delegating import ALICE, BOB, agreed
from tests.support.world import ISSUER, World

OWN_API = f"{ISSUER}/api/v1"
READ = "delegations:read"
PORTAL = {"client_id": "portal", "redirect_uri": "http://localhost:8013/callback"}
SCOPES = frozenset({"openid", "invoices:read", READ})
PLACES = frozenset({API, OWN_API})


@pytest.fixture
async def reading_world(sqlite_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """An operator lets `portal` exchange its tokens, and carelessly everybody else for anything."""
    wide: dict[str, Any] = {"audiences": (API, OWN_API), "subject_audiences": (API, OWN_API)}
    rules = (
        *RULES,
        Exchange(
            name="portal",
            clients=("portal",),
            subject_clients=("portal",),
            audiences=(API, OWN_API),
            mode="impersonation",
            acts_for_others=True,
        ),
        Exchange(name="nosy", clients=("nosy",), mode="impersonation", subject_issuers=(CI,), **wide),
        Exchange(name="acting", clients=("acting",), **wide),
    )
    issuers = (replace(ISSUERS[0], scopes=(READ,), clients=("nosy",)), *ISSUERS[1:])
    settings = exchange_settings(sqlite_url, tmp_path, exchanges=rules, trusted_issuers=issuers)
    async with exchange_world(settings) as world:
        grants = {"grant_types": service("x").grant_types | {"authorization_code"}}
        await register(
            world,
            service(
                "portal",
                scopes=SCOPES,
                resources=PLACES,
                redirect_uris=(PORTAL["redirect_uri"],),
                response_types=frozenset({"code"}),
                is_first_party=True,
                **grants,
            ),
        )
        for name in ("nosy", "acting"):
            await register(world, service(name, scopes=SCOPES - {"openid"}, resources=PLACES))
        await agreed(world)
        yield world


async def bobs(world: World) -> str:
    """The access token of the portal for the invoices, whose grant has the other scope, too."""
    asked: dict[str, Any] = {**PORTAL, "scope": " ".join(SCOPES), "resource": API}
    return str((await panel_tokens(world, identifier=BOB, **asked))["access_token"])


async def read(world: World, token: str) -> httpx2.Response:
    return await world.browser().get("/api/v1/delegations", headers={"authorization": f"Bearer {token}"})


async def is_shut(world: World, token: str) -> bool:
    answer = await read(world, token)
    return (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")


async def test_an_application_reads_by_what_it_exchanged_itself(reading_world: World) -> None:
    own = await bobs(reading_world)
    assert (await read(reading_world, own)).status_code == 401
    tokens = await exchanged(reading_world, own, "portal", resource=OWN_API, scope=READ)
    again = await exchanged(reading_world, tokens["access_token"], "portal", resource=OWN_API)
    for found in (tokens, again):
        answer = await read(reading_world, found["access_token"])
        assert [one["customer_id"] for one in answer.json()["delegations"]] == [ALICE]
    await reading_world.browser().call("/revoke", "portal", token=own)
    assert (await read(reading_world, tokens["access_token"])).status_code == 401


@pytest.mark.parametrize("client", ["nosy", "acting"])
async def test_a_service_that_was_sent_a_token_reads_nothing(reading_world: World, client: str) -> None:
    tokens = await exchanged(reading_world, await bobs(reading_world), client, resource=OWN_API, scope=READ)
    assert await is_shut(reading_world, tokens["access_token"])


async def test_neither_does_what_somebody_else_vouched_for(reading_world: World) -> None:
    tokens = await exchanged(reading_world, foreign(reading_world), "nosy", kind="jwt", resource=OWN_API)
    further = await exchanged(reading_world, tokens["access_token"], "nosy", resource=OWN_API)
    for found in (tokens, further):
        assert await is_shut(reading_world, found["access_token"])


async def test_nor_a_service_for_itself(reading_world: World) -> None:
    form = {"grant_type": "client_credentials", "resource": OWN_API, "scope": READ}
    own = (await reading_world.browser().token("nosy", **form)).json()["access_token"]
    tokens = await exchanged(reading_world, own, "nosy", resource=OWN_API)
    for token in (own, tokens["access_token"]):
        assert await is_shut(reading_world, token)


async def test_whoever_acts_for_a_customer_gets_no_token_for_it(reading_world: World) -> None:
    form = {"requested_subject": ALICE, "resource": OWN_API, "scope": READ}
    refused(await exchange(reading_world, await bobs(reading_world), "portal", **form), "invalid_scope")
