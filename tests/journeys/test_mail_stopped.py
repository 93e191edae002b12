"""The mail relay is down: whoever needs a code is told so, everybody else signs in as always, and it mends itself."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.journeys.conftest import LANGUAGES
from tests.journeys.relay import Relay, relaying
from tests.journeys.traveller import Traveller, travelling
from tests.journeys.worlds import Demo, demo_world
from tests.support.postgresql import Cluster


@pytest_asyncio.fixture(loop_scope="session")
async def relay() -> AsyncIterator[Relay]:
    async with relaying() as relay:
        yield relay


@pytest.fixture(params=sorted(LANGUAGES))
def demo(request: pytest.FixtureRequest, relay: Relay, tmp_path: Path) -> Iterator[Demo]:
    """A world of its own, whose mail goes through the relay."""
    kind: str = request.param
    settings = {"mail": {"host": "127.0.0.1", "port": relay.port}}
    if kind == "postgresql":
        cluster: Cluster = request.getfixturevalue("cluster")
        settings["database"] = {"url": cluster.create("journeys_without_mail")}
    with demo_world(tmp_path, LANGUAGES[kind], settings) as demo:
        relay.target = demo.addresses.smtp_port
        yield demo


async def test_each_customer_sees_the_right_thing(demo: Demo, relay: Relay, browser: Browser) -> None:
    async with (
        travelling(demo, browser) as known,
        travelling(demo, browser) as fresh,
        travelling(demo, browser) as bobs,
    ):
        await known.begin()
        await known.arrive()
        await known.sign_out()
        await relay.stop()

        await known.begin()
        await known.sign_in()
        await known.expect_home()
        await bobs.begin()
        await bobs.arrive("bb22222-ovh")
        await bobs.expect_home(name="Bob Durand")

        await fresh.begin()
        await fresh.sign_in()
        await _wait_for_trouble(fresh)
        await relay.start()
        # The next try is a few seconds later.
        demo.pass_(30)
        await fresh.enter_code(await demo.mailbox.code("alice@demo.test"))
        await fresh.expect_home()


async def _wait_for_trouble(traveller: Traveller) -> None:
    """By itself, without a reload, within half a minute."""
    words = traveller.words(
        "The mail has not got through yet: our mail system or your mailbox doesn’t take it at the moment."
        " We keep trying."
    )
    await traveller.page.locator("#delivery", has_text=words).wait_for(timeout=30_000)
