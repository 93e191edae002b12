"""What gives a service account something is told by mail each time, so it is limited; what takes away never is."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.oauth.test_service_accounts_api import ask, deployer_token, made
from tests.portal.pressing import press
from tests.support.mail import delivered
from tests.support.service_accounts import OFFERED, make, one_path, shown, token_of
from tests.support.world import World, open_world, settings_for


@pytest.fixture
async def strict_world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Two changes in an hour."""
    offered = replace(OFFERED, changes_per_hour=2)
    async with open_world(replace(settings_for(database_url, tmp_path), service_accounts=offered)) as world:
        yield world


async def secrets_made(world: World) -> int:
    told = [mail.text for mail in await delivered(world)]
    return sum("got a new secret" in text for text in told)


async def test_a_program_gets_so_many_secrets_in_an_hour(strict_world: World) -> None:
    token = await deployer_token(strict_world)
    client_id = (await made(strict_world, token))["client_id"]
    path = f"/{client_id}/secrets"
    newest = [await ask(strict_world, token, "POST", path) for _ in range(2)][-1].json()["client_secret"]

    refused = await ask(strict_world, token, "POST", path)

    assert (refused.status_code, refused.json()["error"]) == (429, "too_often")
    wait_seconds = int(refused.headers["retry-after"])
    assert 0 < wait_seconds <= 7_200
    assert await secrets_made(strict_world) == 2
    # What works still works, and what takes away is never counted.
    assert (await token_of(strict_world.browser(), client_id, newest)).status_code == 200
    [secret, *_] = (await ask(strict_world, token, path=f"/{client_id}")).json()["secrets"]
    ended = await ask(strict_world, token, "DELETE", f"{path}/{secret['secret_id']}")
    assert ended.status_code == 204

    strict_world.clock.pass_(wait_seconds)
    token = await deployer_token(strict_world)
    assert (await ask(strict_world, token, "POST", path)).status_code == 201


async def test_many_at_once_get_no_more(strict_world: World) -> None:
    token = await deployer_token(strict_world)
    path = f"/{(await made(strict_world, token))['client_id']}/secrets"
    await asyncio.gather(*(ask(strict_world, token, "POST", path) for _ in range(6)))
    assert await secrets_made(strict_world) <= 2


async def test_the_page_says_so_and_keeps_what_was_typed(strict_world: World) -> None:
    browser = strict_world.browser()
    client_id, _ = shown(await make(browser))
    path = one_path(client_id)
    for name in ("One", "Two"):
        page = await browser.get(path)
        await press(browser, page, "service-account", "save", name=name, scope="invoices:read")

    page = await browser.get(path)
    refused = await press(browser, page, "service-account", "save", name="Three", scope="invoices:read")

    assert refused.status_code == 429
    assert "changed your service accounts too often" in refused.text
    assert 'value="Three"' in refused.text
    rotated = await press(browser, await browser.get(path), "rotate-secret", "rotate")
    assert rotated.status_code == 429
    off = await press(browser, await browser.get(path), "service-account-switch", "turn-off")
    assert off.status_code == 303
    on = await press(browser, await browser.get(path), "service-account-switch", "turn-on")
    assert on.status_code == 429
    # Another customer changes theirs.
    bob = strict_world.browser()
    theirs, _ = shown(await make(bob, identifier="bb22222-ovh"))
    shown(await press(bob, await bob.get(one_path(theirs)), "rotate-secret", "rotate"))
