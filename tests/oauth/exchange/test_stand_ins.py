"""Nobody is said to act who is not there: what others say of a person, and what was exchanged, prove no sign-in."""

from pathlib import Path

import pytest

from idp.clients.metadata import JWT_BEARER
from idp.config.settings import Exchange
from tests.oauth.exchange.exchanging import (
    CI,
    RULES,
    changed,
    exchange,
    exchange_settings,
    exchange_world,
    exchanged,
    foreign,
    panel_tokens,
    refused_and_recorded,
)
from tests.oauth.exchange.test_acting import delegate
from tests.oauth.wire import success
from tests.support.clients import API, LEDGER
from tests.support.world import World

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"
_WITHOUT_ACTOR = Exchange(
    name="silent",
    clients=("gateway",),
    subject_audiences=(API,),
    subject_issuers=(CI,),
    audiences=(API,),
    mode="impersonation",
)
_RULES = (_WITHOUT_ACTOR, *changed(RULES, gateway={"acts_for_others": True}))


async def _by_assertion(world: World) -> str:
    """Alice's, as a trusted issuer says: nobody signed in."""
    form = {"grant_type": JWT_BEARER, "assertion": foreign(world, CI)}
    return str(success(await world.browser().token("gateway", **form))["access_token"])


async def _by_exchange(world: World) -> str:
    """The same by the other grant."""
    return str((await exchanged(world, foreign(world, CI), kind="jwt"))["access_token"])


async def _by_impersonation(world: World) -> str:
    """What came of a token that Alice gave to the panel, not to the gateway."""
    return str((await exchanged(world, (await panel_tokens(world))["access_token"]))["access_token"])


_STAND_INS = {"assertion": _by_assertion, "exchange": _by_exchange, "impersonation": _by_impersonation}


@pytest.mark.parametrize("kind", _STAND_INS)
async def test_a_stand_in_acts_for_no_customer(sqlite_url: str, tmp_path: Path, kind: str) -> None:
    async with exchange_world(exchange_settings(sqlite_url, tmp_path, exchanges=_RULES)) as world:
        await delegate(world)

        response = await exchange(world, await _STAND_INS[kind](world), requested_subject="bb22222-ovh")

        assert "requested_subject" in await refused_and_recorded(world, response, "invalid_request")


@pytest.mark.parametrize("kind", _STAND_INS)
async def test_a_stand_in_is_no_actor(sqlite_url: str, tmp_path: Path, kind: str) -> None:
    """The rule accepts people who use the gateway, and JWTs of another issuer."""
    async with exchange_world(exchange_settings(sqlite_url, tmp_path, exchanges=_RULES)) as world:
        actor = await _STAND_INS[kind](world)
        subject = await panel_tokens(world, identifier="bb22222-ovh")

        response = await exchange(
            world,
            subject["access_token"],
            audience=LEDGER,
            actor_token=actor,
            actor_token_type=ACCESS_TOKEN,
        )

        assert "actor_token" in await refused_and_recorded(world, response, "invalid_request")
