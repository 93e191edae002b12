"""Step-up: a living session is asked for the missing factor and for nothing else (RFC 9470, Core §3.1.2.1)."""

import asyncio
from typing import Any

import httpx2
import pytest

from tests.login.coded import Visitor
from tests.login.proving import ALICE, BOB, give_key, sign, submit_raw
from tests.login.signing_in import is_signed_in
from tests.login.telling import claims_of, essential
from tests.support.authenticator import SoftwareKey
from tests.support.factors import BACKUP_CODES, give_factors, totp_at
from tests.support.world import PASSWORD, Browser, World, answer, is_asking

TWO = {"claims": essential("2")}


async def _signed_in(world: World, who: str = "alice", **factors: Any) -> tuple[Browser, dict[str, Any]]:
    """A browser with a session by password, of somebody who has factors and asks for none; what it was told of that."""
    await give_factors(world.house, world.people[who].subject_id, two_factor=False, **factors)
    browser = world.browser()
    response = await browser.sign_in(world.people[who].customer_id)
    return browser, await claims_of(browser, response)


async def _asked(world: World, browser: Browser, **parameters: str) -> Visitor:
    return Visitor(world=world, browser=browser, page=await browser.authorize(**parameters))


async def test_asks_for_the_factor_alone(world: World) -> None:
    browser, before = await _signed_in(world)
    former = browser.http.cookies["idp-session"]
    world.clock.pass_(600)
    visitor = await _asked(world, browser, **TWO)
    assert is_asking(visitor.page, "second-factor")
    assert "password" not in visitor.page.text.lower().split("<main", 1)[1].split("</main", 1)[0]
    await visitor.enter(totp_at(world.clock.now()))
    after = await claims_of(browser, visitor.page)
    assert (before["acr"], before["amr"]) == ("1", ["pwd"])
    assert (after["acr"], after["amr"]) == ("2", ["pwd", "otp", "mfa"])
    # To prove a factor is not to sign in again, and everything of the session lives on.
    assert after["auth_time"] == before["auth_time"]
    assert after["sid"] == before["sid"]
    assert await world.rows("SELECT count(*) FROM session") == [(1,)]
    assert await world.rows("SELECT factor_at FROM session") == [(world.clock.now(),)]
    # But its cookie is new, S59.
    assert browser.http.cookies["idp-session"] != former
    thief = world.browser()
    thief.http.cookies.set("idp-session", former)
    assert not await is_signed_in(thief)
    # And it is asked once.
    assert "code" in answer(await browser.authorize(**TWO))


async def test_each_way_raises_as_far_as_it_reaches(world: World) -> None:
    key = SoftwareKey.u2f()
    browser, _ = await _signed_in(world)
    await give_key(world, "alice", key)
    visitor = await _asked(world, browser, **TWO)
    await visitor.press("other-way")
    await visitor.press("backup-code")
    await visitor.enter(BACKUP_CODES[0])
    claims = await claims_of(browser, visitor.page)
    assert (claims["acr"], claims["amr"]) == ("2", ["pwd", "recovery", "mfa"])
    visitor = await _asked(world, browser, claims=essential("3"))
    assert 'name="way" value="security-key"' in visitor.page.text
    await visitor.press("other-way")
    assert 'value="totp"' not in visitor.page.text  # Which would not reach it.
    await visitor.press("security-key")
    await sign(visitor, key)
    claims = await claims_of(browser, visitor.page)
    assert (claims["acr"], claims["amr"]) == ("3", ["pwd", "recovery", "hwk", "user", "mfa"])


async def test_key_that_verifies_its_user_raises_too(sqlite_world: World) -> None:
    key = SoftwareKey.synced()
    browser, _ = await _signed_in(sqlite_world, apps=())
    await give_key(sqlite_world, "alice", key)
    visitor = await _asked(sqlite_world, browser, acr_values="3")
    await sign(visitor, key)
    claims = await claims_of(browser, visitor.page)
    assert (claims["acr"], claims["amr"]) == ("3", ["pwd", "swk", "user", "mfa"])


async def test_wish_is_met_where_it_can_be_and_asked_once(sqlite_world: World) -> None:
    """A key is wished for; whoever proves an app instead gets on all the same, and is told as what it is."""
    key = SoftwareKey()
    browser, _ = await _signed_in(sqlite_world)
    await give_key(sqlite_world, "alice", key)
    visitor = await _asked(sqlite_world, browser, acr_values="3 2")
    assert 'name="way" value="security-key"' in visitor.page.text
    await visitor.press("other-way")
    await visitor.press("totp")
    await visitor.enter(totp_at(sqlite_world.clock.now()))
    claims = await claims_of(browser, visitor.page)
    assert claims["acr"] == "2"


