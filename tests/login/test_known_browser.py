"""A browser that proved more than a password is not asked for a code again, and nobody else gains by its cookie."""

import httpx2

from tests.login.coded import Visitor, ask_for_code, code_in, mailed_code, mails_to
from tests.support.factors import totp_at
from tests.support.mail import delivered
from tests.support.world import PASSWORD, Browser, World, answer, is_asking

DEVICE = "idp-device"


async def test_known_browser_is_not_asked_after_signing_out(risky_world: World) -> None:
    alice = await _known(risky_world)
    alice.http.cookies.set("other-application", "kept")
    await _sign_out(alice)
    again = await alice.sign_in()
    assert "code" in answer(again)
    assert alice.http.cookies["other-application"] == "kept"
    assert await mails_to(risky_world, "code") == []


async def test_cookie_changes_with_each_sign_in_and_the_row_stays(risky_world: World) -> None:
    alice = await _known(risky_world)
    values = {alice.http.cookies[DEVICE]}
    for _ in range(3):
        await _sign_out(alice)
        await alice.sign_in()
        values.add(alice.http.cookies[DEVICE])
    assert len(values) == 4
    assert await risky_world.rows("SELECT count(*) FROM device") == [(1,)]


async def test_copied_cookie_that_comes_back_late_is_worth_nothing_to_anybody(risky_world: World) -> None:
    alice = await _known(risky_world)
    stolen = alice.http.cookies[DEVICE]
    await _sign_out(alice)
    await alice.sign_in()
    risky_world.clock.pass_(61)
    await delivered(risky_world)

    thief = risky_world.browser()
    thief.http.cookies.set(DEVICE, stolen)
    assert is_asking(await thief.sign_in(), "email-code")
    assert await risky_world.rows("SELECT revoked_reason FROM device WHERE revoked_at IS NOT NULL") == [
        ("cloned",)
    ]
    [code, notice] = sorted(await delivered(risky_world), key=lambda mail: "code" not in mail.subject)
    assert code_in(code)
    assert "/not-me/" in notice.text

    await _sign_out(alice)
    assert is_asking(await alice.sign_in(), "email-code")


async def test_replaced_cookie_serves_parallel_tabs_for_a_minute(risky_world: World) -> None:
    alice = await _known(risky_world)
    before = alice.http.cookies[DEVICE]
    await _sign_out(alice)
    await alice.sign_in()
    after = alice.http.cookies[DEVICE]
    risky_world.clock.pass_(60)

    tab = risky_world.browser()
    tab.http.cookies.set(DEVICE, before)
    assert "code" in answer(await tab.sign_in())
    assert tab.http.cookies[DEVICE] == before, "the tab that was quicker has the next one"
    await _sign_out(alice)
    assert "code" in answer(await alice.sign_in())
    assert alice.http.cookies[DEVICE] != after


async def test_cookie_of_another_account_is_no_known_browser(risky_world: World) -> None:
    bob = await _bob(risky_world, risky_world.browser())
    mallory = risky_world.browser()
    mallory.http.cookies.set(DEVICE, bob.http.cookies[DEVICE])
    assert is_asking(await mallory.sign_in(), "email-code")


async def test_two_people_keep_their_own_tokens_in_one_browser(risky_world: World) -> None:
    shared = await _known(risky_world)
    alone = shared.http.cookies[DEVICE]
    await _sign_out(shared)
    await _bob(risky_world, shared)
    both = shared.http.cookies[DEVICE].split(".")
    assert len(both) == 2
    assert alone in both
    await _sign_out(shared)
    assert "code" in answer(await shared.sign_in())
    assert len(shared.http.cookies[DEVICE].split(".")) == 2
    assert await risky_world.rows("SELECT count(*) FROM device") == [(2,)]


async def test_shared_computer_is_never_remembered(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    browser = visitor.browser
    await mailed_code(risky_world)
    page = await browser.authorize()
    visitor.page = await browser.follow(
        await browser.submit(page, username="aa11111-ovh", password=PASSWORD, shared_computer="1")
    )
    await visitor.enter(await mailed_code(risky_world))
    assert "code" in answer(visitor.page)
    assert DEVICE not in browser.http.cookies
    assert await risky_world.rows("SELECT count(*) FROM device") == [(0,)]


async def test_password_alone_makes_no_browser_known(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    assert is_asking(visitor.page, "email-code")
    assert DEVICE not in visitor.browser.http.cookies
    assert await risky_world.rows("SELECT count(*) FROM device") == [(0,)]


async def test_eleventh_browser_takes_the_place_of_the_one_longest_unused(risky_world: World) -> None:
    first = await _known(risky_world)
    for number in range(10):
        risky_world.clock.pass_(600)
        await _known(risky_world, address=f"192.0.2.{number + 10}")
    living = await risky_world.rows("SELECT count(*) FROM device WHERE revoked_at IS NULL")
    assert living == [(10,)]
    await _sign_out(first)
    assert is_asking(await first.sign_in(), "email-code")


async def test_owner_is_told_of_new_browsers_and_of_no_others(risky_world: World) -> None:
    alice = await _known(risky_world)
    [notice] = await delivered(risky_world)
    assert notice.to == "alice@example.test"
    assert "Roubaix" in notice.text
    assert "/not-me/" in notice.text
    await _sign_out(alice)
    await alice.sign_in()
    assert await delivered(risky_world) == []


async def test_malformed_device_cookies_are_unknown_browsers(risky_world: World) -> None:
    for value in (".", "....", "a." * 100 + "a", "x" * 512):
        browser = risky_world.browser()
        browser.http.cookies.set(DEVICE, value)
        visitor = Visitor(world=risky_world, browser=browser, page=await browser.sign_in())
        await visitor.enter(await mailed_code(risky_world))
        assert "code" in answer(visitor.page)
        risky_world.clock.pass_(120)


async def _known(
    world: World, who: str = "aa11111-ovh", *, address: str = "192.0.2.1", browser: Browser | None = None
) -> Browser:
    """Sign in with a mailed code."""
    if browser is None:
        visitor = await ask_for_code(world, who, address=address)
    else:
        visitor = Visitor(world=world, browser=browser, page=await browser.sign_in(who))
    await visitor.enter(await mailed_code(world))
    assert "code" in answer(visitor.page)
    return visitor.browser


async def _bob(world: World, browser: Browser) -> Browser:
    """Sign Bob in with his app."""
    page = await browser.sign_in("bb22222-ovh")
    redirect = await browser.follow(
        await browser.submit(page, "second-factor", code=totp_at(world.clock.now()))
    )
    assert "code" in answer(redirect)
    return browser


async def _sign_out(browser: Browser) -> httpx2.Response:
    page = await browser.get("/logout")
    return await browser.submit(page)
