"""Links that say “this wasn’t me” end what is their owner's, lead to a new password, and to nothing else."""

import re
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from idp.config.signing_in import Risk
from tests.attacks.paused import (
    ALICE,
    BOB,
    Paused,
    at_email_code,
    at_second_factor,
    sign_in_with_app,
    sign_in_with_code,
)
from tests.login.signing_in import is_signed_in
from tests.support.factors import totp_at
from tests.support.mail import Mail, delivered
from tests.support.world import World, answer, open_risky_world, risky_settings

pytestmark = pytest.mark.requirement("S33")

FIREFOX = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
NEW_PASSWORD = "a wholly different sentence"
LINK = re.compile(r"http://localhost:8000(/not-me/[0-9A-Za-z_-]+)")


def _link(mails: list[Mail]) -> str:
    found = [LINK.search(mail.text) for mail in mails]
    return next(match[1] for match in found if match)


async def _new_password(world: World, link: str) -> None:
    browser = world.browser(address="203.0.113.9")
    page = await browser.follow(await browser.submit(await browser.get(link)))
    assert "new-password" in page.url.path
    await browser.follow(await browser.submit(page, password=NEW_PASSWORD))


async def test_link_signs_nobody_in(risky_world: World) -> None:
    """Whoever reads a mailbox, and presses every button, is asked for everything all the same."""
    await sign_in_with_app(risky_world, risky_world.browser())
    browser = risky_world.browser(address="203.0.113.9")
    link = _link(await delivered(risky_world))
    page = await browser.follow(await browser.submit(await browser.get(link)))
    await browser.follow(await browser.submit(page, password=NEW_PASSWORD))
    assert "idp-session" not in browser.http.cookies
    assert not await is_signed_in(browser)
    # With the password that they chose they still owe the factor.
    paused = await Paused.at_login(risky_world, browser=browser)
    await paused.password(BOB, NEW_PASSWORD)
    assert paused.is_at("second-factor")
    assert await risky_world.rows("SELECT count(*) FROM totp") == [(1,)]
    assert [on for (on,) in await risky_world.rows("SELECT two_factor_at FROM security")] != [None]


async def test_password_that_a_link_chose_is_not_enough_in_a_new_browser(
    database_url: str, tmp_path: Path
) -> None:
    """Somebody read one mail, sits in the owner's own network, and has a browser like theirs."""
    settings = risky_settings(database_url, tmp_path, risk=Risk(least_sign_ins=0))
    async with open_risky_world(settings) as world:
        for _ in range(8):
            await sign_in_with_code(world, world.browser(headers=FIREFOX))
            world.clock.pass_(86_400)
        usual = await Paused.at_login(world, browser=world.browser(headers=FIREFOX))
        await usual.password()
        assert "code" in answer(usual.page), "a private window at home is not asked"
        await _new_password(world, _link([*reversed(await delivered(world))]))
        thief = await Paused.at_login(world, browser=world.browser(headers=FIREFOX))
        await thief.password(ALICE, NEW_PASSWORD)
        assert thief.is_at("email-code")


async def test_link_to_a_new_password_is_used_once(risky_world: World) -> None:
    paused = await at_email_code(risky_world)
    link = _link(await delivered(risky_world))
    browser = risky_world.browser()
    page = await browser.follow(await browser.submit(await browser.get(link)))
    await browser.follow(await browser.submit(page, password=NEW_PASSWORD))
    again = await browser.submit(page, password="another sentence altogether")
    assert again.status_code == 404
    assert (await browser.get(link)).status_code == 404
    assert (await browser.get(urlsplit(str(page.url)).path)).status_code == 404
    # What was under way with the old password is over.
    await paused.next()
    assert paused.is_at("login") or paused.page.is_redirect
    assert await risky_world.rows("SELECT session_id FROM session") == []


