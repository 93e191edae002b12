"""How an interaction ends when something changed while it was open, or two answers race."""

import asyncio
from dataclasses import replace

import pytest

from idp.login.scope_words import describe
from idp.records.client import Client
from idp.store.clients import CLIENT, UPDATE_METADATA, metadata_text
from idp.web.locale import Message
from tests.support.world import PASSWORD, World, answer

SPA = {"client_id": "spa", "redirect_uri": "http://localhost:3000/callback"}


async def _change(world: World, client_id: str, **metadata: object) -> None:
    """Register other metadata, and wait until every copy of the old is gone."""
    client = await world.house.database.one(CLIENT, client_id=client_id)
    assert client is not None
    changed: Client = replace(client, **metadata)  # type: ignore[arg-type]
    effect = UPDATE_METADATA.effect(
        of_client=client_id, metadata=metadata_text(changed), now=world.clock.now()
    )
    assert await world.house.database.apply([effect])
    world.clock.pass_(60)


@pytest.mark.requirement("S12")
@pytest.mark.parametrize("step", ["sign in", "consent"])
async def test_request_that_its_client_may_no_longer_make_is_refused(world: World, step: str) -> None:
    browser = world.browser()
    page = await (browser.authorize(**SPA) if step == "sign in" else browser.sign_in(**SPA))
    await _change(world, "spa", grant_types=frozenset({"client_credentials"}))
    response = await browser.submit(page, action="allow", username="aa11111-ovh", password=PASSWORD)
    assert answer(response)["error"] == "unauthorized_client"
    assert answer(response)["state"] == "some state"
    assert await world.rows("SELECT code_id FROM code") == []


@pytest.mark.requirement("S1")
async def test_redirect_uri_that_is_no_longer_registered_gets_a_page(world: World) -> None:
    browser = world.browser()
    page = await browser.authorize(**SPA)
    await _change(world, "spa", redirect_uris=("http://localhost:3000/elsewhere",))
    response = await browser.submit(page, username="aa11111-ovh", password=PASSWORD)
    assert response.status_code == 400
    assert "location" not in response.headers


@pytest.mark.requirement("S33")
async def test_somebody_else_than_the_hinted_person_is_refused_on_the_record(world: World) -> None:
    browser = world.browser()
    tokens = (await browser.redeem(await browser.sign_in())).json()
    page = await browser.authorize(prompt="login", id_token_hint=tokens["id_token"])
    refused = await browser.follow(await browser.submit(page, username="bb22222-ovh", password=PASSWORD))
    assert answer(refused)["error"] == "login_required"
    rows = await world.rows(
        "SELECT actor, reason, client_id FROM audit_event WHERE type = 'authorization.denied'"
    )
    assert rows == [(f"subject:{world.people['bob'].subject_id}", "login_required", "manager")]


async def test_parallel_dispatches_make_one_session_and_one_answer(world: World) -> None:
    browser = world.browser()
    page = await browser.authorize()
    proven = await browser.submit(page, username="aa11111-ovh", password=PASSWORD)
    responses = await asyncio.gather(*(browser.get(proven.headers["location"]) for _ in range(10)))
    codes = [response for response in responses if "code=" in response.headers["location"]]
    assert len(codes) == 1
    assert len(await world.rows("SELECT session_id FROM session")) == 1
    assert len(await world.rows("SELECT code_id FROM code")) == 1
    for response in responses:
        # Whoever lost the race starts again, and arrives.
        assert "code" in answer(await browser.follow(response))


async def test_parallel_consents_give_one_answer(world: World) -> None:
    browser = world.browser()
    page = await browser.sign_in(**SPA)
    responses = await asyncio.gather(
        *(browser.submit(page, action=action) for action in ("allow", "deny") * 5)
    )
    finals = [await browser.follow(response) for response in responses]
    completed = await world.rows(
        "SELECT type FROM audit_event WHERE type IN ('authorization.denied', 'authorization.granted')"
        " AND client_id = 'spa'"
    )
    assert len(completed) >= 1
    denials = [kind for (kind,) in completed if kind == "authorization.denied"]
    assert len(denials) <= 1
    assert all(final.status_code in {200, 303} for final in finals)


def test_own_scope_of_an_application_is_named_as_it_is() -> None:
    scope, title, _ = describe("backup:run")
    assert scope == "backup:run"
    assert title == Message("Use “%(scope)s”", {"scope": "backup:run"})
