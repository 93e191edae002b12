"""The wizard: two-factor authentication is turned on step by step, and nothing is lost on the way."""

import re
from html import unescape

import pyotp
import pytest

from tests.portal.pressing import forms_of, open_account, press
from tests.portal.setting_up import (
    SECURITY,
    SET_UP,
    choose,
    codes_of,
    options_of,
    secret_of,
    turned_on,
    with_app,
)
from tests.support.authenticator import SoftwareKey
from tests.support.mail import delivered
from tests.support.world import PASSWORD, World


async def test_an_app_turns_two_factor_authentication_on(world: World) -> None:
    browser = world.browser()
    page = await open_account(browser, SECURITY)
    assert ">Off<" in page.text
    await delivered(world)
    page = await choose(browser, "totp")
    assert "Step 2 of 4" in page.text
    assert "<svg" in page.text
    secret = secret_of(page)
    code = pyotp.TOTP(secret).at(world.clock.at)
    page = await browser.follow(
        await press(browser, page, "set-up", "continue", code=f"{code[:3]} {code[3:]}", name="My phone")
    )
    assert "Step 3 of 4" in page.text
    codes = codes_of(page)
    assert len(set(codes)) == 10
    # A device is set up, and nothing is on yet: nobody could be locked out who stops here.
    assert await world.rows("SELECT two_factor_at FROM security WHERE two_factor_at IS NOT NULL") == []
    assert codes_of(await browser.get(str(page.url))) == codes
    done = await browser.follow(await press(browser, page, "backup-codes", "continue", saved="1"))
    assert "Step 4 of 4" in done.text
    assert not codes_of(done)
    security = await browser.get(SECURITY)
    assert ">On<" in security.text
    assert "My phone" in security.text
    assert "10 codes left" in security.text
    mails = await delivered(world)
    assert {mail.to for mail in mails} == {"alice@example.test"}
    assert len(mails) == 2