async def test_opening_a_link_changes_nothing(risky_world: World) -> None:
    """Mail scanners and browsers that prefetch open links; another site's page posts to them."""
    await at_email_code(risky_world)
    link = _link(await delivered(risky_world))
    scanner = risky_world.browser()
    for _ in range(3):
        assert (await scanner.get(link)).status_code == 200
    forged = await scanner.http.post(
        link, data={"action": "continue"}, headers={"origin": "https://evil.test"}
    )
    assert forged.status_code == 403
    ended = await risky_world.rows("SELECT ended_at FROM challenge WHERE ended_at IS NOT NULL")
    assert ended == []
    assert await risky_world.rows("SELECT stolen_at FROM security WHERE stolen_at IS NOT NULL") == []


async def test_link_of_one_purpose_opens_no_page_of_another(risky_world: World) -> None:
    await at_email_code(risky_world)
    value = _link(await delivered(risky_world)).rpartition("/")[2]
    browser = risky_world.browser()
    for path in ("/new-password/", "/enrol/"):
        assert (await browser.get(path + value)).status_code == 404
    for guess in (value[:-1], value[::-1], value.upper(), value + "A", "A" * 64):
        assert (await browser.get("/not-me/" + guess)).status_code == 404


async def test_link_ends_nothing_of_who_went_on_in_the_same_sign_in(risky_world: World) -> None:
    """Mallory types a password of theirs into the victim's browser, to get a link about the victim's sign-in."""
    paused = await at_email_code(risky_world)
    link = _link(await delivered(risky_world))
    await paused.password(BOB)
    assert paused.is_at("second-factor")
    # In the middle of it …
    mallory = risky_world.browser(address="203.0.113.9")
    await mallory.submit(await mallory.get(link))
    await paused.next()
    assert paused.is_at("second-factor")
    # … and when it is a session with tokens.
    other = await at_email_code(risky_world, ALICE, address="203.0.113.10")
    second = _link(await delivered(risky_world))
    await sign_in_with_app(risky_world, other.browser)
    risky_world.clock.pass_(30)
    await other.password(BOB)
    code = totp_at(risky_world.clock.now())
    await other.post("second-factor", action="continue", way="totp", code=code)
    tokens = (await other.browser.redeem(other.page)).json()
    await mallory.submit(await mallory.get(second))
    assert await is_signed_in(other.browser)
    refreshed = await other.browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.status_code == 200


async def test_report_ends_the_reported_sign_in(risky_world: World) -> None:
    thief = await at_email_code(risky_world)
    mails = await delivered(risky_world)
    owner = risky_world.browser()
    await owner.submit(await owner.get(_link(mails)))
    for code in re.findall(r"\b\d{4} \d{4}\b", mails[0].text):
        await thief.send("email-code", action="continue", code=code)
    await thief.send("email-code", action="resend")
    assert await risky_world.rows("SELECT session_id FROM session") == []
    assert await delivered(risky_world) == []
    # From now on every sign-in is risky, also where the browser was known.
    known = await Paused.at_login(risky_world)
    await known.password()
    assert known.is_at("email-code")


async def test_report_ends_the_session_of_a_new_browser(risky_world: World) -> None:
    thief = risky_world.browser()
    await sign_in_with_code(risky_world, thief)
    mails = [mail for mail in await delivered(risky_world) if "code" not in mail.subject.lower()]
    owner = risky_world.browser()
    await owner.submit(await owner.get(_link(mails)))
    assert not await is_signed_in(thief)
    paused = await Paused.at_login(risky_world, browser=thief)
    await paused.password()
    assert paused.is_at("email-code")


async def test_half_a_sign_in_is_over_with_the_password_that_it_began_with(risky_world: World) -> None:
    """The thief waits at the factor while the owner chooses another password."""
    thief = await at_second_factor(risky_world)
    await sign_in_with_app(risky_world, risky_world.browser())
    await _new_password(risky_world, _link(await delivered(risky_world)))
    risky_world.clock.pass_(60)
    code = totp_at(risky_world.clock.now())
    await thief.post("second-factor", action="continue", way="totp", code=code)
    assert thief.is_at("login")
    living = await risky_world.rows("SELECT session_id FROM session WHERE ended_at IS NULL")
    assert living == []
