"""Each step counts by its own proof, for its own interaction and person; nothing moves forward by being skipped."""

import re
from typing import Any

import httpx2
import pytest

from tests.login.guessing import OURS, form_of
from tests.support.world import PASSWORD, Browser, World, answer

pytestmark = pytest.mark.requirement("S33")

SPA = {"client_id": "spa", "redirect_uri": "http://localhost:3000/callback"}
STEPS = ("login", "consent", "select-account")


def _dispatcher(page: httpx2.Response) -> str:
    found = re.search(r'action="(/sign-in/[0-9a-f]{32})/', page.text)
    assert found
    return found[1]


def _is_asking(page: httpx2.Response, step: str) -> bool:
    return page.status_code == 200 and f'<form id="{step}"' in page.text


async def _prove(browser: Browser, page: httpx2.Response, who: str = "aa11111-ovh") -> httpx2.Response:
    """Sign in on a page, and follow."""
    return await browser.follow(await browser.submit(page, username=who, password=PASSWORD))


async def _post(browser: Browser, path: str, page: httpx2.Response, **fields: Any) -> httpx2.Response:
    return await browser.http.post(path, data=form_of(page, **fields), headers=OURS)


@pytest.mark.parametrize("prompt", ["login", "login consent", "consent select_account login"])
async def test_posting_a_later_step_first_skips_nothing(world: World, prompt: str) -> None:
    browser = world.browser()
    await browser.sign_in()
    page = await browser.authorize(**SPA, prompt=prompt)
    assert _is_asking(page, "login")
    base = _dispatcher(page)
    for step in ("consent", "select-account"):
        for action in ("allow", "continue", ""):
            response = await _post(browser, f"{base}/{step}", page, action=action, account="aa11111-ovh")
            assert response.headers["location"] == base
            assert _is_asking(await browser.follow(response), "login")
    assert (
        await world.rows("SELECT consented_by, selected_by FROM interaction WHERE consented_by <> ''") == []
    )
    assert await world.rows("SELECT scope FROM consent") == []


