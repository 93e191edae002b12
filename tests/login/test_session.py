"""How long somebody stays signed in, and what a session keeps when its person, its cookie or its limits change."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from http.cookies import Morsel, SimpleCookie
from pathlib import Path

import httpx2
import pytest

from idp.account.ending import end_all_sessions
from idp.account.status import disable_account, enable_account
from idp.app import create_app
from idp.records.event import Occasion
from idp.store.accounts import PERSON_BY_SUBJECT
from tests.support.world import PASSWORD, START, Browser, World, answer, asked, open_world, settings_for

HOUR = 3_600
HTTPS = "https://login.example.test"


@pytest.fixture
async def https_browser(sqlite_url: str, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser of an issuer with TLS."""
    settings = replace(settings_for(sqlite_url, tmp_path), issuer=HTTPS)
    async with open_world(settings) as world:
        transport = httpx2.ASGITransport(app=create_app(world.house))
        async with httpx2.AsyncClient(transport=transport, base_url=HTTPS) as http:
            yield http


def _cookies(*responses: httpx2.Response) -> dict[str, Morsel[str]]:
    """What responses set, by name."""
    parsed: SimpleCookie = SimpleCookie()
    for response in responses:
        for header in response.headers.get_list("set-cookie"):
            parsed.load(header)
    return dict(parsed)


async def _is_signed_in(browser: Browser) -> bool:
    return "code" in answer(await browser.authorize(prompt="none"))


async def _sign_in(browser: Browser, who: str = "aa11111-ovh", **fields: str) -> dict[str, Morsel[str]]:
    """Sign in anew; every cookie that was set on the way."""
    page = await browser.authorize(prompt="login")
    response = await browser.submit(page, username=who, password=PASSWORD, **fields)
    responses = [response]
    while response.headers.get("location", "").startswith("/"):
        response = await browser.get(response.headers["location"])
        responses.append(response)
    assert "code" in answer(response)
    return _cookies(*responses)


@pytest.mark.requirement("S60")
async def test_unused_session_ends_after_eight_hours(world: World) -> None:
    browser = world.browser()
    await browser.sign_in()
    world.clock.pass_(8 * HOUR - 1)
    assert await _is_signed_in(browser)
    world.clock.pass_(8 * HOUR)
    assert not await _is_signed_in(browser)


@pytest.mark.requirement("S60")
async def test_session_ends_after_a_day_however_much_it_is_used(world: World) -> None:
    browser = world.browser()
    await browser.sign_in()
    for _ in range(23):
        world.clock.pass_(HOUR)
        assert await _is_signed_in(browser)
    world.clock.pass_(HOUR - 1)
    assert await _is_signed_in(browser)
    world.clock.pass_(1)
    assert not await _is_signed_in(browser)


@pytest.mark.requirement("S60")
async def test_staff_idle_for_a_quarter_of_an_hour(world: World) -> None:
    browser = world.browser()
    await browser.sign_in("ad90000-ovh")
    world.clock.pass_(899)
    assert await _is_signed_in(browser)
    world.clock.pass_(900)
    assert not await _is_signed_in(browser)


@pytest.mark.requirement("S60")
async def test_shared_computer_forgets_sooner_and_remembers_no_browser(world: World) -> None:
    browser = world.browser()
    cookies = await _sign_in(browser, shared_computer="1")
    assert not cookies["idp-session"]["max-age"]
    assert "idp-device" not in cookies
    assert await world.rows("SELECT device_id FROM device") == []
    world.clock.pass_(1_799)
    assert await _is_signed_in(browser)
    world.clock.pass_(1_800)
    assert not await _is_signed_in(browser)


async def test_shared_computer_has_to_be_ticked(sqlite_world: World) -> None:
    page = await sqlite_world.browser().authorize()
    [box] = re.findall(r'<input[^>]*name="shared_computer"[^>]*>', page.text)
    assert "checked" not in box
    for value in ("0", "on", "true"):
        cookies = await _sign_in(sqlite_world.browser(), shared_computer=value)
        assert cookies["idp-session"]["max-age"] == "86400"


