"""“This wasn’t me”: what the link in a mail ends, whoever opens it, and the new password that it leads to."""

import asyncio

import httpx2
import pytest

from idp.account.status import disable_account
from idp.records.event import Occasion
from tests.login.coded import Visitor, ask_for_code, code_in, link_in, mailed_code, mails_to
from tests.login.signing_in import is_signed_in
from tests.portal.pressing import forms_of, press
from tests.support.factors import totp_at
from tests.support.mail import Mail
from tests.support.world import PASSWORD, Browser, World, answer, is_asking

CHOSEN = "seven quiet herons"
HTML = {"accept": "text/html"}
DAY = 86_400


def is_gone(page: httpx2.Response) -> bool:
    return page.status_code == 404 and "This link doesn’t work any more" in page.text


async def press_it(browser: Browser, link: str) -> httpx2.Response:
    """Open the link and press its button; the page of the new password."""
    return await browser.follow(await press(browser, await browser.get(link), "not-me", "continue"))


async def choose(browser: Browser, page: httpx2.Response, password: str = CHOSEN) -> httpx2.Response:
    return await press(browser, page, "new-password", "continue", password=password)


async def stranger_in(world: World) -> tuple[Visitor, Mail, Mail]:
    """Somebody who got in with a code, and the two mails that told Alice."""
    stranger = await ask_for_code(world, address="203.0.113.9")
    [coded] = await mails_to(world)
    assert "code" in answer(await stranger.enter(code_in(coded)))
    [told] = await mails_to(world)
    return stranger, coded, told


async def stolen(world: World) -> bool:
    return await world.rows("SELECT 1 FROM security WHERE stolen_at IS NOT NULL") != []


async def test_a_strangers_code_works_no_more_and_the_owner_has_a_new_password(risky_world: World) -> None:
    stranger = await ask_for_code(risky_world, address="203.0.113.9")
    [mail] = await mails_to(risky_world)
    owner = risky_world.browser()
    page = await press_it(owner, link_in(mail))
    assert page.url.path.startswith("/new-password/")
    assert is_asking(await stranger.enter(code_in(mail)), "login")
    assert not await is_signed_in(stranger.browser)
    saved = await choose(owner, page)
    assert "Your password is saved" in saved.text
    assert not await is_signed_in(owner)
    again = await ask_for_code(risky_world)
    assert is_asking(again.page, "login"), "the former password still works"


async def test_a_stranger_can_have_no_other_code_sent(risky_world: World) -> None:
    stranger = await ask_for_code(risky_world, address="203.0.113.9")
    [mail] = await mails_to(risky_world)
    await press_it(risky_world.browser(), link_in(mail))
    risky_world.clock.pass_(60)
    await stranger.resend()
    await stranger.look()
    assert await mails_to(risky_world) == []


@pytest.mark.parametrize("which", ["the mail with the code", "the mail about the sign-in"])
async def test_it_ends_the_others_session_tokens_and_device(risky_world: World, which: str) -> None:
    stranger, coded, told = await stranger_in(risky_world)
    page = await stranger.browser.authorize(scope="openid offline_access profile", prompt="none")
    tokens = (await stranger.browser.redeem(page)).json()
    await press_it(risky_world.browser(), link_in(coded if which == "the mail with the code" else told))
    assert not await is_signed_in(stranger.browser)
    refreshed = await stranger.browser.token(
        grant_type="refresh_token", refresh_token=tokens["refresh_token"]
    )
    assert refreshed.status_code == 400
    assert await risky_world.rows("SELECT revoked_reason FROM device") == [("reported",)]
    stranger.page = await stranger.browser.authorize(prompt="login")
    await stranger.press("continue", username="aa11111-ovh", password=PASSWORD)
    assert is_asking(stranger.page, "email-code")


async def test_a_known_browser_is_asked_until_a_new_password_is_chosen(risky_world: World) -> None:
    at_home = await ask_for_code(risky_world)
    assert "code" in answer(await at_home.enter(await mailed_code(risky_world)))
    await mails_to(risky_world)
    await ask_for_code(risky_world, address="203.0.113.9")
    [mail] = await mails_to(risky_world)
    owner = risky_world.browser()
    page = await press_it(owner, link_in(mail))
    assert await is_signed_in(at_home.browser)
    assert await stolen(risky_world)
    at_home.page = await at_home.browser.authorize(prompt="login")
    await at_home.press("continue", username="aa11111-ovh", password=PASSWORD)
    assert is_asking(at_home.page, "email-code")
    await choose(owner, page)
    assert not await stolen(risky_world)
    assert not await is_signed_in(at_home.browser)