async def test_dispatcher_and_pages_move_nothing_forward(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await browser.authorize(**SPA)
    base = _dispatcher(page)
    for path in (base, f"{base}/consent", f"{base}/select-account", f"{base}/login"):
        for _ in range(2):
            assert _is_asking(await browser.follow(await browser.get(path)), "login")


@pytest.mark.parametrize("step", STEPS)
async def test_empty_post_is_no_step(sqlite_world: World, step: str) -> None:
    browser = sqlite_world.browser()
    base = _dispatcher(await browser.authorize(**SPA))
    response = await browser.http.post(f"{base}/{step}", headers=OURS)
    assert _is_asking(await browser.follow(response), "login") or response.status_code == 403
    assert _is_asking(await browser.follow(await browser.get(base)), "login")


async def test_consent_with_any_other_button_asks_again(world: World) -> None:
    browser = world.browser()
    page = await _prove(browser, await browser.authorize(**SPA))
    for action in ("", "continue", "ALLOW", "allow "):
        assert _is_asking(page, "consent")
        page = await browser.follow(await browser.submit(page, action=action))
    assert await world.rows("SELECT scope FROM consent") == []


async def test_proof_of_one_interaction_counts_for_no_other(world: World) -> None:
    """With prompt=login each request wants a sign-in of its own."""
    browser = world.browser()
    first = await browser.authorize(prompt="login", state="first")
    second = await browser.authorize(prompt="login", state="second")
    done = await _prove(browser, first)
    assert answer(done)["state"] == "first"
    assert _is_asking(await browser.follow(await browser.get(_dispatcher(second))), "login")


async def test_form_of_one_interaction_is_none_of_another(world: World) -> None:
    browser = world.browser()
    first, second = await browser.authorize(state="first"), await browser.authorize(state="second")
    path = _dispatcher(second) + "/login"
    response = await browser.http.post(
        path, data=form_of(first, username="aa11111-ovh", password=PASSWORD), headers=OURS
    )
    assert response.status_code == 403
    assert await world.rows("SELECT key FROM throttle") == []


async def test_session_is_no_proof_where_login_is_asked(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await browser.sign_in()
    page = await browser.authorize(prompt="login", max_age="10000")
    # Signing in elsewhere, as the same person and even in the same instant, is another request's proof.
    await browser.sign_in(prompt="login")
    assert _is_asking(await browser.follow(await browser.get(_dispatcher(page))), "login")


async def test_consent_of_one_person_is_not_the_next_ones(world: World) -> None:
    """The session changes hands between consenting and the answer."""
    browser = world.browser()
    page = await _prove(browser, await browser.authorize(**SPA))
    assert _is_asking(page, "consent")
    allowed = await browser.submit(page, action="allow")
    await _prove(browser, await browser.authorize(prompt="login"), "bb22222-ovh")
    again = await browser.follow(allowed)
    assert _is_asking(again, "consent")
    assert "bob@example.test" in again.text
    rows = await world.rows("SELECT subject_id FROM consent")
    assert rows == [(world.people["alice"].subject_id,)]


async def test_page_that_named_one_person_does_not_allow_for_another(world: World) -> None:
    """Alice's consent page is still open while somebody signs in as Bob in another tab."""
    browser = world.browser()
    page = await _prove(browser, await browser.authorize(**SPA))
    assert "alice@example.test" in page.text
    await _prove(browser, await browser.authorize(prompt="login"), "bb22222-ovh")
    again = await browser.follow(await browser.submit(page, action="allow"))
    assert _is_asking(again, "consent")
    assert "bob@example.test" in again.text
    assert await world.rows("SELECT subject_id FROM consent") == []
    # Who is named now may answer.
    done = await browser.follow(await browser.submit(again, action="allow"))
    tokens = (await browser.redeem(done, "spa")).json()
    userinfo = await browser.get("/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert userinfo.json()["sub"] == world.people["bob"].sub


async def test_page_that_named_one_person_does_not_choose_another(world: World) -> None:
    browser = world.browser()
    await browser.sign_in()
    page = await browser.authorize(prompt="select_account")
    assert "Continue as" in page.text
    await _prove(browser, await browser.authorize(prompt="login"), "bb22222-ovh")
    again = await browser.follow(await browser.submit(page))
    assert _is_asking(again, "select-account")
    assert "Bob Durand" in again.text
    assert "code" in answer(await browser.follow(await browser.submit(again)))


async def test_denial_of_one_person_is_not_the_next_ones(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await _prove(browser, await browser.authorize(**SPA))
    await _prove(browser, await browser.authorize(prompt="login"), "bb22222-ovh")
    again = await browser.follow(await browser.submit(page, action="deny"))
    assert _is_asking(again, "consent")


async def test_signing_out_before_the_answer_asks_to_sign_in(world: World) -> None:
    browser = world.browser()
    page = await _prove(browser, await browser.authorize(**SPA))
    allowed = await browser.submit(page, action="allow")
    confirmation = await browser.get("/logout")
    await browser.submit(confirmation)
    assert _is_asking(await browser.follow(allowed), "login")


async def test_back_from_consent_signs_in_as_somebody_else(world: World) -> None:
    browser = world.browser()
    login = await browser.authorize(**SPA)
    consent = await _prove(browser, login)
    assert _is_asking(consent, "consent")
    back = await browser.get(_dispatcher(login) + "/login")
    assert _is_asking(back, "login")
    other = await _prove(browser, back, "bb22222-ovh")
    assert _is_asking(other, "consent")
    assert "bob@example.test" in other.text
    assert "alice" not in other.text
    ended = await world.rows("SELECT subject_id FROM session WHERE ended_at IS NOT NULL")
    assert ended == [(world.people["alice"].subject_id,)]


async def test_cancelled_sign_in_keeps_the_session(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await browser.sign_in()
    await browser.authorize(prompt="login")
    assert "code" in answer(await browser.authorize(prompt="none"))


async def test_failed_sign_in_keeps_the_session(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await browser.sign_in()
    page = await browser.authorize(prompt="login")
    assert (await browser.submit(page, username="bb22222-ovh", password="wrong")).status_code == 422
    assert "code" in answer(await browser.authorize(prompt="none"))


async def test_answer_goes_out_once_whatever_two_tabs_do(world: World) -> None:
    """Denying in one tab what was allowed in another, a moment too late."""
    browser = world.browser()
    page = await _prove(browser, await browser.authorize(**SPA))
    done = await browser.follow(await browser.submit(page, action="allow"))
    assert "code" in answer(done)
    late = await browser.submit(page, action="deny")
    assert late.headers["location"].startswith("/authorize?")
    types = [kind for (kind,) in await world.rows("SELECT type FROM audit_event ORDER BY event_id")]
    assert "authorization.denied" not in types
