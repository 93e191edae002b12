"""“Don’t ask for my second factor here”: for whoever proved it, in that browser, and nowhere that more is owed."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from idp.config.settings import Factors
from tests.attacks.paused import ADA, ALICE, BOB, Paused, at_second_factor, copied
from tests.portal.pressing import press
from tests.portal.ways_back import CHOSEN
from tests.support.factors import TOTP_SECRET, give_factors, totp_at
from tests.support.world import PASSWORD, Browser, World, answer, open_risky_world, risky_settings

pytestmark = pytest.mark.requirement("S33")

DAY = 86_400


@pytest.fixture
async def trusting(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """An operator who allows it, for thirty days."""
    async with open_risky_world(
        risky_settings(database_url, tmp_path, factors=Factors(trust_days=30))
    ) as world:
        yield world


async def _prove(world: World, paused: Paused, **fields: str) -> None:
    code = totp_at(world.clock.now())
    await paused.post("second-factor", action="continue", way="totp", code=code, **fields)
    world.clock.pass_(30)


async def _trusted(world: World, who: str = BOB) -> Browser:
    """A browser whose owner ticked the box."""
    paused = await at_second_factor(world, who)
    await _prove(world, paused, remember="1")
    assert "code" in answer(paused.page)
    return paused.browser


async def _again(world: World, browser: Browser, who: str = BOB, **asked: str) -> Paused:
    paused = await Paused.at_login(world, browser=browser, **{"prompt": "login", **asked})
    await paused.password(who)
    return paused


async def test_owner_is_asked_for_no_factor_for_thirty_days(trusting: World) -> None:
    browser = await _trusted(trusting)
    again = await _again(trusting, browser)
    assert "code" in answer(again.page)
    assert await trusting.rows("SELECT acr FROM session") == [("1",)]
    trusting.clock.pass_(31 * DAY)
    assert (await _again(trusting, browser)).is_at("second-factor")


async def test_box_that_nobody_proved_anything_with_is_worth_nothing(trusting: World) -> None:
    paused = await at_second_factor(trusting)
    for step, fields in (
        ("second-factor", {"action": "continue", "way": "totp", "code": "000000"}),
        ("second-factor", {"action": "other-way"}),
        ("second-factor", {"action": "resend"}),
        ("other-way", {"action": "backup-code"}),
        ("email-code", {"action": "continue", "code": "00000000"}),
        ("login", {"action": "continue", "username": BOB, "password": "wrong"}),
        ("login", {"action": "continue", "username": BOB, "password": "correct horse battery"}),
    ):
        await paused.send(step, remember="1", **fields)
    await paused.next()
    await _prove(trusting, paused)
    assert "code" in answer(paused.page)
    assert await trusting.rows("SELECT trusted_until FROM device") == [(None,)]
    assert (await _again(trusting, paused.browser)).is_at("second-factor")


async def test_shared_computer_is_never_trusted(trusting: World) -> None:
    paused = await Paused.at_login(trusting)
    await paused.password(BOB, shared_computer="1")
    await _prove(trusting, paused, remember="1")
    assert "code" in answer(paused.page)
    assert (await _again(trusting, paused.browser)).is_at("second-factor")


async def test_staff_are_always_asked(trusting: World) -> None:
    await give_factors(trusting.house, trusting.people["ada"].subject_id)
    browser = await _trusted(trusting, ADA)
    assert (await _again(trusting, browser, ADA)).is_at("second-factor")


@pytest.mark.parametrize(
    "asked",
    [{"acr_values": "2"}, {"claims": '{"id_token": {"acr": {"essential": true, "value": "2"}}}'}],
)
async def test_demanded_rung_is_always_asked_for(trusting: World, asked: dict[str, str]) -> None:
    browser = await _trusted(trusting)
    assert (await _again(trusting, browser, **asked)).is_at("second-factor")


async def test_changing_ones_security_asks_all_the_same(trusting: World) -> None:
    browser = await _trusted(trusting)
    await _again(trusting, browser)
    for path in ("set-up", "backup-codes", "turn-off", "remove", "passkey"):
        page = await browser.follow(await browser.get(f"/account/security/{path}"))
        assert '<form id="second-factor"' in page.text, path


@pytest.mark.parametrize("signs_out", [True, False])
async def test_a_new_password_ends_it_elsewhere_where_it_signs_out_there(
    trusting: World, signs_out: bool
) -> None:
    """And never in the browser in front of its owner."""
    here, there = await _trusted(trusting), await _trusted(trusting)
    page = await here.follow(await here.get("/account/password"))
    boxes = {"sign_out": "1"} if signs_out else {}
    fields = {"current": PASSWORD, "password": CHOSEN, **boxes}
    await press(here, page, "change-password", "continue", **fields)
    for browser, is_trusted in ((here, True), (there, not signs_out)):
        again = await Paused.at_login(trusting, browser=browser, prompt="login")
        await again.password(BOB, CHOSEN)
        assert again.is_at("second-factor") is not is_trusted


async def test_trust_is_of_one_person(trusting: World) -> None:
    """In one browser: Bob is trusted there, and Alice, who has the same kind of app, is not."""
    await give_factors(trusting.house, trusting.people["alice"].subject_id, apps=(TOTP_SECRET[::-1],))
    browser = await _trusted(trusting)
    assert (await _again(trusting, browser, ALICE)).is_at("second-factor")


async def test_copy_of_a_trusted_browser_is_found_out(trusting: World) -> None:
    """A thief with the password and a copy of the cookie, after the owner signed in once more."""
    browser = await _trusted(trusting)
    thief = copied(trusting, browser)
    await _again(trusting, browser)
    trusting.clock.pass_(120)
    assert (await _again(trusting, thief)).is_at("second-factor")
    # And nobody is trusted there any more.
    assert (await _again(trusting, browser)).is_at("second-factor")


async def test_risky_sign_in_asks_a_trusted_browser_too(trusting: World) -> None:
    """A country that its owner was never in."""
    browser = await _trusted(trusting)
    abroad = copied(trusting, browser, address="203.0.113.9")
    assert (await _again(trusting, abroad)).is_at("second-factor")