async def test_the_new_password_ends_everything_forgets_browsers_and_is_told(risky_world: World) -> None:
    at_home = await ask_for_code(risky_world)
    assert "code" in answer(await at_home.enter(await mailed_code(risky_world)))
    [told] = await mails_to(risky_world)
    owner = risky_world.browser()
    saved = await choose(owner, await press_it(owner, link_in(told)))
    assert saved.status_code == 200
    [changed] = await mails_to(risky_world)
    assert changed.to == "alice@example.test"
    assert "password" in changed.text
    assert (await owner.get(link_in(changed))).status_code == 200
    devices = await risky_world.rows("SELECT revoked_at FROM device")
    assert all(revoked_at for (revoked_at,) in devices)
    sign_in = saved.text.split('class="primary" href="')[1].split('"')[0]
    visitor = Visitor(world=risky_world, browser=at_home.browser, page=saved)
    await visitor.look("/account")
    await visitor.press("continue", username="aa11111-ovh", password=CHOSEN)
    assert is_asking(visitor.page, "email-code")
    assert 'value="aa11111-ovh"' in (await owner.get(sign_in)).text


async def test_scanners_that_open_the_link_change_nothing(risky_world: World) -> None:
    stranger = await ask_for_code(risky_world)
    [mail] = await mails_to(risky_world)
    scanner = risky_world.browser()
    for _ in range(3):
        assert (await scanner.get(link_in(mail))).status_code == 200
        assert (await scanner.http.head(link_in(mail))).status_code == 200
    assert not await stolen(risky_world)
    assert await risky_world.rows("SELECT 1 FROM link WHERE purpose = 'password'") == []
    assert "code" in answer(await stranger.enter(code_in(mail)))


async def test_a_post_without_the_pages_form_changes_nothing(sqlite_risky_world: World) -> None:
    await ask_for_code(sqlite_risky_world)
    [mail] = await mails_to(sqlite_risky_world)
    browser, other = sqlite_risky_world.browser(), sqlite_risky_world.browser()
    bare = await browser.http.post(link_in(mail), data={"action": "continue"})
    assert bare.status_code == 400
    page = await browser.get(link_in(mail))
    await other.get(link_in(mail))
    _, hidden = forms_of(page)["not-me"]
    assert (await other.http.post(link_in(mail), data=hidden)).status_code == 403
    assert not await stolen(sqlite_risky_world)


async def test_the_link_may_be_pressed_again_until_a_password_was_chosen_by_it(risky_world: World) -> None:
    await ask_for_code(risky_world)
    [mail] = await mails_to(risky_world)
    first, second = risky_world.browser(headers=HTML), risky_world.browser(headers=HTML)
    pages = [await press_it(browser, link_in(mail)) for browser in (first, second)]
    assert pages[0].url.path != pages[1].url.path
    assert (await choose(first, pages[0])).status_code == 200
    assert is_gone(await choose(second, pages[1]))
    assert is_gone(await second.get(pages[1].url.path))
    assert is_gone(await second.get(link_in(mail)))
    assert is_gone(await first.get(pages[0].url.path))


async def test_a_button_pressed_twice_at_once_leads_both_to_a_page_that_works(risky_world: World) -> None:
    await ask_for_code(risky_world)
    [mail] = await mails_to(risky_world)
    browser = risky_world.browser()
    page = await browser.get(link_in(mail))
    answers = await asyncio.gather(*(press(browser, page, "not-me", "continue") for _ in range(2)))
    for answered in answers:
        assert (await browser.get(answered.headers["location"])).status_code == 200


async def test_of_two_new_passwords_at_once_one_is_saved(risky_world: World) -> None:
    await ask_for_code(risky_world)
    [mail] = await mails_to(risky_world)
    browser = risky_world.browser(headers=HTML)
    page = await press_it(browser, link_in(mail))
    answers = await asyncio.gather(
        *(choose(browser, page, f"seven quiet herons {number}") for number in range(5))
    )
    assert sorted(answered.status_code for answered in answers) == [200, 404, 404, 404, 404]


async def test_the_link_works_seven_days(risky_world: World) -> None:
    await ask_for_code(risky_world)
    [mail] = await mails_to(risky_world)
    browser = risky_world.browser(headers=HTML)
    risky_world.clock.pass_(7 * DAY - 1)
    assert (await browser.get(link_in(mail))).status_code == 200
    risky_world.clock.pass_(1)
    assert is_gone(await browser.get(link_in(mail)))


