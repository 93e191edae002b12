"""Sign-in pages that can't go on: none is a dead end, and none is anybody else's."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from idp.clients.registration import disable_client
from idp.login.interaction import LOCAL_PATHS, local_path
from idp.records.event import Occasion
from tests.login.guessing import form_of
from tests.login.samples import interaction
from tests.support.world import ISSUER, PASSWORD, START, World, answer, asked

MANAGER_RESTARTS = "http://localhost:8001/login?iss=http%3A%2F%2Flocalhost%3A8000"
SPA = {"client_id": "spa", "redirect_uri": "http://localhost:3000/callback"}


def _path(page: httpx2.Response) -> str:
    """Where a page's form goes."""
    found = re.search(r'<form[^>]*action="([^"]*)"', page.text)
    assert found
    return found[1]


def _dispatcher(page: httpx2.Response) -> str:
    return _path(page).rpartition("/")[0]


async def test_interaction_belongs_to_one_browser(world: World) -> None:
    alice, mallory = world.browser(), world.browser()
    page = await alice.authorize()
    await mallory.authorize()
    for path in (_path(page), _dispatcher(page)):
        response = await mallory.get(path)
        assert response.headers["location"] == MANAGER_RESTARTS
    posted = await mallory.submit(page, username="bb22222-ovh", password=PASSWORD)
    assert posted.headers["location"] == MANAGER_RESTARTS
    assert (
        await world.rows("SELECT subject_id, authenticated_at FROM interaction WHERE subject_id <> ''") == []
    )
    signed_in = await alice.submit(page, username="aa11111-ovh", password=PASSWORD)
    assert "code" in answer(await alice.follow(signed_in))


async def test_proof_is_of_no_use_in_another_browser(world: World) -> None:
    """Session fixation: the victim proves, the attacker, who knows the address, goes on."""
    alice, mallory = world.browser(), world.browser()
    page = await alice.authorize()
    await alice.submit(page, username="aa11111-ovh", password=PASSWORD)
    await mallory.authorize()
    response = await mallory.get(_dispatcher(page))
    assert response.headers["location"] == MANAGER_RESTARTS
    assert "idp-session" not in mallory.http.cookies
    assert await world.rows("SELECT session_id FROM session") == []


