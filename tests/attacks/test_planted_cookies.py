"""Cookies that somebody knows from before: whoever had a browser in hand can read them there, and wait elsewhere."""

import pytest

from tests.attacks.paused import copied
from tests.support.world import PASSWORD, World, answer

pytestmark = pytest.mark.requirement("S59")


async def test_who_left_a_sign_in_page_open_does_not_reap_what_somebody_proves_there(world: World) -> None:
    alices = world.browser()
    page = await alices.authorize()
    mallorys = copied(world, alices)

    proven = await alices.submit(page, username="aa11111-ovh", password=PASSWORD)
    reaped = await mallorys.follow(await mallorys.get(proven.headers["location"]))

    assert 'id="login"' in reaped.text
    assert "idp-session" not in mallorys.http.cookies
    assert "code" in answer(await alices.follow(proven))


async def test_a_form_sent_twice_still_signs_in(world: World) -> None:
    browser = world.browser()
    page = await browser.authorize()
    proofs = [await browser.submit(page, username="aa11111-ovh", password=PASSWORD) for _ in range(2)]

    assert "code" in answer(await browser.follow(proofs[-1]))


async def test_the_cookie_of_a_former_session_opens_nothing_after_the_next_sign_in(world: World) -> None:
    browser = world.browser()
    await browser.sign_in()
    former = copied(world, browser)
    await browser.sign_in(prompt="login")

    assert 'id="login"' in (await former.authorize()).text
    assert "code" in answer(await browser.authorize(prompt="none"))


async def test_nobody_inherits_the_session_of_who_signed_out(world: World) -> None:
    browser = world.browser()
    await browser.sign_in()
    former = copied(world, browser)
    await browser.submit(await browser.get("/logout"), action="sign-out")
    await browser.sign_in("bb22222-ovh")

    assert 'id="login"' in (await former.authorize()).text
