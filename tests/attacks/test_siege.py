"""One account under siege from a hundred addresses: its owner gets in, and nothing is learnt from those who don't."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from idp.config.settings import Server
from tests.attacks.paused import ALICE, Paused, sign_in_with_code
from tests.login.guessing import PROXY
from tests.support.world import Browser, World, answer, open_risky_world, risky_settings

pytestmark = pytest.mark.requirement("S41", "S42")

ADDRESSES = [f"203.0.{number}.9" for number in range(100)]
HABITS = "SELECT * FROM risk_profile", "SELECT * FROM risk_count ORDER BY feature, value"


@pytest.fixture
async def besieged(sqlite_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A house behind a proxy that we trust; Alice has signed in from home, once."""
    server = Server(trusted_proxies=(f"{PROXY}/32",))
    async with open_risky_world(risky_settings(sqlite_url, tmp_path, server=server)) as world:
        yield world


def _at(world: World, address: str) -> Browser:
    browser = world.browser(address=PROXY)
    browser.http.headers["x-forwarded-for"] = address
    return browser


async def _ask_for_codes(world: World, times: int) -> list[int]:
    """The right password in fresh browsers, from ever another address: what the question for a code answers."""
    statuses = []
    for number in range(times):
        paused = await Paused.at_login(world, browser=_at(world, ADDRESSES[number]))
        await paused.password()
        statuses.append(paused.page.status_code)
        await paused.send("email-code", action="resend")
    return statuses


async def _guess_passwords(world: World, times_each: int) -> list[int]:
    paused = await Paused.at_login(world, browser=_at(world, ADDRESSES[0]))
    answers: list[httpx2.Response] = []
    for address in ADDRESSES:
        paused.browser.http.headers["x-forwarded-for"] = address
        guesses = [
            paused.send("login", username=ALICE, password=f"wrong {number}", action="continue")
            for number in range(times_each)
        ]
        answers += await asyncio.gather(*guesses)
    return [answered.status_code for answered in answers]


async def test_owner_gets_in_while_strangers_try_a_thousand_passwords(besieged: World) -> None:
    world, clock = besieged, besieged.clock
    known = _at(world, "192.0.2.1")
    await sign_in_with_code(world, known)
    clock.pass_(3_600)
    learnt = [await world.rows(query) for query in HABITS]

    assert len(await _ask_for_codes(world, 50)) == 50
    statuses = await _guess_passwords(world, 10)
    assert len(statuses) == 1_000
    assert set(statuses) <= {422, 429}

    # Failed sign-ins, and those that stopped at the code, change nobody's habits.
    assert [await world.rows(query) for query in HABITS] == learnt
    # Her known browser signs in at once, and is asked for nothing else.
    page = await known.authorize(prompt="login")
    assert "code" in answer(
        await known.follow(await known.submit(page, username=ALICE, password="correct horse battery"))
    )
    # A fresh one, in a network that is hers as little as theirs, has its code within a minute.
    begun = clock.now()
    fresh = await Paused.at_login(world, browser=_at(world, "198.51.100.77"))
    await fresh.password()
    while fresh.page.status_code == 429:
        clock.pass_(int(fresh.page.headers["retry-after"]))
        await (fresh.post("email-code", action="resend") if fresh.is_at("email-code") else fresh.password())
    assert fresh.is_at("email-code")
    await fresh.post("email-code", action="continue", code=await fresh.mailed_code())
    assert "code" in answer(fresh.page)
    assert clock.now() - begun <= 60


async def test_codes_that_strangers_had_sent_are_few(besieged: World) -> None:
    """Fifty requests at one moment are no fifty mails."""
    await _ask_for_codes(besieged, 50)
    [(mails,)] = await besieged.rows("SELECT count(*) FROM outbox WHERE template = 'email-code'")
    assert 0 < mails <= besieged.house.settings.code.account_sends
