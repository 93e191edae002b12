"""Signing in, and the cookies that come of it. Who is asked for a second factor types what an app shows."""

from http.cookies import Morsel, SimpleCookie

import httpx2

from tests.support.factors import give_factors, totp_at
from tests.support.world import PASSWORD, Browser, World, answer, is_asking


def cookies_of(*responses: httpx2.Response) -> dict[str, Morsel[str]]:
    """What responses set, by name."""
    parsed: SimpleCookie = SimpleCookie()
    for response in responses:
        for header in response.headers.get_list("set-cookie"):
            parsed.load(header)
    return dict(parsed)


async def is_signed_in(browser: Browser) -> bool:
    return "code" in answer(await browser.authorize(prompt="none"))


async def sign_in(browser: Browser, who: str = "aa11111-ovh", **fields: str) -> dict[str, Morsel[str]]:
    """Sign in anew; every cookie that was set on the way."""
    page = await browser.authorize(prompt="login")
    response = await browser.submit(page, username=who, password=PASSWORD, **fields)
    responses = [response]
    while response.headers.get("location", "").startswith("/"):
        response = await browser.get(response.headers["location"])
        responses.append(response)
    assert "code" in answer(response)
    return cookies_of(*responses)


async def sign_in_staff(world: World, browser: Browser, **fields: str) -> httpx2.Response:
    """As Ada, who gets an app for it: staff always have two factors."""
    await give_factors(world.house, world.people["ada"].subject_id)
    page = await browser.authorize(prompt="login")
    page = await browser.follow(
        await browser.submit(page, username="ad90000-ovh", password=PASSWORD, **fields)
    )
    assert is_asking(page, "second-factor")
    code = totp_at(world.clock.now())
    done = await browser.follow(await browser.submit(page, "second-factor", code=code))
    assert "code" in answer(done)
    return done
