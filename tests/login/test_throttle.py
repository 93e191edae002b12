"""Guessing gets slower and never locks anybody out."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from idp.login.throttle import delays
from tests.login.guessing import Guesser, guessing
from tests.support.world import PASSWORD, answer

pytestmark = pytest.mark.requirement("S41")


@pytest.fixture
async def guesser(database_url: str, tmp_path: Path) -> AsyncIterator[Guesser]:
    async with guessing(database_url, tmp_path) as guesser:
        yield guesser


@pytest.fixture
async def sqlite_guesser(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Guesser]:
    async with guessing(sqlite_url, tmp_path) as guesser:
        yield guesser


@pytest.mark.parametrize(
    ("free", "cap", "expected"),
    [
        (1, 1, (1,)),
        (3, 10, (0, 0, 1, 2, 4, 8, 10)),
        (5, 45, (0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 45)),
        (2, 8, (0, 1, 2, 4, 8)),
    ],
)
def test_delays(free: int, cap: int, expected: tuple[int, ...]) -> None:
    assert delays(free, cap_seconds=cap) == expected


def _elsewhere(number: int) -> str:
    """An address in a network of its own."""
    return f"10.{number // 250}.{number % 250}.1"


async def _fail(guesser: Guesser, times: int) -> None:
    """Fail from as many networks, waiting as long as one has to."""
    for number in range(times):
        fresh = await Guesser.at(guesser.world, guesser.hasher)
        assert await fresh.is_compared(address=_elsewhere(number))
        guesser.world.clock.pass_(45)


async def test_account_has_five_free_tries_and_then_rising_delays(guesser: Guesser) -> None:
    clock = guesser.world.clock
    for number in range(5):
        assert await guesser.is_compared(address=_elsewhere(number))
    for number, delay in enumerate([1, 2, 4, 8, 16, 32, 45, 45, 45]):
        assert await guesser.wait(address=_elsewhere(100 + number)) == delay
        clock.pass_(delay - 1)
        assert await guesser.wait(address=_elsewhere(200 + number)) == 1
        # Also the right password has to wait, or waiting would tell which one is right.
        assert not await guesser.is_compared(password=PASSWORD, address=_elsewhere(300 + number))
        clock.pass_(1)
        assert await guesser.is_compared(address=_elsewhere(400 + number))


async def test_page_says_how_long_to_wait(sqlite_guesser: Guesser) -> None:
    for number in range(5):
        await sqlite_guesser.guess(address=_elsewhere(number))
    response = await sqlite_guesser.guess()
    assert response.status_code == 429
    assert response.headers["retry-after"] == "1"
    assert "There were many wrong passwords. Wait 1 second, then try again." in response.text
    assert "<title>Error: " in response.text
    assert 'value="aa11111-ovh"' in response.text


async def test_no_lock_is_for_ever(sqlite_guesser: Guesser) -> None:
    await _fail(sqlite_guesser, 120)
    browser = sqlite_guesser.world.browser(address="203.0.113.77")
    assert "code" in answer(await browser.sign_in())


async def test_unknown_account_is_delayed_alike(sqlite_guesser: Guesser) -> None:
    """Or the delay would tell which accounts exist."""
    waits: dict[str, list[int]] = {}
    for typed in ("aa11111-ovh", "zz99999-ovh", "dd44444-ovh", "nobody@example.test", "not an identifier"):
        for number in range(5):
            assert await sqlite_guesser.is_compared(typed, address=_elsewhere(number))
        waits[typed] = [await sqlite_guesser.wait(typed, address=_elsewhere(50))]
        sqlite_guesser.world.clock.pass_(1)
        assert await sqlite_guesser.is_compared(typed, address=_elsewhere(51))
        waits[typed].append(await sqlite_guesser.wait(typed, address=_elsewhere(52)))
    assert set(map(tuple, waits.values())) == {(1, 2)}


async def test_every_spelling_and_both_names_of_an_account_share_one_count(sqlite_guesser: Guesser) -> None:
    spellings = ("aa11111-ovh", "AA11111", "alice@example.test", " Alice@Example.TEST", "aa 11111-ovh")
    for number, typed in enumerate(spellings):
        assert await sqlite_guesser.is_compared(typed, address=_elsewhere(number))
    for typed in spellings:
        assert await sqlite_guesser.wait(typed, address=_elsewhere(60)) == 1


async def test_every_spelling_of_an_unknown_account_shares_one_count(sqlite_guesser: Guesser) -> None:
    for number, typed in enumerate(("zz99999", "ZZ99999-OVH", " zz99999-ovh", "zz 99999", "Zz99999-ovh")):
        assert await sqlite_guesser.is_compared(typed, address=_elsewhere(number))
    assert await sqlite_guesser.wait("zz99999-ovh", address=_elsewhere(60)) == 1


async def test_one_address_slows_down_whatever_account_it_tries(guesser: Guesser) -> None:
    for number in range(20):
        assert await guesser.is_compared(f"zz{number:05}-ovh")
    assert await guesser.wait("zz77777-ovh") == 1
    assert await guesser.is_compared("zz77777-ovh", address="203.0.113.10")


@pytest.mark.parametrize(
    ("addresses", "outside"),
    [
        pytest.param([f"203.0.113.{n}" for n in range(100)], "203.0.114.1", id="IPv4 /24"),
        pytest.param([f"2001:db8:7:{n:x}::{n}" for n in range(100)], "2001:db8:8::1", id="IPv6 /48"),
    ],
)
async def test_one_network_slows_down_however_many_addresses_it_has(
    sqlite_guesser: Guesser, addresses: list[str], outside: str
) -> None:
    for number, address in enumerate(addresses):
        assert await sqlite_guesser.is_compared(f"zz{number:05}-ovh", address=address)
    assert await sqlite_guesser.wait("zz77777-ovh", address=addresses[-1]) == 1
    assert await sqlite_guesser.is_compared("zz77777-ovh", address=outside)


async def test_ipv4_in_ipv6_is_the_same_address(sqlite_guesser: Guesser) -> None:
    for number in range(20):
        assert await sqlite_guesser.is_compared(f"zz{number:05}-ovh", address="203.0.113.9")
    assert await sqlite_guesser.wait("zz77777-ovh", address="::ffff:203.0.113.9") == 1


async def test_success_forgets_the_account_and_returns_one_try_to_address_and_network(
    guesser: Guesser,
) -> None:
    for _ in range(3):
        await guesser.guess()
    await guesser.guess("bb22222-ovh")
    await guesser.guess(password=PASSWORD)
    counts = dict(await guesser.world.rows("SELECT key, failures FROM throttle"))
    by_kind = sorted((key.split(":")[0], failures) for key, failures in counts.items())
    assert by_kind == [("account", 0), ("account", 1), ("address", 4), ("network", 4)]


async def test_own_account_is_no_way_to_guess_at_others_undelayed(sqlite_guesser: Guesser) -> None:
    """Signing in between guesses gives back the sign-in's own try only."""
    for number in range(19):
        assert await sqlite_guesser.is_compared(f"zz{number:05}-ovh")
        fresh = await Guesser.at(sqlite_guesser.world, sqlite_guesser.hasher)
        await fresh.guess("bb22222-ovh", PASSWORD)
    assert await sqlite_guesser.is_compared("zz70000-ovh")
    assert await sqlite_guesser.wait("zz77777-ovh") == 1
    assert not await sqlite_guesser.is_compared("bb22222-ovh", password=PASSWORD)


