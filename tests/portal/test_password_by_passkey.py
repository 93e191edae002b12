"""A new password without the current one: for who has just signed in by a passkey, and for nobody else."""

from tests.login.proving import BOB, give_key, sign_in_by_app, sign_in_with_passkey
from tests.portal.pressing import open_account, press
from tests.portal.ways_back import CHOSEN
from tests.support.authenticator import SoftwareKey
from tests.support.factors import totp_at
from tests.support.world import Browser, World, is_asking

PATH = "/account/password"


async def wants_current(browser: Browser) -> bool:
    page = await browser.get(PATH)
    assert 'id="change-password"' in page.text, page.text
    return 'autocomplete="current-password"' in page.text


async def test_a_passkey_does_instead_of_the_current_password(world: World) -> None:
    key, browser = SoftwareKey(), world.browser()
    await give_key(world, "alice", key, is_passkey=True)
    await open_account(browser, PATH)
    assert await wants_current(browser)
    page = await browser.get(PATH)
    login = await browser.follow(await press(browser, page, "change-password", "other-way"))
    assert is_asking(login, "login")
    page = await browser.follow(await sign_in_with_passkey(browser, key, login))
    assert page.url.path == PATH
    assert 'autocomplete="current-password"' not in page.text
    changed = await press(browser, page, "change-password", "continue", password=CHOSEN, sign_out="1")
    assert changed.headers["location"] == "/account/security"
    assert not is_asking(await world.browser().sign_in(password=CHOSEN), "login")


async def test_a_passkey_of_a_while_ago_does_not(risky_world: World) -> None:
    key, browser = SoftwareKey(), risky_world.browser()
    await give_key(risky_world, "alice", key, is_passkey=True)
    await sign_in_with_passkey(browser, key)
    assert not await wants_current(browser)
    risky_world.clock.pass_(risky_world.house.settings.factors.recent_seconds + 1)
    assert await wants_current(browser)


async def test_an_app_that_was_shown_since_makes_no_passkey_recent(risky_world: World) -> None:
    key, browser = SoftwareKey(), risky_world.browser()
    await give_key(risky_world, "bob", key, is_passkey=True)
    await sign_in_with_passkey(browser, key)
    risky_world.clock.pass_(risky_world.house.settings.factors.recent_seconds + 1)
    asked = await browser.follow(await browser.get(PATH))
    assert is_asking(asked, "second-factor")
    code = totp_at(risky_world.clock.now())
    page = await browser.follow(
        await browser.submit(asked, "second-factor", way="totp", code=code, action="continue")
    )
    assert page.url.path == PATH
    assert 'autocomplete="current-password"' in page.text


async def test_a_key_as_second_factor_is_no_password(risky_world: World) -> None:
    """Whoever sits at an open session with the key in hand has proven nothing that its owner knows."""
    visitor = await sign_in_by_app(risky_world, BOB)
    assert await wants_current(visitor.browser)
    page = await visitor.browser.get(PATH)
    refused = await press(visitor.browser, page, "change-password", "continue", password=CHOSEN)
    assert refused.status_code == 422
    assert 'href="#current"' in refused.text
