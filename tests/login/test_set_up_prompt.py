"""Forced enrolment: whoever has to have two factors sets one up inside the sign-in, and no path skips it."""

import json

import httpx2
import pyotp
import pytest

from tests.portal.pressing import forms_of, press
from tests.portal.setting_up import codes_of, options_of, secret_of
from tests.support.authenticator import SoftwareKey
from tests.support.world import PASSWORD, Browser, World, answer

ADA = "ad90000-ovh"


async def asked_to_set_up(browser: Browser, **parameters: str) -> httpx2.Response:
    """Sign in with Ada's password: an administrator has to have two factors, and she has none yet."""
    login = await browser.authorize(**parameters)
    page = await browser.follow(await browser.submit(login, username=ADA, password=PASSWORD))
    assert page.url.path.endswith("/set-up"), page.url
    return page


async def with_app(browser: Browser, page: httpx2.Response, world: World) -> httpx2.Response:
    page = await browser.follow(await press(browser, page, "set-up", "totp"))
    code = pyotp.TOTP(secret_of(page)).at(world.clock.at)
    return await browser.follow(await press(browser, page, "set-up", "continue", code=code))


async def test_an_administrator_sets_an_app_up_and_is_signed_in_with_two_factors(world: World) -> None:
    browser = world.browser()
    page = await asked_to_set_up(browser)
    assert "To go on to <bdi>Manager</bdi>" in page.text
    page = await with_app(browser, page, world)
    assert len(codes_of(page)) == 10
    done = await browser.follow(await press(browser, page, "backup-codes", "continue", saved="1"))
    assert "code" in answer(done)
    [(acr, amr)] = await world.rows("SELECT acr, amr FROM session")
    assert (acr, json.loads(amr)) == ("2", ["pwd", "otp", "mfa"])
    assert await world.rows("SELECT two_factor_at FROM security") == [(world.clock.at,)]
    assert await world.rows("SELECT COUNT(*) FROM backup_code") == [(10,)]


@pytest.mark.parametrize(("key", "acr"), [(SoftwareKey.u2f(), "3"), (SoftwareKey(), "3")])
async def test_a_key_does_as_well(sqlite_world: World, key: SoftwareKey, acr: str) -> None:
    browser = sqlite_world.browser()
    page = await asked_to_set_up(browser)
    page = await browser.follow(await press(browser, page, "set-up", "security-key"))
    page = await browser.follow(
        await press(browser, page, "set-up", "continue", answer=key.create(options_of(page)))
    )
    done = await browser.follow(await press(browser, page, "backup-codes", "continue", saved="1"))
    assert "code" in answer(done)
    assert await sqlite_world.rows("SELECT acr FROM session") == [(acr,)]


async def test_nothing_is_issued_on_any_way_around(world: World) -> None:
    browser = world.browser()
    page = await asked_to_set_up(browser)
    interaction = page.url.path.rsplit("/", 1)[0]
    for path in (interaction, f"{interaction}/consent", f"{interaction}/select-account", "/account"):
        shown = await browser.follow(await browser.get(path))
        assert not shown.is_redirect
        assert shown.url.path.endswith(("/set-up", "/login")), path
    for action in ("continue", "skip", "cancel", "existing", "", "backup-codes"):
        shown = await browser.follow(await press(browser, page, "set-up", action))
        assert shown.url.path.endswith("/set-up")
    for form in ("backup-codes", "totp", "key", "phone", "done"):
        shown = await browser.follow(
            await press(browser, page, "set-up", "continue", form=form, saved="1", code="000000")
        )
        assert shown.url.path.endswith("/set-up")
    assert answer(await browser.authorize(prompt="none"))["error"] == "login_required"
    assert await world.rows("SELECT session_id FROM session") == []


async def test_stopping_at_the_backup_codes_leaves_nobody_in_and_nobody_out(world: World) -> None:
    browser = world.browser()
    page = await asked_to_set_up(browser)
    codes = await with_app(browser, page, world)
    interaction = page.url.path.rsplit("/", 1)[0]
    elsewhere = await browser.follow(await browser.get(interaction))
    assert 'id="second-factor"' in elsewhere.text
    assert await world.rows("SELECT session_id FROM session") == []
    # The page with the codes is open still, and goes on.
    assert codes_of(await browser.get(str(codes.url))) == codes_of(codes)
    done = await browser.follow(await press(browser, codes, "backup-codes", "continue", saved="1"))
    assert "code" in answer(done)