async def test_an_hour_of_peace_forgets_everything(sqlite_guesser: Guesser) -> None:
    await _fail(sqlite_guesser, 8)
    sqlite_guesser.world.clock.pass_(3_601)
    fresh = await Guesser.at(sqlite_guesser.world, sqlite_guesser.hasher)
    for _ in range(5):
        assert await fresh.is_compared()
    assert await fresh.wait() == 1


@pytest.mark.requirement("S82")
async def test_failures_elsewhere_never_delay_a_browser_that_the_owner_uses(guesser: Guesser) -> None:
    world = guesser.world
    alice = world.browser(address="192.0.2.1")
    await alice.sign_in()
    fresh_page = await alice.authorize(prompt="login")
    for number in range(1_000):
        await guesser.guess(address=f"203.0.{number % 100}.{number // 100 + 1}")
    assert await guesser.wait(address="198.18.0.1") > 0
    response = await alice.submit(fresh_page, username="alice@example.test", password=PASSWORD)
    assert "code" in answer(await alice.follow(response))


async def test_known_browser_has_a_count_of_its_own(sqlite_guesser: Guesser) -> None:
    """Whoever steals one guesses no faster than elsewhere."""
    world = sqlite_guesser.world
    alice = world.browser()
    await alice.sign_in()
    page = await alice.authorize(prompt="login")
    for _ in range(5):
        assert (await alice.submit(page, username="aa11111-ovh", password="wrong")).status_code == 422
    assert (await alice.submit(page, username="aa11111-ovh", password="wrong")).status_code == 429
    # It is known to Alice alone.
    before = sqlite_guesser.hasher.comparisons
    await alice.submit(page, username="bb22222-ovh", password="wrong")
    assert sqlite_guesser.hasher.comparisons == before + 1
    keys = [key.split(":")[0] for (key,) in await world.rows("SELECT key FROM throttle ORDER BY key")]
    assert keys.count("device") == 1
    assert keys.count("account") == 2


