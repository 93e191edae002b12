"""What tests of the authorization server do again and again: get tokens, use them, see what is left of them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2

from idp.app import create_app, open_house
from idp.config.settings import Settings
from tests.support.world import Browser, HandClock, World, answer

SPA = {"client_id": "spa", "redirect_uri": "http://localhost:3000/callback"}
NATIVE = {"client_id": "native", "redirect_uri": "http://127.0.0.1/callback"}

Tokens = dict[str, Any]


async def code_of(browser: Browser, **parameters: str) -> str:
    """The code of a browser that is signed in, or signs in now as Alice."""
    response = await browser.authorize(**parameters)
    if response.status_code == 200:
        response = await browser.sign_in(**parameters)
    return answer(response)["code"]


async def tokens_of(world: World, client: str = "manager", **parameters: str) -> Tokens:
    """What a first-party client gets for Alice, in a browser of her own."""
    return success(await world.browser().redeem(await world.browser().sign_in(**parameters), client))


async def offline_tokens_of(browser: Browser, **parameters: str) -> Tokens:
    """What the single page application gets, with offline access, after asking for consent."""
    response = await consented(browser, scope="openid profile offline_access", **parameters)
    return success(await browser.redeem(response, "spa"))


async def consented(browser: Browser, **parameters: str) -> httpx2.Response:
    """The authorization response to the single page application, past its pages."""
    response = await browser.authorize(**{**SPA, **parameters})
    if 'id="login"' in response.text:
        page = await browser.submit(response, username="aa11111-ovh", password="correct horse battery")
        response = await browser.follow(page)
    if 'id="consent"' in response.text:
        response = await browser.follow(await browser.submit(response, action="allow"))
    return response


async def refresh(
    browser: Browser, refresh_token: str, client: str = "manager", **form: str
) -> httpx2.Response:
    return await browser.token(client, grant_type="refresh_token", refresh_token=refresh_token, **form)


async def userinfo(browser: Browser, access_token: str) -> httpx2.Response:
    return await browser.get("/userinfo", headers={"authorization": f"Bearer {access_token}"})


async def is_alive(world: World, tokens: Tokens) -> bool:
    """Whether the access token still opens userinfo."""
    return (await userinfo(world.browser(), tokens["access_token"])).status_code == 200


def success(response: httpx2.Response) -> Tokens:
    assert response.status_code == 200, response.text
    tokens: Tokens = response.json()
    return tokens


def refused(response: httpx2.Response, error: str, status: int = 400) -> str:
    """The description of a refusal, which is JSON, uncacheable, and holds only what RFC 6749 allows."""
    assert (response.status_code, response.json()["error"]) == (status, error), response.text
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert set(response.json()) <= {"error", "error_description"}
    description: str = response.json().get("error_description", "")
    assert is_printable(description)
    return description


def is_printable(description: str) -> bool:
    """Whether it keeps to the characters of RFC 6749 §5.2."""
    return all(" " <= character <= "~" and character not in '"\\' for character in description)


def fragment_free(location: str) -> tuple[str, dict[str, list[str]]]:
    """A redirect's address without its query, and its query."""
    parts = urlsplit(location)
    assert not parts.fragment
    return parts._replace(query="").geturl(), parse_qs(parts.query, keep_blank_values=True)


@asynccontextmanager
async def reopened(settings: Settings, clock: HandClock) -> AsyncIterator[World]:
    """The house as it is found after a restart."""
    async with open_house(settings, clock=clock) as house:
        world = World(house=house, app=create_app(house), clock=clock, people={})
        yield world
        for http in world.opened:
            await http.aclose()
