"""Programs that pose as another: a native client is public, so any program on the machine can use its name."""

from dataclasses import replace

import pytest

from idp.clients.registration import register_client
from idp.records.client import Client, ClientId
from idp.records.event import Occasion
from tests.oauth.wire import NATIVE, consented
from tests.support.clients import CLIENTS
from tests.support.world import START, World, answer

pytestmark = pytest.mark.requirement("S30")

_DESKTOP = next(client for client, _ in CLIENTS if client.client_id == "native")


async def _register(world: World, client: Client) -> None:
    house = world.house
    occasion = Occasion(now=START, actor="system")
    await register_client(house.database, house.audit, house.entropy, occasion, client)


async def test_a_program_that_poses_as_an_allowed_one_gets_nothing_unseen(world: World) -> None:
    await _register(world, replace(_DESKTOP, client_id=ClientId("desktop"), is_first_party=False))
    asked = {**NATIVE, "client_id": "desktop"}
    browser = world.browser()
    assert "code" in answer(await consented(browser, **asked))

    assert 'id="consent"' in (await browser.authorize(**asked)).text
    assert answer(await browser.authorize(**asked, prompt="none"))["error"] == "consent_required"


async def test_an_address_that_only_its_owner_serves_proves_who_asks(world: World) -> None:
    uri = "https://app.example.com/callback"
    client = replace(_DESKTOP, client_id=ClientId("claimed"), is_first_party=False, redirect_uris=(uri,))
    await _register(world, client)
    asked = {"client_id": "claimed", "redirect_uri": uri}
    browser = world.browser()
    assert "code" in answer(await consented(browser, **asked))

    assert "code" in answer(await browser.authorize(**asked, prompt="none"))
