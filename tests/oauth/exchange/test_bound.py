"""Tokens that are bound to a key: who may exchange them, and whose key the new one is bound to. RFC 9449, RFC 8693."""

import httpx2
import pytest

from idp.clients.metadata import TOKEN_EXCHANGE
from tests.oauth.exchange.exchanging import (
    PANEL,
    TYPES,
    claims_of,
    exchanged,
    panel_tokens,
    refused_and_recorded,
)
from tests.oauth.wire import Tokens, success
from tests.support.clients import API, LEDGER
from tests.support.proving import dpop_key, jkt_of, post, proof
from tests.support.world import VERIFIER, World, answer

HOLDER, SERVICE, NEXT = dpop_key(41), dpop_key(42), dpop_key(43)


async def bound_tokens(world: World) -> Tokens:
    """What the panel gets for Alice, bound to its key."""
    response = await world.browser().sign_in(**{**PANEL, "scope": "openid invoices:read ledger:read"})
    form = {
        "grant_type": "authorization_code",
        "code": answer(response)["code"],
        "redirect_uri": PANEL["redirect_uri"],
        "code_verifier": VERIFIER,
    }
    return success(await post(world, "/token", "panel", proof(world, HOLDER), **form))


async def proven_exchange(
    world: World, subject: str, client: str, key: object, kind: str = "access_token", **form: str
) -> httpx2.Response:
    asked = {
        "grant_type": TOKEN_EXCHANGE,
        "subject_token": subject,
        "subject_token_type": TYPES[kind],
        **form,
    }
    return await post(world, "/token", client, proof(world, key), **asked)  # type: ignore[arg-type]


@pytest.mark.requirement("S21")
async def test_the_service_that_it_is_for_gets_one_bound_to_its_own_key(trading: World) -> None:
    subject = await bound_tokens(trading)

    tokens = success(
        await proven_exchange(trading, subject["access_token"], "gateway", SERVICE, audience=LEDGER)
    )

    assert tokens["token_type"] == "DPoP"
    assert claims_of(trading, tokens)["cnf"] == {"jkt": jkt_of(SERVICE)}
    # And so on: the ledger's service has it bound to its own.
    further = success(
        await proven_exchange(trading, tokens["access_token"], "ledgers", NEXT, audience=LEDGER)
    )
    assert claims_of(trading, further)["cnf"] == {"jkt": jkt_of(NEXT)}


async def test_without_a_proof_of_its_own_it_gets_nothing(trading: World) -> None:
    subject = await bound_tokens(trading)
    form = {"grant_type": TOKEN_EXCHANGE, "subject_token": subject["access_token"]}

    response = await trading.browser().token("gateway", **form, subject_token_type=TYPES["access_token"])

    assert "bound to yours" in await refused_and_recorded(trading, response, "invalid_request")


async def test_a_stranger_gets_nothing_whatever_they_prove(trading: World) -> None:
    """Not even with the right key: it is not meant for them."""
    subject = (await bound_tokens(trading))["access_token"]

    for key in (HOLDER, SERVICE):
        for client in ("panel", "desk"):
            response = await proven_exchange(trading, subject, client, key, audience=API)
            assert "not meant" in await refused_and_recorded(trading, response, "invalid_request")
        response = await proven_exchange(trading, subject, "ledgers", key, audience=LEDGER)
        await refused_and_recorded(trading, response, "invalid_request")
        response = await proven_exchange(trading, subject, "stranger", key, audience=LEDGER)
        await refused_and_recorded(trading, response, "unauthorized_client")


async def test_a_proof_binds_what_comes_of_an_unbound_token(trading: World) -> None:
    subject = await panel_tokens(trading)

    tokens = success(await proven_exchange(trading, subject["access_token"], "gateway", SERVICE))

    assert tokens["token_type"] == "DPoP"
    claims = claims_of(trading, tokens)
    assert claims["cnf"] == {"jkt": jkt_of(SERVICE)}
    fid = claims["fid"]
    ((stored,),) = await trading.rows(f"SELECT confirmation FROM family WHERE family_id = '{fid}'")
    assert stored == f'{{"jkt":"{jkt_of(SERVICE)}"}}'
    # From then on it is bound: without a proof nothing comes of it.
    form = {"subject_token": tokens["access_token"], "subject_token_type": TYPES["access_token"]}
    response = await trading.browser().token("gateway", grant_type=TOKEN_EXCHANGE, **form)
    await refused_and_recorded(trading, response, "invalid_request")


async def test_what_is_not_bound_stays_so(trading: World) -> None:
    tokens = await exchanged(trading, (await panel_tokens(trading))["access_token"])

    assert tokens["token_type"] == "Bearer"
    assert "cnf" not in claims_of(trading, tokens)


async def test_a_bound_actor_token_needs_its_key(trading: World) -> None:
    subject = (await panel_tokens(trading))["access_token"]
    grant = {"grant_type": "client_credentials"}
    own = success(await post(trading, "/token", "gateway", proof(trading, SERVICE), **grant))
    actor = {"actor_token": own["access_token"], "actor_token_type": TYPES["access_token"]}

    response = await proven_exchange(trading, subject, "gateway", NEXT, **actor)
    assert "actor_token" in await refused_and_recorded(trading, response, "invalid_request")
    tokens = success(await proven_exchange(trading, subject, "gateway", SERVICE, **actor))
    assert claims_of(trading, tokens)["cnf"] == {"jkt": jkt_of(SERVICE)}