@pytest.mark.requirement("S46")
async def test_backup_codes_are_digests_and_wait_until_they_are_kept(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    _, page = await with_app(browser, world)
    refused = await press(browser, page, "backup-codes", "continue")
    assert refused.status_code == 422
    assert codes_of(refused) == codes_of(page)
    assert await world.rows("SELECT digest FROM backup_code") == []
    await press(browser, page, "backup-codes", "continue", saved="1")
    assert len(await world.rows("SELECT digest FROM backup_code")) == 10
    assert await world.rows("SELECT sealed FROM enrolment WHERE sealed IS NOT NULL AND kind = 'totp'") == []


async def test_a_second_submission_of_each_step_changes_nothing(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    first = await choose(browser, "totp")
    code = pyotp.TOTP(secret_of(first)).at(world.clock.at)
    second = await browser.follow(await press(browser, first, "set-up", "continue", code=code))
    again = await browser.follow(await press(browser, first, "set-up", "continue", code=code))
    assert codes_of(again) == codes_of(second)
    third = await browser.follow(await press(browser, second, "backup-codes", "continue", saved="1"))
    again = await browser.follow(await press(browser, second, "backup-codes", "continue", saved="1"))
    assert again.text.split("<main")[1] == third.text.split("<main")[1]
    assert await world.rows("SELECT COUNT(*) FROM totp") == [(1,)]
    assert await world.rows("SELECT COUNT(*) FROM backup_code") == [(10,)]
    turned = "SELECT COUNT(*) FROM audit_event WHERE type = 'two_factor.turned_on'"
    assert await world.rows(turned) == [(1,)]


async def test_ways_that_are_open_in_two_tabs_both_go_on(sqlite_world: World) -> None:
    browser, clock = sqlite_world.browser(), sqlite_world.clock
    await open_account(browser, SECURITY)
    app = await choose(browser, "totp")
    link = re.search(r'href="([^"]*choose=1)"', app.text)
    assert link is not None
    chooser = await browser.get(unescape(link[1]))
    assert "Step 1 of 4" in chooser.text
    key = await browser.follow(await press(browser, chooser, "set-up", "security-key"))
    assert secret_of(await browser.get(str(app.url))) == secret_of(app)
    code = pyotp.TOTP(secret_of(app)).at(clock.at)
    page = await browser.follow(await press(browser, app, "set-up", "continue", code=code))
    await press(browser, page, "backup-codes", "continue", saved="1")
    answer = SoftwareKey().create(options_of(key))
    page = await browser.follow(await press(browser, key, "set-up", "continue", answer=answer))
    assert len(codes_of(page)) == 10
    await press(browser, page, "backup-codes", "continue", saved="1")
    assert await sqlite_world.rows("SELECT COUNT(*) FROM backup_code") == [(10,)]


async def test_a_step_works_for_half_an_hour_and_then_begins_anew(sqlite_world: World) -> None:
    browser, clock = sqlite_world.browser(), sqlite_world.clock
    await open_account(browser, SECURITY)
    page = await choose(browser, "totp")
    clock.pass_(1_799)
    code = pyotp.TOTP(secret_of(page)).at(clock.at)
    codes = await browser.follow(await press(browser, page, "set-up", "continue", code=code))
    assert codes_of(codes)
    clock.pass_(1)
    late = await press(browser, codes, "backup-codes", "continue", saved="1")
    assert (late.status_code, late.headers["location"]) == (303, SET_UP)
    assert await sqlite_world.rows("SELECT two_factor_at FROM security WHERE two_factor_at IS NOT NULL") == []


@pytest.mark.requirement("S50")
async def test_setting_up_asks_for_a_recent_proof_at_its_start(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    world.clock.pass_(301)
    for path in (SET_UP, "/account/security/passkey"):
        page = await browser.follow(await browser.get(path))
        assert 'id="login"' in page.text
    page = await browser.follow(await browser.submit(page, username="aa11111-ovh", password=PASSWORD))
    assert 'id="set-up"' in page.text
    await turned_on(browser, world)
    # Now a password is not enough any more: it takes the device.
    world.clock.pass_(301)
    page = await browser.follow(await browser.get("/account/security/backup-codes"))
    assert 'id="second-factor"' in page.text


async def test_nobody_goes_on_with_what_another_session_began(world: World) -> None:
    alice, elsewhere, bob = world.browser(), world.browser(), world.browser()
    await open_account(alice, SECURITY)
    page = await choose(alice, "totp")
    _, hidden = forms_of(page)["set-up"]
    code = pyotp.TOTP(secret_of(page)).at(world.clock.at)
    for browser, identifier in ((elsewhere, "aa11111-ovh"), (bob, "bb22222-ovh")):
        await open_account(browser, SECURITY, identifier=identifier)
        own = await choose(browser, "totp")
        shown = await browser.follow(await browser.get(f"{SET_UP}?enrolment={hidden['enrolment']}"))
        assert "Step 1 of 4" in shown.text
        answered = await press(browser, own, "set-up", "continue", enrolment=hidden["enrolment"], code=code)
        assert (answered.status_code, answered.headers["location"]) == (303, SET_UP)
    assert await world.rows("SELECT totp_id FROM totp") == []
    assert codes_of(await alice.follow(await press(alice, page, "set-up", "continue", code=code)))


@pytest.mark.parametrize("enrolment", ["", "x", "0" * 32, "' OR 1=1 --", "a" * 4_096, "\u0661" * 32])
async def test_an_unknown_row_begins_anew(sqlite_world: World, enrolment: str) -> None:
    browser = sqlite_world.browser()
    await open_account(browser, SECURITY)
    page = await choose(browser, "totp")
    shown = await browser.follow(await browser.http.get(SET_UP, params={"enrolment": enrolment}))
    assert "Step 1 of 4" in shown.text
    answered = await press(browser, page, "set-up", "continue", enrolment=enrolment, code="123456")
    assert answered.status_code == 303


async def test_two_factor_authentication_is_turned_on_again_with_the_app_that_is_there(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    secret, former = await turned_on(browser, world)
    page = await browser.get("/account/security/turn-off")
    await press(browser, page, "turn-off", "turn-off")
    page = await browser.follow(await browser.get(SET_UP))
    asked = await browser.follow(await press(browser, page, "set-up", "existing"))
    world.clock.pass_(30)
    code = pyotp.TOTP(secret).at(world.clock.at)
    page = await browser.follow(await press(browser, asked, "second-factor", "continue", code=code))
    page = await browser.follow(await press(browser, page, "set-up", "existing"))
    assert not set(codes_of(page)) & set(former)
    done = await browser.follow(await press(browser, page, "backup-codes", "continue", saved="1"))
    assert "Two-factor authentication is on" in done.text
    assert await world.rows("SELECT COUNT(*) FROM totp") == [(1,)]


async def test_a_device_s_name_brings_no_message_into_our_mail(sqlite_world: World) -> None:
    """Whoever is in an account names devices, and its owner gets a mail with our letterhead."""
    browser = sqlite_world.browser()
    await open_account(browser, SECURITY)
    page = await choose(browser, "totp")
    code = pyotp.TOTP(secret_of(page)).at(sqlite_world.clock.at)
    await delivered(sqlite_world)
    name = "Blocked, call +33 1 99 00 00 99"
    await browser.follow(await press(browser, page, "set-up", "continue", code=code, name=name))
    [mail] = await delivered(sqlite_world)
    assert "authenticator app" in mail.subject
    assert "Blocked, call" not in mail.text + mail.html
