"""People at the front door, in a real browser before a whole world: the main way, and every way that it goes wrong."""

import re

import pytest
from playwright.async_api import Browser, Page, Response

from tests.journeys.traveller import Traveller, fill, on_phone, travelling
from tests.journeys.worlds import Demo


async def test_customer_signs_in_to_everything_and_out_again(traveller: Traveller) -> None:
    page = traveller.page
    await traveller.begin()
    await traveller.arrive()
    await traveller.expect_home()
    await _open_second(traveller)
    await page.goto(f"{traveller.addresses.manager}/")
    await traveller.sign_out()
    await page.goto(f"{traveller.addresses.second}/")
    assert "Alice" not in await page.inner_text("body")
    await page.goto(f"{traveller.addresses.second}/silent")
    assert await page.inner_text("#error-code") == "login_required"


async def _open_second(traveller: Traveller) -> None:
    """No page of the issuer's shows on the way."""
    page = await traveller.context.new_page()
    shown: list[Response] = []

    def look(response: Response) -> None:
        shown.append(response)

    page.on("response", look)
    await page.goto(f"{traveller.addresses.second}/login")
    await page.wait_for_url(f"{traveller.addresses.second}/")
    assert await page.inner_text("details.menu summary") == "Alice Martin"
    ours = [response for response in shown if response.url.startswith(f"{traveller.addresses.issuer}/")]
    assert {response.status for response in ours} == {303}
    await page.close()


async def test_blocked_account_is_told_whom_to_call(traveller: Traveller) -> None:
    await traveller.begin()
    await traveller.sign_in("dd44444-ovh")
    heading = await traveller.page.inner_text("h1")
    assert heading == traveller.says("Your account is blocked", "Votre compte est bloqué")
    assert await traveller.page.get_attribute("dl.phones a", "href") == "tel:+33199000000"


async def test_double_click_signs_in_once(traveller: Traveller) -> None:
    page = await traveller.begin()
    await fill(page, "aa11111-ovh")
    await page.dblclick("#login [name=action]", no_wait_after=True)
    await traveller.go_on()
    await traveller.expect_home()


async def test_form_sent_twice_before_the_answer_signs_in(traveller: Traveller) -> None:
    """Without our script nothing holds the second click back."""
    demo, browser = traveller.demo, traveller.context.browser
    assert browser
    async with travelling(demo, browser, java_script_enabled=False) as plain:
        page = await plain.begin()
        await fill(page, "aa11111-ovh")
        await page.dblclick("#login [name=action]", no_wait_after=True)
        await plain.go_on()
        await plain.expect_home()


async def test_everything_works_without_scripts(english: Traveller) -> None:
    browser = english.context.browser
    assert browser
    async with travelling(english.demo, browser, java_script_enabled=False) as plain:
        await plain.begin()
        await plain.sign_in(password="wrong")
        assert await plain.page.inner_text(".summary h2") == "There is a problem"
        await plain.arrive()
        await plain.expect_home()
        await plain.sign_out()


async def test_back_button_after_signing_in_leads_on(traveller: Traveller) -> None:
    await traveller.begin()
    await traveller.arrive()
    await traveller.expect_home()
    await traveller.page.go_back()
    await traveller.expect_home()


async def test_back_button_from_errors_sends_nothing_again(english: Traveller) -> None:
    page = await english.begin()
    for _ in range(2):
        await english.sign_in(password="wrong")
        assert await page.inner_text(".summary h2") == "There is a problem"
    for _ in range(2):
        await page.go_back()
        assert await page.locator(".summary").count() == 0
    await english.arrive()
    await english.expect_home()


async def test_reload_of_an_error_shows_the_form_and_sends_nothing_again(english: Traveller) -> None:
    page = await english.begin()
    await english.sign_in(password="wrong")
    for _ in range(6):
        await page.reload()
        assert await page.locator(".summary").count() == 0
    await english.arrive()
    await english.expect_home()


async def test_bookmarked_sign_in_page_works_in_any_browser(traveller: Traveller) -> None:
    page = await traveller.begin()
    bookmark = page.url
    await traveller.arrive()
    await traveller.expect_home()
    await page.goto(bookmark)
    await traveller.expect_home()
    browser = traveller.context.browser
    assert browser
    async with travelling(traveller.demo, browser) as stranger:
        await stranger.page.goto(bookmark)
        await stranger.page.wait_for_selector("#login")
        assert stranger.page.url != bookmark
        await stranger.arrive()
        await stranger.expect_home()


async def test_two_tabs_both_arrive(traveller: Traveller) -> None:
    first = await traveller.begin()
    second = await traveller.begin(await traveller.context.new_page())
    await traveller.arrive()
    await traveller.expect_home(first)
    await fill(second, "alice@demo.test")
    await second.click("#login [name=action]")
    await traveller.expect_home(second)


async def test_one_page_in_two_tabs_arrives_in_both(traveller: Traveller) -> None:
    """A duplicated tab: the same interaction twice."""
    first = await traveller.begin()
    second = await traveller.context.new_page()
    await second.goto(first.url)
    await traveller.arrive()
    await traveller.expect_home(first)
    await fill(second, "aa11111-ovh")
    await second.click("#login [name=action]")
    await second.wait_for_url(re.compile(re.escape(traveller.addresses.manager)))
    if await second.locator("#error-code").count():
        # The manager has had its answer in the other tab, and says so; its button leads on.
        await second.click("a.primary")
    await traveller.expect_home(second)


async def test_language_can_be_changed_and_stays(english: Traveller) -> None:
    page = await english.begin()
    await page.click("footer a[hreflang=fr]")
    assert await page.inner_text("h1") == "Se connecter"
    await page.fill("#username", "aa11111-ovh")
    await page.fill("#password", "wrong")
    async with page.expect_navigation():
        await page.click("#login [name=action]")
    assert await page.get_attribute("html", "lang") == "fr"


async def test_shared_computer_is_forgotten_with_the_browser(english: Traveller) -> None:
    page = await english.begin()
    await page.check("#shared_computer")
    await english.arrive()
    await english.expect_home()
    cookies = {cookie["name"]: cookie for cookie in await english.context.cookies()}
    assert cookies["idp-session"]["expires"] == -1
    assert "idp-device" not in cookies


@pytest.mark.parametrize(("width", "scheme"), [(320, "light"), (360, "dark")])
async def test_phones_need_no_sideways_scrolling(
    demos: dict[str, Demo], browser: Browser, width: int, scheme: str
) -> None:
    async with travelling(demos["postgresql"], browser, **on_phone(width, scheme)) as phone:
        page = await phone.begin()
        await _check_width(page, width)
        await phone.sign_in(password="wrong")
        await _check_width(page, width)
        button = await page.locator("#login [name=action]").bounding_box()
        assert button
        assert button["height"] >= 44
        await phone.arrive()
        await phone.expect_home()
        await _check_width(page, width)
        await page.tap("details.menu summary")
        await _check_width(page, width)


async def _check_width(page: Page, width: int) -> None:
    assert await page.evaluate("document.documentElement.scrollWidth") <= width