async def test_the_new_password_has_an_hour(sqlite_risky_world: World) -> None:
    await ask_for_code(sqlite_risky_world)
    [mail] = await mails_to(sqlite_risky_world)
    browser = sqlite_risky_world.browser(headers=HTML)
    page = await press_it(browser, link_in(mail))
    sqlite_risky_world.clock.pass_(3_600)
    assert is_gone(await browser.get(page.url.path))
    assert is_gone(await choose(browser, page))
    assert (await press_it(browser, link_in(mail))).status_code == 200


async def test_one_kind_of_link_is_none_of_another(sqlite_risky_world: World) -> None:
    await ask_for_code(sqlite_risky_world)
    [mail] = await mails_to(sqlite_risky_world)
    browser = sqlite_risky_world.browser(headers=HTML)
    value = link_in(mail).rpartition("/")[2]
    page = await press_it(browser, link_in(mail))
    password = page.url.path.rpartition("/")[2]
    for path in (f"/new-password/{value}", f"/enrol/{value}", f"/not-me/{password}", f"/enrol/{password}"):
        assert is_gone(await browser.get(path))


@pytest.mark.parametrize("place", ["not-me", "new-password"])
@pytest.mark.parametrize("value", ["x", "A" * 64, "%00", "%C3%A9" * 64, "..%2F..", "%22%3E" * 20])
async def test_what_was_never_a_link_looks_the_same(
    sqlite_risky_world: World, place: str, value: str
) -> None:
    browser = sqlite_risky_world.browser(headers=HTML)
    assert (await browser.get(f"/{place}/{value}")).status_code in (400, 404)
    posted = await browser.http.post(f"/{place}/{value}", data={"password": CHOSEN})
    assert posted.status_code in (400, 404)


async def test_a_disabled_accounts_link_is_none(sqlite_risky_world: World) -> None:
    await ask_for_code(sqlite_risky_world)
    [mail] = await mails_to(sqlite_risky_world)
    house = sqlite_risky_world.house
    occasion = Occasion(now=sqlite_risky_world.clock.now(), actor="cli:test")
    await disable_account(house.database, house.audit, occasion, sqlite_risky_world.people["alice"])
    assert is_gone(await sqlite_risky_world.browser(headers=HTML).get(link_in(mail)))


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "Enter a new password"),
        ("short", "The password is too short."),
        ("alice@example.test", "The password is easy to guess"),
        ("qwertyytrewq", "Many people use this password"),
    ],
)
async def test_a_refused_password_says_why_and_leaves_the_link(
    sqlite_risky_world: World, password: str, sentence: str
) -> None:
    await ask_for_code(sqlite_risky_world)
    [mail] = await mails_to(sqlite_risky_world)
    browser = sqlite_risky_world.browser()
    refused = await choose(browser, await press_it(browser, link_in(mail)), password)
    assert refused.status_code == 422
    assert sentence in refused.text
    assert "<title>Error: Choose a new password" in refused.text
    assert (await choose(browser, refused)).status_code == 200


async def test_a_new_password_never_gets_past_the_second_factor(risky_world: World) -> None:
    bob = await ask_for_code(risky_world, "bb22222-ovh")
    assert is_asking(bob.page, "second-factor")
    await bob.press("continue", code=totp_at(risky_world.clock.now()))
    [told] = await mails_to(risky_world)
    owner = risky_world.browser()
    await choose(owner, await press_it(owner, link_in(told)))
    visitor = Visitor(world=risky_world, browser=owner, page=await owner.authorize())
    await visitor.press("continue", username="bb22222-ovh", password=CHOSEN)
    assert is_asking(visitor.page, "second-factor")


async def test_the_pages_speak_the_browsers_language(sqlite_risky_world: World) -> None:
    await ask_for_code(sqlite_risky_world)
    [mail] = await mails_to(sqlite_risky_world)
    browser = sqlite_risky_world.browser(headers={"accept-language": "fr"})
    page = await browser.get(link_in(mail))
    assert "Ce n’était pas moi" in page.text
    assert page.headers["referrer-policy"] == "same-origin"
    assert "Choisir un nouveau mot de passe" in (await press_it(browser, link_in(mail))).text


async def test_a_link_that_names_no_sign_in_ends_all_of_them(risky_world: World) -> None:
    stranger, _, told = await stranger_in(risky_world)
    owner = risky_world.browser()
    await choose(owner, await press_it(owner, link_in(told)))
    [changed] = await mails_to(risky_world)
    visitor = Visitor(world=risky_world, browser=owner, page=await owner.authorize())
    await visitor.press("continue", username="aa11111-ovh", password=CHOSEN)
    assert "code" in answer(await visitor.enter(await mailed_code(risky_world)))
    assert await is_signed_in(owner)
    await press_it(risky_world.browser(), link_in(changed))
    assert not await is_signed_in(owner)
    assert not await is_signed_in(stranger.browser)
