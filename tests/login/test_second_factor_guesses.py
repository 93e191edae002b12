"""Guessing second factors: a try is spent before anything is compared, and nobody is locked out of their account."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from idp.account.backup_codes import digest_of_code
from idp.account.totp import StepMatch, matching_step
from idp.config.settings import Server
from idp.login.factors import backup_code, totp
from tests.login.coded import Visitor
from tests.login.guessing import PROXY
from tests.login.proving import BOB, owe_factor, proof_failures, sign_in_by_app, submit_raw
from tests.support.factors import BACKUP_CODES, totp_at
from tests.support.mail import delivered
from tests.support.world import PASSWORD, World, answer, is_asking, open_risky_world, risky_settings

pytestmark = pytest.mark.requirement("S41")

WRONG_BACKUP_CODE = "ZZZZ-ZZZZ-ZZZZ-ZZZZ"


@pytest.fixture
async def proxied_world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    settings = risky_settings(database_url, tmp_path, server=Server(trusted_proxies=(f"{PROXY}/32",)))
    async with open_risky_world(settings) as world:
        yield world


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every code that is compared, by the real comparison."""
    codes: list[str] = []

    def counting(secret: str, code: str, *, now: int, last_step: int) -> StepMatch:
        codes.append(code)
        return matching_step(secret, code, now=now, last_step=last_step)

    def counting_digest(text: str) -> bytes:
        codes.append(text)
        return digest_of_code(text)

    monkeypatch.setattr(totp, "matching_step", counting)
    monkeypatch.setattr(backup_code, "digest_of_code", counting_digest)
    return codes


def _wrong(world: World) -> str:
    right = {totp_at(world.clock.now() + shift) for shift in (-30, 0, 30)}
    return next(code for code in ("000000", "111111", "222222", "333333") if code not in right)


async def test_sixth_try_of_a_sign_in_is_not_compared(risky_world: World, compared: list[str]) -> None:
    visitor = await owe_factor(risky_world)
    first = visitor.page
    for left in (4, 3, 2, 1):
        page = await visitor.enter(_wrong(risky_world))
        assert page.status_code == 422
        assert "That code isn’t right." in page.text
        assert (f"{left} tries are left." if left > 1 else "1 try is left.") in page.text
        assert "Try another way" in page.text
    page = await visitor.enter(_wrong(risky_world))
    assert page.status_code == 429
    assert "Too many wrong codes" in page.text
    assert len(compared) == 5
    response = await visitor.browser.submit(first, code=totp_at(risky_world.clock.now()))
    assert response.status_code == 303
    assert len(compared) == 5
    # Nothing is a dead end: the address of the sign-in starts anew for the same application.
    restart = page.text.split('<a class="primary" href="', 1)[1].split('"', 1)[0]
    assert is_asking(await visitor.browser.follow(await visitor.browser.get(restart)), "login")
    assert await risky_world.rows("SELECT 1 FROM session") == []


async def test_signing_in_anew_in_the_same_page_gives_no_new_tries(
    risky_world: World, compared: list[str]
) -> None:
    """Peers' lists, items 14 and 19."""
    visitor = await owe_factor(risky_world)
    for _ in range(4):
        await visitor.enter(_wrong(risky_world))
        login = await visitor.look(visitor.path.replace("second-factor", "login"))
        assert is_asking(login, "login")
        await visitor.press("continue", username=BOB, password=PASSWORD)
    page = await visitor.enter(_wrong(risky_world))
    assert page.status_code == 429
    assert len(compared) == 5


async def test_switching_ways_gives_no_new_tries(risky_world: World, compared: list[str]) -> None:
    visitor = await owe_factor(risky_world)
    for code in (_wrong(risky_world), WRONG_BACKUP_CODE, _wrong(risky_world), WRONG_BACKUP_CODE):
        assert (await visitor.enter(code)).status_code == 422
    assert (await visitor.enter(WRONG_BACKUP_CODE)).status_code == 429
    assert len(compared) == 5


@pytest.mark.parametrize("code", ["", WRONG_BACKUP_CODE])
async def test_hundred_guesses_at_once_compare_no_more_than_the_tries(
    risky_world: World, compared: list[str], code: str
) -> None:
    visitor = await owe_factor(risky_world)
    guess = code or _wrong(risky_world)
    responses = await asyncio.gather(*[submit_raw(visitor, code=guess) for _ in range(100)])
    assert len(compared) <= 5
    assert {response.status_code for response in responses} <= {303, 422, 429}


async def test_hundred_sign_ins_at_once_compare_no_more_than_the_persons_tries(
    risky_world: World, compared: list[str]
) -> None:
    visitors = [await owe_factor(risky_world, address="203.0.113.9") for _ in range(20)]
    await asyncio.gather(
        *[submit_raw(visitor, code=_wrong(risky_world)) for visitor in visitors for _ in range(5)]
    )
    assert len(compared) <= 5


