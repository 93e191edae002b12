"""The customer's own pages: who sees them, what they say, and with what headers."""

import pytest

from tests.portal.pressing import forms_of, open_account, press
from tests.portal.setting_up import open_as_staff
from tests.support.world import START, World

PATHS = ["/account", "/account/applications", "/account/devices", "/account/security"]


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_opens_after_signing_in(world: World, path: str) -> None:
    browser = world.browser()
    page = await open_account(browser, path)
    assert page.status_code == 200
    assert page.url.path == path
    assert "Alice Martin" in page.text
    assert (await browser.get(path)).status_code == 200


async def test_home_says_what_we_know(sqlite_world: World) -> None:
    page = await open_account(sqlite_world.browser())
    for words in ("Alice Martin", "aa11111-ovh", "alice@example.test", "15 January 2027", "English"):
        assert words in page.text


@pytest.mark.parametrize("path", PATHS)
async def test_nobody_stores_frames_or_learns_of_a_page(sqlite_world: World, path: str) -> None:
    page = await open_account(sqlite_world.browser(), path)
    assert page.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "form-action 'self'" in page.headers["content-security-policy"]
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    assert page.headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_answers_head_and_refuses_other_methods(sqlite_world: World, path: str) -> None:
    browser = sqlite_world.browser()
    await open_account(browser, path)
    head = await browser.http.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert (await browser.http.put(path)).status_code == 405


async def test_home_takes_no_form_and_has_no_pages_below_it(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await open_account(browser)
    assert (await browser.http.post("/account")).status_code == 405
    for path in ("/account/nothing", "/account/sessions/1"):
        assert (await browser.get(path)).status_code == 404


async def test_the_language_chosen_on_a_page_is_spoken(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await open_account(browser)
    page = await browser.get("/account?language=fr")
    assert page.headers["content-language"] == "fr"
    assert "Votre compte" in page.text
    assert "Votre compte" in (await browser.get("/account")).text


async def test_the_menu_signs_out(world: World) -> None:
    browser = world.browser()
    page = await open_account(browser)
    assert (await press(browser, page, "sign-out", "continue")).status_code == 200
    assert (await browser.get("/account")).headers["location"].startswith("/sign-in/")


async def test_a_page_gives_a_browser_without_our_cookie_a_new_one(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await open_account(browser)
    browser.http.cookies.delete("idp-browser")
    page = await browser.get("/account/devices")
    assert "idp-browser" in page.headers["set-cookie"]
    assert (await press(browser, page, "end-session", "end")).headers["location"] == "/logout"


@pytest.mark.parametrize("path", PATHS[1:])
async def test_a_form_of_who_is_signed_out_does_nothing_and_signs_in_first(
    sqlite_world: World, path: str
) -> None:
    browser = sqlite_world.browser()
    response = await browser.http.post(path, data={"action": "end-others"})
    assert (response.status_code, response.headers["location"]) == (303, path)
    assert 'id="login"' in (await browser.follow(response)).text


async def test_staff_who_are_idle_sign_in_again(world: World) -> None:
    browser = world.browser()
    await open_as_staff(browser, world)
    world.clock.pass_(899)
    assert (await browser.get("/account")).status_code == 200
    world.clock.pass_(900)
    assert (await browser.get("/account")).headers["location"].startswith("/sign-in/")


async def test_a_customer_who_is_idle_for_as_long_stays(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await open_account(browser)
    sqlite_world.clock.pass_(901)
    assert sqlite_world.clock.now() == START + 901
    assert (await browser.get("/account")).status_code == 200


async def test_another_sites_post_is_refused(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await open_account(browser, "/account/devices")
    path, hidden = forms_of(page)["end-session"]
    for headers in ({"origin": "https://evil.test"}, {"sec-fetch-site": "cross-site"}):
        refused = await browser.http.post(path, data={**hidden, "action": "end"}, headers=headers)
        assert refused.status_code == 403
    assert (await browser.get("/account")).status_code == 200