async def test_staff_on_a_shared_computer_have_the_shorter_limit(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await _sign_in(browser, "ad90000-ovh", shared_computer="1")
    sqlite_world.clock.pass_(900)
    assert not await _is_signed_in(browser)


@pytest.mark.requirement("S59")
async def test_each_sign_in_changes_the_cookie_and_the_old_one_is_dead(world: World) -> None:
    browser = world.browser()
    first = (await _sign_in(browser))["idp-session"].value
    second = (await _sign_in(browser))["idp-session"].value
    assert len(first) == len(second) == 64
    assert first != second
    thief = world.browser()
    thief.http.headers["cookie"] = f"idp-session={first}"
    assert answer(await thief.get("/authorize", params=asked(prompt="none")))["error"] == "login_required"
    assert await _is_signed_in(browser)


@pytest.mark.requirement("S59")
async def test_planted_session_cookie_is_never_adopted(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    browser.http.headers["cookie"] = "idp-session=" + "A" * 64
    page = await browser.get("/authorize", params=asked())
    assert page.status_code == 303
    del browser.http.headers["cookie"]
    cookies = await _sign_in(browser)
    assert cookies["idp-session"].value != "A" * 64


@pytest.mark.requirement("S59")
async def test_only_digests_are_stored(world: World) -> None:
    browser = world.browser()
    cookies = await _sign_in(browser)
    stored = str(await world.rows("SELECT digest, session_id, sid FROM session"))
    stored += str(await world.rows("SELECT digest, device_id FROM device"))
    stored += str(
        await world.rows("SELECT browser_digest, interaction_id, parameters, proofs FROM interaction")
    )
    for name in ("idp-session", "idp-device"):
        assert cookies[name].value not in stored
    assert browser.http.cookies["idp-browser"] not in stored


async def test_same_person_keeps_session_sid_and_tokens(world: World) -> None:
    browser = world.browser()
    tokens = (await browser.redeem(await browser.sign_in())).json()
    before = await world.rows("SELECT session_id, sid, created_at FROM session")
    world.clock.pass_(30)
    await _sign_in(browser)
    assert await world.rows("SELECT session_id, sid, created_at FROM session") == before
    assert await world.rows("SELECT authenticated_at, ended_at FROM session") == [(START + 30, None)]
    refreshed = await browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.status_code == 200


async def test_signing_in_again_restarts_the_limits(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await _sign_in(browser)
    sqlite_world.clock.pass_(7 * HOUR)
    await _sign_in(browser)
    sqlite_world.clock.pass_(7 * HOUR)
    assert await _is_signed_in(browser)


async def test_another_person_ends_the_session_and_its_tokens(world: World) -> None:
    browser = world.browser()
    tokens = (await browser.redeem(await browser.sign_in())).json()
    await _sign_in(browser, "bb22222-ovh")
    rows = await world.rows("SELECT subject_id, sid, ended_at FROM session ORDER BY session_id")
    alice, bob = rows
    assert alice[0] == world.people["alice"].subject_id
    assert alice[2] == START
    assert bob[0] == world.people["bob"].subject_id
    assert bob[2] is None
    assert alice[1] != bob[1]
    refused = await browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refused.json()["error"] == "invalid_grant"
    reasons = await world.rows("SELECT revoked_reason FROM family WHERE revoked_at IS NOT NULL")
    assert ("session_replaced",) in reasons


@pytest.mark.requirement("S61")
async def test_disabled_account_is_signed_out_at_once_and_stays_so(world: World) -> None:
    browser = world.browser()
    tokens = (await browser.redeem(await browser.sign_in())).json()
    house, occasion = world.house, Occasion(now=START, actor="system")
    await disable_account(house.database, house.audit, occasion, world.people["alice"])
    assert not await _is_signed_in(browser)
    userinfo = await browser.get("/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert userinfo.status_code == 401
    disabled = await house.database.one(PERSON_BY_SUBJECT, subject_id=world.people["alice"].subject_id)
    assert disabled is not None
    await enable_account(house.database, house.audit, occasion, disabled)
    assert not await _is_signed_in(browser)


@pytest.mark.requirement("S61")
async def test_ended_session_is_dead_at_once(world: World) -> None:
    browser = world.browser()
    await browser.sign_in()
    house = world.house
    await end_all_sessions(
        house.database,
        house.audit,
        Occasion(now=START, actor="system"),
        subject_id=world.people["alice"].subject_id,
    )
    assert not await _is_signed_in(browser)


async def test_session_that_ended_is_not_kept_by_using_it(sqlite_world: World) -> None:
    """A late touch must not revive it."""
    browser = sqlite_world.browser()
    await browser.sign_in()
    sqlite_world.clock.pass_(8 * HOUR)
    for _ in range(3):
        assert not await _is_signed_in(browser)
    assert await sqlite_world.rows("SELECT seen_at FROM session") == [(START,)]


async def test_two_values_of_one_cookie_count_as_none(sqlite_world: World) -> None:
    """One of them somebody else set."""
    browser = sqlite_world.browser()
    value = (await _sign_in(browser))["idp-session"].value
    for header in (f"idp-session={value}; idp-session=x", f"idp-session=x; idp-session={value}"):
        request = {"cookie": header}
        stranger = sqlite_world.browser(headers=request)
        assert answer(await stranger.get("/authorize", params=asked(prompt="none")))["error"]
    stranger = sqlite_world.browser(headers={"cookie": f"idp-session={value}"})
    assert "code" in answer(await stranger.get("/authorize", params=asked(prompt="none")))


@pytest.mark.requirement("S63")
async def test_cookies_of_a_plain_loopback_issuer(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    first = await browser.get("/authorize", params=asked())
    cookies = _cookies(first) | await _sign_in(browser)
    assert set(cookies) == {"idp-browser", "idp-proof", "idp-session", "idp-device"}
    for morsel in cookies.values():
        assert morsel["httponly"]
        assert morsel["samesite"] == "Lax"
        assert morsel["path"] == "/"
        assert not morsel["domain"]
        assert not morsel["secure"]
    assert not cookies["idp-browser"]["max-age"]
    assert cookies["idp-session"]["max-age"] == "86400"
    assert cookies["idp-device"]["max-age"] == str(180 * 86_400)


@pytest.mark.requirement("S63")
async def test_cookies_of_an_issuer_with_tls(https_browser: httpx2.AsyncClient) -> None:
    responses = [await https_browser.get("/authorize", params=asked())]
    while responses[-1].is_redirect:
        responses.append(await https_browser.get(responses[-1].headers["location"]))
    html = responses[-1].text
    action = re.search(r'<form[^>]*action="([^"]*)"', html)
    token = re.search(r'name="csrf_token" value="([^"]*)"', html)
    assert action
    assert token
    fields = {"csrf_token": token[1], "username": "aa11111-ovh", "password": PASSWORD, "action": "continue"}
    responses.append(await https_browser.post(action[1], data=fields, headers={"origin": HTTPS}))
    while responses[-1].headers.get("location", "").startswith("/"):
        responses.append(await https_browser.get(responses[-1].headers["location"]))
    assert answer(responses[-1])["iss"] == HTTPS
    cookies = _cookies(*responses)
    assert set(cookies) == {f"__Host-idp-{name}" for name in ("browser", "proof", "session", "device")}
    for morsel in cookies.values():
        assert morsel["secure"]
        assert morsel["httponly"]
        assert morsel["samesite"] == "Lax"
        assert morsel["path"] == "/"
        assert not morsel["domain"]
    for response in responses:
        assert response.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"


async def test_language_of_the_footer_is_remembered(sqlite_world: World) -> None:
    browser = sqlite_world.browser(headers={"accept-language": "en"})
    page = await browser.authorize()
    french = await browser.get(str(page.url), params={"language": "fr"})
    assert _cookies(french)["idp-language"].value == "fr"
    assert _cookies(french)["idp-language"]["max-age"] == str(365 * 86_400)
    assert '<html lang="fr"' in french.text
    assert '<html lang="fr"' in (await browser.authorize()).text
    # Also over what the application wishes for.
    assert '<html lang="fr"' in (await browser.authorize(ui_locales="en")).text


async def test_application_is_named_in_the_language_of_the_page(sqlite_world: World) -> None:
    french = sqlite_world.browser(headers={"accept-language": "fr"})
    assert "Espace client" in (await french.authorize()).text
    wished = sqlite_world.browser(headers={"accept-language": "en"})
    assert "Espace client" in (await wished.authorize(ui_locales="fr-CA")).text
    assert "Manager" in (await sqlite_world.browser(headers={"accept-language": "de"}).authorize()).text


@pytest.mark.requirement("S70")
async def test_signing_out_keeps_the_browser_known(world: World) -> None:
    browser = world.browser()
    device = (await _sign_in(browser))["idp-device"].value
    response = await browser.submit(await browser.get("/logout"))
    assert response.headers["clear-site-data"] == '"cache"'
    expired = _cookies(response)
    assert set(expired) == {"idp-session"}
    assert expired["idp-session"]["max-age"] == "0"
    assert (await _sign_in(browser))["idp-device"].value == device
    assert len(await world.rows("SELECT device_id FROM device")) == 1


async def test_browser_is_known_to_each_person_who_uses_it(world: World) -> None:
    browser = world.browser()
    device = (await _sign_in(browser))["idp-device"].value
    assert (await _sign_in(browser, "bb22222-ovh"))["idp-device"].value == device
    rows = await world.rows("SELECT subject_id FROM device ORDER BY subject_id")
    assert rows == sorted((world.people[name].subject_id,) for name in ("alice", "bob"))


async def test_sid_is_another_after_signing_out(sqlite_world: World) -> None:
    """The next one in this browser, be it the same person, inherits nothing."""
    browser = sqlite_world.browser()
    await _sign_in(browser)
    await browser.submit(await browser.get("/logout"))
    await _sign_in(browser)
    sids = await sqlite_world.rows("SELECT sid FROM session")
    assert len(set(sids)) == 2