async def test_tabs_share_the_browser_and_not_the_interaction(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    first = await browser.authorize(state="first")
    second = await browser.authorize(state="second")
    assert _path(first) != _path(second)
    one = await browser.follow(await browser.submit(first, username="aa11111-ovh", password=PASSWORD))
    assert answer(one)["state"] == "first"
    # The other tab's page still works, and also the reload of it.
    other = await browser.follow(await browser.get(_dispatcher(second)))
    assert answer(other)["state"] == "second"


async def test_other_tabs_form_still_signs_in(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    first, second = await browser.authorize(state="first"), await browser.authorize(state="second")
    await browser.follow(await browser.submit(first, username="aa11111-ovh", password=PASSWORD))
    other = await browser.follow(await browser.submit(second, username="aa11111-ovh", password=PASSWORD))
    assert answer(other)["state"] == "second"
    assert len(await sqlite_world.rows("SELECT session_id FROM session")) == 1


@pytest.mark.parametrize("kept", [True, False])
async def test_unknown_interaction_leads_to_a_page_that_goes_on(sqlite_world: World, kept: bool) -> None:
    browser = sqlite_world.browser()
    if kept:
        await browser.authorize()
    for path in ("/sign-in/" + "0" * 32, "/sign-in/nonsense/login", "/sign-in/%F0%9F%90%8E/login"):
        response = await browser.follow(await browser.get(path))
        assert response.status_code == 410
        assert "This page has expired" in response.text
        assert 'href="/account"' in response.text


@pytest.mark.parametrize("path", ["/sign-in/a%00b/login", "/sign-in/a%0Ab", "/sign-in/%FF", "/sign-in/a%2Fb"])
async def test_hostile_paths_are_refused(world: World, path: str) -> None:
    response = await world.browser().get(path)
    assert response.status_code in {303, 400, 404}


async def test_unknown_step_is_not_found(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await browser.authorize()
    assert (await browser.get(_dispatcher(page) + "/password")).status_code == 404


@pytest.mark.parametrize("step", ["", "/login", "/consent", "/select-account"])
async def test_expired_page_restarts_for_the_same_application(world: World, step: str) -> None:
    browser = world.browser()
    page = await browser.authorize()
    world.clock.pass_(3_599)
    assert (await browser.get(_path(page))).status_code == 200
    world.clock.pass_(1)
    response = await browser.get(_dispatcher(page) + step)
    assert response.headers["location"] == MANAGER_RESTARTS


async def test_expired_form_is_not_compared(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await browser.authorize()
    sqlite_world.clock.pass_(3_600)
    response = await browser.submit(page, username="aa11111-ovh", password=PASSWORD)
    assert response.headers["location"] == MANAGER_RESTARTS
    assert not await sqlite_world.rows("SELECT key FROM throttle")


async def test_application_without_a_login_address_is_asked_again(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await browser.authorize(**SPA, prompt="login")
    sqlite_world.clock.pass_(3_600)
    response = await browser.get(_path(page))
    uri = urlsplit(response.headers["location"])
    assert uri.path == "/authorize"
    again = {name: values[0] for name, values in parse_qs(uri.query).items()}
    assert again == asked(**SPA, prompt="login")
    assert 'id="login"' in (await browser.follow(response)).text


async def test_bookmark_in_another_browser_starts_anew(sqlite_world: World) -> None:
    page = await sqlite_world.browser().authorize()
    stranger = sqlite_world.browser()
    response = await stranger.follow(await stranger.get(_path(page)))
    assert response.headers["location"] == MANAGER_RESTARTS


async def test_bookmark_after_signing_in_starts_anew(sqlite_world: World) -> None:
    """The application has had its answer; the same one once more would be a replay to it."""
    browser = sqlite_world.browser()
    page = await browser.authorize()
    await browser.follow(await browser.submit(page, username="aa11111-ovh", password=PASSWORD))
    for seconds in (0, 10_000):
        sqlite_world.clock.pass_(seconds)
        response = await browser.get(_path(page))
        assert response.headers["location"] == MANAGER_RESTARTS


async def test_double_submit_gives_the_waiting_application_its_answer(world: World) -> None:
    """The browser threw the first answer away when the form was sent again."""
    browser = world.browser()
    page = await browser.authorize()
    first = await browser.follow(await browser.submit(page, username="aa11111-ovh", password=PASSWORD))
    second = await browser.follow(await browser.submit(page, username="aa11111-ovh", password=PASSWORD))
    assert answer(first)["state"] == answer(second)["state"] == "some state"
    assert answer(first)["code"] != answer(second)["code"]
    assert len(await world.rows("SELECT session_id FROM session")) == 1
    world.clock.pass_(121)
    late = await browser.submit(page, username="aa11111-ovh", password=PASSWORD)
    assert late.headers["location"] == MANAGER_RESTARTS


async def test_second_submit_before_the_first_was_followed_signs_in_once(world: World) -> None:
    browser = world.browser()
    page = await browser.authorize()
    one = await browser.submit(page, username="aa11111-ovh", password=PASSWORD)
    two = await browser.submit(page, username="aa11111-ovh", password=PASSWORD)
    assert one.headers["location"] == two.headers["location"]
    assert "code" in answer(await browser.follow(two))
    assert "code" in answer(await browser.follow(one))
    assert len(await world.rows("SELECT session_id FROM session")) == 1


async def test_blocked_cookies_are_named(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await browser.authorize()
    browser.http.cookies.clear()
    browser.http.headers["cookie"] = ""
    checked = await browser.get(_path(page))
    assert checked.status_code == 303
    assert checked.headers["location"] == _path(page) + "?cookie-check=1"
    browser.http.cookies.clear()
    response = await browser.get(checked.headers["location"])
    assert response.status_code == 400
    assert "Your browser blocks our cookie" in response.text
    assert "idp-browser" in response.text
    assert "localhost:8000" in response.text
    assert f'href="{_path(page)}"' in response.text


async def test_post_without_the_cookie_is_not_compared(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await browser.authorize()
    browser.http.cookies.clear()
    response = await browser.submit(page, username="aa11111-ovh", password=PASSWORD)
    assert response.status_code == 303
    assert response.headers["location"].startswith(_path(page))
    assert not await sqlite_world.rows("SELECT key FROM throttle")


@pytest.mark.requirement("S2")
async def test_client_that_was_disabled_meanwhile_gets_no_answer(world: World) -> None:
    browser = world.browser()
    page = await browser.authorize()
    await disable_client(
        world.house.database, world.house.audit, Occasion(now=START, actor="system"), "manager"
    )
    world.clock.pass_(10)
    response = await browser.submit(page, username="aa11111-ovh", password=PASSWORD)
    assert response.status_code == 400
    assert "location" not in response.headers


@pytest.mark.requirement("S71")
def test_stored_path_of_a_page_of_ours_is_one_of_a_fixed_list() -> None:
    """Whatever a row says, nobody is sent elsewhere."""
    for path in LOCAL_PATHS:
        assert local_path(interaction(parameters={"return_to": path})) == path
    for path in ("//evil.test", "https://evil.test", "/account/../logout", "/\\evil.test", "", "/logout"):
        assert local_path(interaction(parameters={"return_to": path})) == "/account"


@pytest.mark.requirement("S25")
async def test_every_redirect_after_a_post_is_303(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await browser.authorize()
    response = await browser.submit(page, username="aa11111-ovh", password=PASSWORD)
    while response.is_redirect and response.headers["location"].startswith(("/", ISSUER)):
        assert response.status_code == 303
        assert "password" not in response.headers["location"]
        response = await browser.get(response.headers["location"])
    assert response.status_code == 303


async def test_page_that_failed_leads_on_with_the_same_form(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await browser.authorize()
    failed = await browser.submit(page, username="aa11111-ovh", password="wrong")
    assert form_of(failed) == form_of(page)
    assert _path(failed) == _path(page)