async def test_right_code_a_hundred_times_at_once_makes_one_session(risky_world: World) -> None:
    visitor = await owe_factor(risky_world)
    right = totp_at(risky_world.clock.now())
    responses = await asyncio.gather(*[submit_raw(visitor, code=right) for _ in range(10)])
    assert {response.status_code for response in responses} <= {303, 422, 429}
    assert await risky_world.rows("SELECT proofs FROM interaction") == [
        (f'[["pwd", {risky_world.clock.now()}], ["totp", {risky_world.clock.now()}]]',)
    ]


async def test_delays_rise_to_a_quarter_of_an_hour(sqlite_risky_world: World, compared: list[str]) -> None:
    """For strangers in strange networks, whatever sign-in and address they try in."""
    clock, waits = sqlite_risky_world.clock, []
    for number in range(16):
        before = len(compared)
        page = await _guess_abroad(sqlite_risky_world, number)
        while page.status_code == 429:
            waits.append(int(page.headers["retry-after"]))
            assert "There were many wrong codes. Wait" in page.text
            assert len(compared) == before
            clock.pass_(waits[-1])
            page = await _guess_abroad(sqlite_risky_world, number)
        assert page.status_code == 422
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900]


async def _guess_abroad(world: World, number: int) -> Any:
    visitor = await owe_factor(world, address=f"203.0.113.{number + 1}")
    return await visitor.enter(_wrong(world))


async def test_stranger_with_the_password_does_not_delay_the_owners_browser(proxied_world: World) -> None:
    world = proxied_world
    browser = world.browser(address=PROXY)
    browser.http.headers["x-forwarded-for"] = "192.0.2.1"
    await sign_in_by_app(world, browser=browser)
    visitors = []
    for number in range(12):
        stranger = world.browser(address=PROXY)
        stranger.http.headers["x-forwarded-for"] = f"203.0.113.{number}"
        visitor = Visitor(world=world, browser=stranger, page=await stranger.authorize())
        await visitor.press("continue", username=BOB, password=PASSWORD)
        await visitor.enter(_wrong(world))
        visitors.append(visitor)
    assert (await visitors[-1].enter(totp_at(world.clock.now()))).status_code == 429
    visitor = await owe_factor(world, browser=browser, prompt="login")
    await visitor.enter(totp_at(world.clock.now()))
    assert "code" in answer(visitor.page)
    # Nor a fresh browser in a network that its owner uses.
    world.clock.pass_(30)
    fresh = world.browser(address=PROXY)
    fresh.http.headers["x-forwarded-for"] = "192.0.2.1"
    visitor = await owe_factor(world, browser=fresh)
    await visitor.enter(totp_at(world.clock.now()))
    assert "code" in answer(visitor.page)


async def test_right_code_forgives(sqlite_risky_world: World) -> None:
    for _ in range(3):
        visitor = await owe_factor(sqlite_risky_world)
        for _ in range(4):
            assert (await visitor.enter(_wrong(sqlite_risky_world))).status_code == 422
        await visitor.enter(totp_at(sqlite_risky_world.clock.now()))
        assert "code" in answer(visitor.page)
        sqlite_risky_world.clock.pass_(30)


async def test_owner_is_told_once_an_hour(risky_world: World) -> None:
    async def guess_on() -> list[str]:
        visitor = await owe_factor(risky_world)
        for _ in range(5):
            while (await visitor.enter(_wrong(risky_world))).status_code == 429:
                if "Too many" in visitor.page.text:
                    break
                risky_world.clock.pass_(int(visitor.page.headers["retry-after"]))
        return [mail.to for mail in await delivered(risky_world) if "not-me" in mail.text]

    assert await guess_on() == ["bob@example.test"]
    risky_world.clock.pass_(1_200)
    assert await guess_on() == []
    risky_world.clock.pass_(2_401)
    assert await guess_on() == ["bob@example.test"]


async def test_few_mistakes_are_nobodys_business(sqlite_risky_world: World) -> None:
    visitor = await owe_factor(sqlite_risky_world)
    for _ in range(4):
        await visitor.enter(_wrong(sqlite_risky_world))
    await visitor.enter(BACKUP_CODES[0])
    assert "code" in answer(visitor.page)
    assert not [mail for mail in await delivered(sqlite_risky_world) if "wrong" in mail.text.lower()]


async def test_audit_trail_has_every_wrong_answer(sqlite_risky_world: World) -> None:
    visitor = await owe_factor(sqlite_risky_world)
    await visitor.enter(_wrong(sqlite_risky_world))
    await visitor.enter(WRONG_BACKUP_CODE)
    assert await proof_failures(sqlite_risky_world) == [("totp", "wrong_code"), ("backup-code", "wrong_code")]