async def test_wish_that_the_person_cannot_meet_is_no_demand(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await browser.sign_in()
    response = await browser.authorize(acr_values="3")
    assert (await claims_of(browser, response))["acr"] == "1"


@pytest.mark.parametrize("asked", [TWO, {"acr_values": "2"}], ids=["essential", "wished"])
async def test_silent_request_learns_that_something_lacks(sqlite_world: World, asked: dict[str, str]) -> None:
    browser, _ = await _signed_in(sqlite_world)
    response = await browser.authorize(prompt="none", **asked)
    assert answer(response)["error"] == "login_required"
    assert await is_signed_in(browser)


@pytest.mark.parametrize("acr", ["4", "urn:example:gold", "0"])
async def test_rung_that_nobody_reaches_is_an_error(sqlite_world: World, acr: str) -> None:
    browser, _ = await _signed_in(sqlite_world)
    told = answer(await browser.authorize(claims=essential(acr)))
    assert told["error"] == "unmet_authentication_requirements"
    assert told["state"] == "some state"
    assert told["iss"] == "http://localhost:8000"
    assert await is_signed_in(browser)


async def test_who_has_no_factor_sets_one_up_and_the_session_lives_on(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await browser.sign_in()
    page = await browser.authorize(**TWO)
    assert page.url.path.endswith("/set-up")
    assert await is_signed_in(browser)


async def test_max_age_asks_for_everything_again(world: World) -> None:
    """Who signs in anew proves anew what is demanded; the factor of before counts no more."""
    browser, before = await _signed_in(world)
    visitor = await _asked(world, browser, **TWO)
    await visitor.enter(totp_at(world.clock.now()))
    world.clock.pass_(61)
    visitor = await _asked(world, browser, max_age="60", **TWO)
    assert is_asking(visitor.page, "login")
    await visitor.press("continue", username=ALICE, password=PASSWORD)
    assert is_asking(visitor.page, "second-factor")
    await visitor.enter(totp_at(world.clock.now()))
    claims = await claims_of(browser, visitor.page)
    assert claims["auth_time"] == world.clock.now()
    assert claims["acr"] == "2"
    assert claims["sid"] == before["sid"]


async def test_prompt_login_forgets_the_factor_where_none_is_demanded(world: World) -> None:
    """`acr` says what this sign-in proved, not what one before it did."""
    browser, _ = await _signed_in(world)
    visitor = await _asked(world, browser, **TWO)
    await visitor.enter(totp_at(world.clock.now()))
    visitor = await _asked(world, browser, prompt="login")
    await visitor.press("continue", username=ALICE, password=PASSWORD)
    claims = await claims_of(browser, visitor.page)
    assert (claims["acr"], claims["amr"]) == ("1", ["pwd"])


async def test_factor_without_the_session_is_worth_nothing(world: World) -> None:
    """Signed out in another tab, or somebody else signed in: the page of before raises nobody."""
    browser, _ = await _signed_in(world)
    visitor = await _asked(world, browser, **TWO)
    cookies = dict(browser.http.cookies)
    browser.http.cookies.delete("idp-session")
    response = await submit_raw(visitor, code=totp_at(world.clock.now()))
    assert is_asking(await browser.follow(response), "login")
    await browser.sign_in(BOB, prompt="login")
    response = await submit_raw(visitor, code=totp_at(world.clock.now()))
    assert not is_asking(await browser.follow(response), "consent")
    assert await world.rows("SELECT 1 FROM session WHERE acr <> '1'") == []
    assert await world.rows("SELECT 1 FROM totp WHERE used_at IS NOT NULL") == []
    browser.http.cookies.clear()
    browser.http.cookies.update(cookies)


async def test_other_tab_that_signs_in_somebody_else_gets_no_factor_of_the_first(world: World) -> None:
    """Peers' lists, item 16: the proof waits for the session that it was given for."""
    browser, _ = await _signed_in(world)
    visitor = await _asked(world, browser, **TWO)
    response = await submit_raw(visitor, code=totp_at(world.clock.now()))
    assert response.status_code == 303
    await browser.sign_in(BOB, prompt="login")
    page = await browser.follow(await browser.get(response.headers["location"]))
    assert await world.rows("SELECT 1 FROM session WHERE acr <> '1'") == []
    assert page.status_code in (200, 303)


async def test_two_tabs_at_once(world: World) -> None:
    """Both steps are asked; one code serves one of them, the other is asked for nothing more."""
    browser, _ = await _signed_in(world)
    one, two = await _asked(world, browser, **TWO), await _asked(world, browser, **TWO)
    code = totp_at(world.clock.now())
    responses = await asyncio.gather(submit_raw(one, code=code), submit_raw(two, code=code))
    ends = [await _end(browser, response) for response in responses]
    assert "code" in {*ends}
    assert await world.rows("SELECT count(*), max(acr) FROM session WHERE ended_at IS NULL") == [(1, "2")]
    assert "code" in answer(await browser.authorize(**TWO))


async def _end(browser: Browser, response: httpx2.Response) -> str:
    response = await browser.follow(response)
    return "code" if response.status_code == 303 and "code" in answer(response) else "page"


async def test_guesses_of_a_step_up_are_counted_too(sqlite_world: World) -> None:
    browser, _ = await _signed_in(sqlite_world)
    visitor = await _asked(sqlite_world, browser, **TWO)
    for _ in range(4):
        assert (await visitor.enter("000000")).status_code == 422
    assert (await visitor.enter("000000")).status_code == 429
    assert await is_signed_in(browser)


async def test_back_button_finds_nothing_to_do_twice(sqlite_world: World) -> None:
    browser, _ = await _signed_in(sqlite_world)
    visitor = await _asked(sqlite_world, browser, **TWO)
    page, path = visitor.page, visitor.path
    await visitor.enter(totp_at(sqlite_world.clock.now()))
    sqlite_world.clock.pass_(30)
    visitor.page = page
    response = await submit_raw(visitor, code=totp_at(sqlite_world.clock.now()))
    assert "code" in answer(await browser.follow(response))
    # The application begins anew, with a state of its own.
    response = await browser.follow(await browser.get(path))
    assert response.headers["location"].startswith("http://localhost:8001/login?iss=")
