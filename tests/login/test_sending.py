"""Who may have a code sent, and guess at one: a stranger who knows the password never keeps the owner out."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from idp.config.settings import Code, Server
from tests.login.coded import Visitor, ask_for_code, code_in, mailed_code, mails_to, other_than
from tests.support.world import PASSWORD, Browser, World, answer, is_asking, open_world, risky_settings

PROXY = "198.51.100.1"
HOME, TRAIN = "192.0.2.7", "203.0.113.200"
pytestmark = pytest.mark.requirement("S41")


@asynccontextmanager
async def behind_proxy(url: str, folder: Path, **sections: Any) -> AsyncIterator[World]:
    server = Server(trusted_proxies=(f"{PROXY}/32",))
    async with open_world(risky_settings(url, folder, server=server, **sections)) as world:
        yield world


async def visit(world: World, address: str, browser: Browser | None = None) -> Visitor:
    """Alice's right password, from anywhere."""
    browser = browser or world.browser(address=PROXY)
    browser.http.headers["x-forwarded-for"] = address
    visitor = Visitor(world=world, browser=browser, page=await browser.authorize(prompt="login"))
    await visitor.press("continue", username="aa11111-ovh", password=PASSWORD)
    return visitor


async def at_home(world: World) -> Visitor:
    """Alice's own browser, in a network that she has used."""
    visitor = await visit(world, HOME)
    assert "code" in answer(await visitor.enter(await mailed_code(world)))
    await mails_to(world)
    return visitor


async def patient(world: World, address: str) -> tuple[Visitor, int]:
    """A fresh browser that asks until it has a code, and the seconds that it took."""
    began = world.clock.now()
    browser = world.browser(address=PROXY)
    browser.http.headers["x-forwarded-for"] = address
    visitor = Visitor(world=world, browser=browser, page=await browser.authorize(prompt="login"))
    await visitor.press("continue", username="aa11111-ovh", password=PASSWORD)
    while 'name="code"' not in visitor.page.text:
        assert visitor.page.status_code == 429, visitor.page.text
        world.clock.pass_(int(visitor.page.headers["retry-after"]))
        if is_asking(visitor.page, "login"):
            await visitor.press("continue", username="aa11111-ovh", password=PASSWORD)
        else:
            await visitor.resend()
    return visitor, world.clock.now() - began


async def test_an_attack_from_100_addresses_delays_its_owner_a_minute_at_most(
    sqlite_url: str, tmp_path: Path
) -> None:
    async with behind_proxy(sqlite_url, tmp_path) as world:
        owner = await at_home(world)
        addresses = [f"203.0.{network}.{host}" for network in range(10) for host in range(1, 11)]
        mails = 0
        for address in addresses[:50]:
            await visit(world, address)
            mails += len(await mails_to(world))
            world.clock.pass_(1)
        assert mails < 50
        guesser = world.browser(address=PROXY)
        page = await guesser.authorize()
        for number in range(1_000):
            guesser.http.headers["x-forwarded-for"] = addresses[number % 100]
            await guesser.submit(page, username="aa11111-ovh", password=f"wrong {number}")
            if number % 100 == 0:
                world.clock.pass_(1)
        owner.browser.http.headers["x-forwarded-for"] = HOME
        known = await visit(world, HOME, owner.browser)
        assert "code" in answer(known.page)
        await mails_to(world)
        for address in (HOME, TRAIN):
            fresh, waited = await patient(world, address)
            assert waited <= 60
            coded = [mail for mail in await mails_to(world) if "code" in mail.subject]
            assert "code" in answer(await fresh.enter(code_in(coded[0])))
            await mails_to(world)