@pytest.mark.requirement("S82")
async def test_header_of_an_untrusted_peer_changes_nothing(sqlite_guesser: Guesser) -> None:
    browser = sqlite_guesser.world.browser(address="192.0.2.66")
    page = await browser.authorize()
    for number in range(21):
        browser.http.headers["x-forwarded-for"] = _elsewhere(number)
        browser.http.headers["forwarded"] = f"for={_elsewhere(number)}"
        browser.http.headers["x-real-ip"] = _elsewhere(number)
        response = await browser.submit(page, username=f"zz{number:05}-ovh", password="wrong")
        assert response.status_code == (422 if number < 20 else 429)


@pytest.mark.requirement("S82")
async def test_what_the_client_wrote_into_the_header_itself_changes_nothing(sqlite_guesser: Guesser) -> None:
    for number in range(20):
        assert await sqlite_guesser.is_compared(
            f"zz{number:05}-ovh", address=f"{_elsewhere(number)}, 203.0.113.9"
        )
    assert await sqlite_guesser.wait("zz77777-ovh", address="8.8.8.8, 203.0.113.9") == 1


@pytest.mark.parametrize("typed", ["aa11111-ovh", "zz99999-ovh"])
async def test_parallel_guesses_compare_no_more_often_than_the_limit(guesser: Guesser, typed: str) -> None:
    guessers = [await Guesser.at(guesser.world, guesser.hasher) for _ in range(10)]
    before = guesser.hasher.comparisons
    responses = await asyncio.gather(
        *(guessers[number % 10].guess(typed, address=_elsewhere(number)) for number in range(100))
    )
    assert guesser.hasher.comparisons - before == 5
    assert sorted(response.status_code for response in responses) == [422] * 5 + [429] * 95


async def test_parallel_guesses_in_a_known_browser_are_limited_too(guesser: Guesser) -> None:
    alice = guesser.world.browser()
    await alice.sign_in()
    page = await alice.authorize(prompt="login")
    before = guesser.hasher.comparisons
    await asyncio.gather(
        *(alice.submit(page, username="aa11111-ovh", password=f"wrong {number}") for number in range(100))
    )
    assert guesser.hasher.comparisons - before == 5


async def test_keys_name_nobody(sqlite_guesser: Guesser) -> None:
    await sqlite_guesser.guess("alice@example.test", address="203.0.113.9")
    await sqlite_guesser.guess("nobody@example.test", address="2001:db8::1")
    stored = str(await sqlite_guesser.world.rows("SELECT key, failures FROM throttle"))
    for secret in ("alice", "nobody", "203.0", "2001", sqlite_guesser.world.people["alice"].subject_id):
        assert secret not in stored
