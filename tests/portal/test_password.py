"""Another password while signed in: what it asks for, what it keeps, and what it ends."""

import asyncio

import httpx2
import pytest

from tests.login.proving import sign_in_by_app
from tests.login.signing_in import is_signed_in
from tests.portal.pressing import open_account, press
from tests.portal.ways_back import CHOSEN, choose, mailed_link
from tests.support.mail import delivered
from tests.support.world import PASSWORD, Browser, World, is_asking

PATH = "/account/password"


async def change(
    browser: Browser, *, current: str = PASSWORD, password: str = CHOSEN, **boxes: str
) -> httpx2.Response:
    page = await browser.get(PATH)
    fields = {"current": current, "password": password, **boxes}
    return await press(browser, page, "change-password", "continue", **fields)


async def test_the_page_offers_what_the_guide_names(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await open_account(browser, PATH)
    for token in ("username", "current-password", "new-password"):
        assert f'autocomplete="{token}"' in page.text
    assert "checked" in page.text.split('id="sign_out"')[1].split(">")[0]
    assert "checked" not in page.text.split('id="disconnect"')[1].split(">")[0]


async def test_it_keeps_this_session_and_known_browsers(world: World) -> None:
    browser, other = world.browser(), world.browser(address="203.0.113.9")
    for one in (browser, other):
        await open_account(one)
    await delivered(world)
    changed = await change(browser, sign_out="1")
    assert changed.headers["location"] == "/account/security"
    assert await is_signed_in(browser)
    assert not await is_signed_in(other)
    assert await world.rows("SELECT 1 FROM device WHERE revoked_at IS NOT NULL") == []
    assert "Changed" in (await browser.get("/account/security")).text
    [mail] = await delivered(world)
    assert mail.subject.startswith("Your password was changed")
    assert is_asking(await world.browser().sign_in(), "login")
    await world.browser().sign_in(password=CHOSEN)


async def test_others_stay_signed_in_if_that_is_unticked(world: World) -> None:
    browser, other = world.browser(), world.browser(address="203.0.113.9")
    for one in (browser, other):
        await open_account(one)
    await change(browser)
    assert await is_signed_in(other)


@pytest.mark.parametrize("disconnects", [True, False])
async def test_applications_are_disconnected_by_a_box_of_its_own(world: World, disconnects: bool) -> None:
    browser = world.browser()
    tokens = (await browser.redeem(await browser.sign_in(scope="openid offline_access"))).json()
    await change(browser, **({"disconnect": "1"} if disconnects else {}))
    refreshed = await browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.status_code == (400 if disconnects else 200)


async def test_a_wrong_current_password_changes_nothing_and_is_recorded(world: World) -> None:
    browser = world.browser()
    await open_account(browser)
    refused = await change(browser, current="not this one")
    assert refused.status_code == 422
    assert 'href="#current"' in refused.text
    assert (await change(browser, current="")).status_code == 422
    rows = await world.rows("SELECT reason FROM audit_event WHERE type = 'proof.failed'")
    assert rows == [("wrong_password",)]
    await world.browser().sign_in()


async def test_a_bad_new_password_is_refused_with_the_reason(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await open_account(browser)
    for password in ("short", "password1234", "aa11111-ovh!"):
        refused = await change(browser, password=password, sign_out="1")
        assert refused.status_code == 422
        assert 'href="#password"' in refused.text
        assert "checked" in refused.text.split('id="sign_out"')[1].split(">")[0]


@pytest.mark.requirement("S41")
async def test_a_hundred_guesses_at_once_are_throttled_as_at_sign_in(world: World) -> None:
    browser = world.browser()
    await open_account(browser)
    page = await browser.get(PATH)
    guesses = [
        press(browser, page, "change-password", "continue", current=f"guess {number}", password=CHOSEN)
        for number in range(100)
    ]
    answers = await asyncio.gather(*guesses)
    compared = await world.rows("SELECT 1 FROM audit_event WHERE type = 'proof.failed'")
    assert len(compared) <= world.house.settings.login.free_tries
    assert {answer.status_code for answer in answers} <= {422, 429, 503}
    blocked = await change(browser)
    assert blocked.status_code == 429
    assert int(blocked.headers["retry-after"]) > 0


async def test_where_two_factors_are_on_a_recent_one_comes_first(risky_world: World) -> None:
    visitor = await sign_in_by_app(risky_world)
    browser = visitor.browser
    assert (await browser.get(PATH)).status_code == 200
    risky_world.clock.pass_(risky_world.house.settings.factors.recent_seconds + 1)
    asked = await browser.follow(await browser.get(PATH))
    assert is_asking(asked, "second-factor")


async def test_the_form_of_a_session_that_ended_changes_nothing(world: World) -> None:
    browser = world.browser()
    page = await open_account(browser, PATH)
    await choose(world.browser(address="203.0.113.9"), await mailed_link(world), "the owner chose it")
    answer = await press(browser, page, "change-password", "continue", current=PASSWORD, password=CHOSEN)
    assert answer.headers["location"] == PATH
    assert is_asking(await world.browser().sign_in(password=CHOSEN), "login")


async def test_it_ends_links_that_were_asked_for(world: World) -> None:
    link = await mailed_link(world)
    browser = world.browser()
    await open_account(browser)
    await change(browser)
    assert (await browser.get(link)).status_code == 404


async def test_nobody_else_changes_it_by_a_forged_form(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await open_account(browser)
    forged = await browser.http.post(
        PATH, data={"current": PASSWORD, "password": CHOSEN}, headers={"origin": "https://evil.test"}
    )
    assert forged.status_code == 403
