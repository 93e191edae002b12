"""Whose tokens a rule takes: for which APIs, and issued to which clients; and which APIs a grant means by that."""

from pathlib import Path

import pytest

from idp.config.settings import Exchange, Settings
from idp.oauth.resources import reached
from tests.oauth.exchange.exchanging import (
    RULES,
    exchange,
    exchange_settings,
    exchange_world,
    exchanged,
    panel_tokens,
    refused_and_recorded,
    register,
    service,
)
from tests.oauth.wire import success
from tests.support.clients import API, LEDGER
from tests.support.world import World

ALL = (API, LEDGER)
AUDIT = "https://audit.example.test"


def rule(**keys: tuple[str, ...]) -> Exchange:
    return Exchange(name="strict", clients=("strict",), audiences=ALL, **keys)  # type: ignore[arg-type]


async def _own_token(world: World, client_id: str, resource: str) -> str:
    """An access token of a client for itself."""
    form = {"grant_type": "client_credentials", "resource": resource}
    return str(success(await world.browser().token(client_id, **form))["access_token"])


@pytest.mark.parametrize(
    ("keys", "taken"),
    [
        ({"subject_audiences": (API,)}, {("gateway", API), ("ledgers", API)}),
        ({"subject_clients": ("gateway",)}, {("gateway", API), ("gateway", LEDGER)}),
        ({"subject_audiences": (API,), "subject_clients": ("gateway",)}, {("gateway", API)}),
        ({}, set()),
    ],
    ids=["APIs", "clients", "both", "neither"],
)
async def test_a_token_suits_all_that_a_rule_says(
    tmp_path: Path, sqlite_url: str, keys: dict[str, tuple[str, ...]], taken: set[tuple[str, str]]
) -> None:
    rules = (*RULES, rule(**keys))
    async with exchange_world(exchange_settings(sqlite_url, tmp_path, exchanges=rules)) as world:
        await register(world, service("strict"))
        for holder in ("gateway", "ledgers"):
            for audience in ALL:
                token = await _own_token(world, holder, audience)
                if (holder, audience) in taken:
                    await exchanged(world, token, "strict")
                else:
                    response = await exchange(world, token, "strict")
                    assert "no rule" in await refused_and_recorded(world, response, "invalid_request")


async def test_a_rule_on_apis_takes_no_refresh_token(tmp_path: Path, sqlite_url: str) -> None:
    """It is for none, and would stand for the whole grant."""
    strict = Exchange(
        name="panel", clients=("panel",), subject_audiences=(API,), subject_clients=("panel",),
        subject_types=("access_token", "refresh_token", "id_token"), audiences=ALL,
    )  # fmt: skip
    async with exchange_world(exchange_settings(sqlite_url, tmp_path, exchanges=(strict,))) as world:
        tokens = await panel_tokens(world)
        await exchanged(world, tokens["access_token"], "panel")
        for kind in ("refresh_token", "id_token"):
            response = await exchange(world, tokens[kind], "panel", kind=kind)
            assert "no rule" in await refused_and_recorded(world, response, "invalid_request")


@pytest.mark.parametrize(
    ("client_id", "audience", "found"),
    [
        ("panel", API, {API, LEDGER, AUDIT}),  # Its own exchange, then that of who exchanges the ledger's.
        ("desk", API, {API}),
        ("desk", LEDGER, {LEDGER, AUDIT}),
        ("other", LEDGER, {LEDGER}),
    ],
)
def test_a_grant_means_what_its_client_s_tokens_may_become(
    client_id: str, audience: str, found: set[str]
) -> None:
    configured = Settings(
        issuer="https://login.example.com",
        exchanges=(
            Exchange(name="one", clients=("books",), subject_clients=("panel",), audiences=(LEDGER,)),
            Exchange(
                name="two", clients=("x",), subject_audiences=(LEDGER,), subject_clients=("books", "desk"),
                audiences=(AUDIT, LEDGER),
            ),
            Exchange(name="none", clients=("other",), audiences=ALL),
        ),
    )  # fmt: skip
    assert set(reached((audience,), client_id, configured)) == found
