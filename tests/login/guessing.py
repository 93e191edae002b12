"""Somebody who guesses passwords, from wherever they say, through a proxy that we trust."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from idp.config.settings import Server
from tests.login.counting import CountingHasher, count_work
from tests.support.world import ISSUER, Browser, World, open_world, settings_for, with_settings

PROXY = "198.51.100.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guesser:
    """A browser with an open sign-in page."""

    world: World
    browser: Browser
    page: httpx2.Response
    hasher: CountingHasher

    @classmethod
    async def at(cls, world: World, hasher: CountingHasher) -> "Guesser":
        browser = world.browser(address=PROXY)
        return cls(world=world, browser=browser, page=await browser.authorize(), hasher=hasher)

    async def guess(
        self, typed: str = "aa11111-ovh", password: str = "wrong", *, address: str = "203.0.113.9"
    ) -> httpx2.Response:
        self.browser.http.headers["x-forwarded-for"] = address
        return await self.browser.submit(self.page, username=typed, password=password)

    async def is_compared(self, typed: str = "aa11111-ovh", **guess: str) -> bool:
        """Guess; whether anything was compared."""
        before = self.hasher.comparisons
        await self.guess(typed, **guess)
        return self.hasher.comparisons == before + 1

    async def wait(self, typed: str = "aa11111-ovh", **guess: str) -> int:
        """Guess in vain; the seconds that Retry-After names."""
        response = await self.guess(typed, **guess)
        assert response.status_code == 429, response.status_code
        return int(response.headers["retry-after"])


@asynccontextmanager
async def guessing(url: str, folder: Path, **sections: Any) -> AsyncIterator[Guesser]:
    settings = with_settings(
        settings_for(url, folder), server=Server(trusted_proxies=(f"{PROXY}/32",)), **sections
    )
    async with open_world(settings) as world:
        hasher = count_work(world)
        yield await Guesser.at(world, hasher)


def form_of(page: httpx2.Response, **fields: str) -> dict[str, str]:
    """The fields of the first form of a page, filled in."""
    token = page.text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    return {"csrf_token": token, "action": "continue", **fields}


OURS = {"origin": ISSUER, "sec-fetch-site": "same-origin"}