async def test_strangers_wait_and_the_owners_network_has_codes_of_its_own(
    database_url: str, tmp_path: Path
) -> None:
    async with behind_proxy(database_url, tmp_path, code=Code(account_sends=3, network_sends=100)) as world:
        await at_home(world)
        for number in range(3):
            assert (await visit(world, f"203.0.{number}.9")).page.status_code == 200
        stranger = await visit(world, "203.0.3.9")
        assert stranger.page.status_code == 429
        assert int(stranger.page.headers["retry-after"]) >= 1
        assert "Many codes were asked for." in stranger.page.text
        assert "You don’t want to wait?" in stranger.page.text
        assert "In a browser that you have signed in with before" in stranger.page.text
        assert len(await mails_to(world)) == 3
        fresh = await visit(world, HOME)
        assert fresh.page.status_code == 200
        assert "code" in answer(await fresh.enter(await mailed_code(world)))


async def test_one_network_waits_alone(database_url: str, tmp_path: Path) -> None:
    async with behind_proxy(database_url, tmp_path, code=Code(network_sends=2)) as world:
        for address in ("203.0.113.1", "203.0.113.2"):
            assert (await visit(world, address)).page.status_code == 200
        assert (await visit(world, "203.0.113.3")).page.status_code == 429
        assert (await visit(world, "198.18.0.1")).page.status_code == 200


async def test_waiting_never_lasts_longer_than_the_cap(sqlite_url: str, tmp_path: Path) -> None:
    code = Code(network_sends=1, account_sends=1)
    async with behind_proxy(sqlite_url, tmp_path, code=code) as world:
        waits = [(await patient(world, f"203.0.{number}.9"))[1] for number in range(12)]
        assert waits == [0, 1, 2, 4, 8, 16, 32, 45, 45, 45, 45, 45]
        await mails_to(world)
        world.clock.pass_(3_601)
        assert (await visit(world, "203.0.113.9")).page.status_code == 200


async def test_a_right_code_gives_back_what_was_asked_for_before(sqlite_url: str, tmp_path: Path) -> None:
    async with behind_proxy(sqlite_url, tmp_path, code=Code(network_sends=2)) as world:
        await visit(world, TRAIN)
        await mails_to(world)
        fresh = await visit(world, TRAIN)
        assert "code" in answer(await fresh.enter(await mailed_code(world)))
        assert (await visit(world, TRAIN)).page.status_code == 200


async def test_ten_guesses_an_hour_whatever_the_challenge(database_url: str, tmp_path: Path) -> None:
    async with behind_proxy(database_url, tmp_path, code=Code(network_sends=100, account_sends=100)) as world:
        await at_home(world)
        for number in range(2):
            stranger = await visit(world, f"203.0.{number}.9")
            code = await mailed_code(world)
            for _ in range(5):
                assert (await stranger.enter(other_than(code))).status_code == 422
        late = await visit(world, "203.0.7.9")
        code = await mailed_code(world)
        refused = await late.enter(code)
        assert refused.status_code == 429
        assert "There were many wrong codes. Wait 5 minutes" in refused.text
        own = await visit(world, HOME)
        assert "code" in answer(await own.enter(await mailed_code(world)))
        world.clock.pass_(300)
        assert "code" in answer(await late.enter(code))


async def test_a_network_that_was_used_before_has_its_guesses_too(sqlite_url: str, tmp_path: Path) -> None:
    async with behind_proxy(sqlite_url, tmp_path, code=Code(network_sends=100, account_sends=100)) as world:
        await at_home(world)
        for _ in range(2):
            neighbour = await visit(world, HOME)
            code = await mailed_code(world)
            for _ in range(5):
                await neighbour.enter(other_than(code))
        assert (await (await visit(world, HOME)).enter("1234 5678")).status_code == 429
        elsewhere = await visit(world, TRAIN)
        mails = await mails_to(world)
        assert "code" in answer(await elsewhere.enter(code_in(mails[-1])))


async def test_names_of_counts_name_nobody(sqlite_risky_world: World) -> None:
    await ask_for_code(sqlite_risky_world, address="203.0.113.77")
    keys = [
        key for (key,) in await sqlite_risky_world.rows("SELECT key FROM throttle WHERE key LIKE 'code-%'")
    ]
    assert len(keys) == 2
    assert sqlite_risky_world.people["alice"].subject_id not in str(keys)
    assert "203.0.113" not in str(keys)
