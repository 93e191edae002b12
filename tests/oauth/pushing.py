"""Authorization requests that clients push ahead, and browsers that come with them."""

from dataclasses import replace
from typing import Any

import httpx2

from idp.clients.registration import register_client
from idp.records.client import ClientId
from idp.records.event import Occasion
from tests.support.clients import CLIENTS
from tests.support.world import START, Browser, World, asked

URN = "urn:ietf:params:oauth:request_uri:"
PUSHER = "pusher"


async def register_pusher(world: World, client_id: str = PUSHER, **metadata: Any) -> None:
    """A client as the manager is one, which only ever pushes, unless `metadata` has it otherwise."""
    house = world.house
    usual: dict[str, Any] = {"initiate_login_uri": "", "require_pushed_authorization_requests": True}
    client = replace(CLIENTS[0][0], client_id=ClientId(client_id), **{**usual, **metadata})
    secret = f"{client_id}-secret" if client.has_secret else None
    occasion = Occasion(now=START, actor="cli:test")
    await register_client(house.database, house.audit, house.entropy, occasion, client, secret=secret)


async def push(world: World, client: str = "manager", **parameters: str) -> httpx2.Response:
    """An ordinary request, pushed by `client`; an empty value leaves one out."""
    return await world.browser().call("/par", client, **asked(**{"client_id": client, **parameters}))


async def pushed(world: World, client: str = "manager", **parameters: str) -> str:
    """The reference to a request that was taken."""
    response = await push(world, client, **parameters)
    assert response.status_code == 201, response.text
    assert response.headers["cache-control"] == "no-store"
    body = response.json()
    assert set(body) == {"request_uri", "expires_in"}
    reference: str = body["request_uri"]
    assert reference.startswith(URN)
    return reference


def visitor(world: World) -> Browser:
    """Somebody who looks at pages."""
    return world.browser(headers={"accept": "text/html"})


async def come(browser: Browser, request_uri: str, client: str = "manager", **beside: str) -> httpx2.Response:
    """What a browser gets that comes with a reference: a page, or the redirect to the client."""
    sent = {"client_id": client, "request_uri": request_uri, **beside}
    return await browser.follow(await browser.get("/authorize", params=sent))


async def sign_in(browser: Browser, page: httpx2.Response) -> httpx2.Response:
    """Alice, on the page of a sign-in."""
    answer = await browser.submit(page, username="aa11111-ovh", password="correct horse battery")
    return await browser.follow(answer)


def is_over(page: httpx2.Response) -> bool:
    """Whether it is the page of a request that can't be answered any more; it leads on, and nowhere by itself."""
    assert page.status_code == 410, page.text
    assert "This page has expired" in page.text
    assert "location" not in page.headers
    return True


def is_untrusted(page: httpx2.Response) -> bool:
    """Whether it is the page of a link that never worked."""
    assert page.status_code == 400, page.text
    assert "This sign-in link doesn" in page.text
    assert "location" not in page.headers
    return True