async def test_whoever_has_a_device_adds_none_instead_of_proving_it(world: World) -> None:
    browser, thief = world.browser(), world.browser()
    page = await asked_to_set_up(browser)
    page = await with_app(browser, page, world)
    await press(browser, page, "backup-codes", "continue", saved="1")
    login = await thief.authorize()
    asked = await thief.follow(await thief.submit(login, username=ADA, password=PASSWORD))
    assert 'id="second-factor"' in asked.text
    interaction = asked.url.path.rsplit("/", 1)[0]
    own = await thief.follow(await thief.get(f"{interaction}/set-up"))
    assert 'id="second-factor"' in own.text
    _, hidden = forms_of(page)["backup-codes"]
    stolen = await thief.follow(await thief.get(f"{interaction}/set-up?enrolment={hidden['enrolment']}"))
    assert 'id="second-factor"' in stolen.text


async def test_another_browser_does_not_go_on(sqlite_world: World) -> None:
    browser, other = sqlite_world.browser(), sqlite_world.browser()
    page = await asked_to_set_up(browser)
    app = await browser.follow(await press(browser, page, "set-up", "totp"))
    await other.authorize()
    shown = await other.get(str(app.url))
    assert "secret" not in shown.text
    assert shown.is_redirect


async def test_a_second_submission_ends_at_the_application_too(world: World) -> None:
    browser = world.browser()
    page = await with_app(browser, await asked_to_set_up(browser), world)
    first = await press(browser, page, "backup-codes", "continue", saved="1")
    second = await press(browser, page, "backup-codes", "continue", saved="1")
    assert first.status_code == second.status_code == 303
    assert "code" in answer(await browser.follow(second))
    assert await world.rows("SELECT COUNT(*) FROM totp") == [(1,)]


async def test_who_signs_in_again_does_not_go_on_with_what_was_proven_before(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await asked_to_set_up(browser)
    codes = await with_app(browser, page, sqlite_world)
    sqlite_world.clock.pass_(1)
    login = await browser.get(page.url.path.replace("/set-up", "/login"))
    again = await browser.follow(await browser.submit(login, username=ADA, password=PASSWORD))
    assert 'id="second-factor"' in again.text
    shown = await browser.follow(await browser.get(str(codes.url)))
    assert 'id="second-factor"' in shown.text
    shown = await browser.follow(await press(browser, codes, "backup-codes", "continue", saved="1"))
    assert 'id="second-factor"' in shown.text
    assert await sqlite_world.rows("SELECT session_id FROM session") == []


async def test_cancelling_leads_away_without_a_session(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await asked_to_set_up(browser)
    away = page.text.split('class="other-ways"')[1].split('href="')[1].split('"')[0]
    assert 'id="login"' in (await browser.get(away)).text
    assert await sqlite_world.rows("SELECT session_id FROM session") == []


async def test_a_session_that_lacks_a_factor_is_raised_by_setting_one_up(world: World) -> None:
    browser = world.browser()
    await browser.sign_in()
    [before] = await world.rows("SELECT session_id, sid, authenticated_at FROM session")
    claims = json.dumps({"id_token": {"acr": {"essential": True, "values": ["2"]}}})
    page = await browser.authorize(claims=claims)
    assert page.url.path.endswith("/set-up")
    page = await browser.follow(await press(browser, page, "set-up", "totp"))
    code = pyotp.TOTP(secret_of(page)).at(world.clock.at)
    done = await browser.follow(await press(browser, page, "set-up", "continue", code=code))
    assert "code" in answer(done)
    assert await world.rows("SELECT session_id, sid, authenticated_at FROM session") == [before]
    assert await world.rows("SELECT acr FROM session") == [("2",)]


async def test_setting_up_for_an_older_session_asks_for_the_password_first(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await browser.sign_in()
    sqlite_world.clock.pass_(301)
    claims = json.dumps({"id_token": {"acr": {"essential": True, "values": ["2"]}}})
    page = await browser.authorize(claims=claims)
    assert 'id="login"' in page.text
    page = await browser.follow(await browser.submit(page, username="aa11111-ovh", password=PASSWORD))
    assert page.url.path.endswith("/set-up")


async def test_a_demanded_rung_offers_only_what_reaches_it(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    claims = json.dumps({"id_token": {"acr": {"essential": True, "values": ["3"]}}})
    login = await browser.authorize(claims=claims)
    page = await browser.follow(await browser.submit(login, username="aa11111-ovh", password=PASSWORD))
    assert page.url.path.endswith("/set-up")
    assert 'value="totp"' not in page.text
    page = await browser.follow(await press(browser, page, "set-up", "security-key"))
    done = await browser.follow(
        await press(browser, page, "set-up", "continue", answer=SoftwareKey.u2f().create(options_of(page)))
    )
    assert "code" in answer(done)
    assert await sqlite_world.rows("SELECT acr FROM session") == [("3",)]
    # An application asked for it, not the operator: two-factor authentication is its owner's choice still.
    assert await sqlite_world.rows("SELECT two_factor_at FROM security") == [(None,)]
