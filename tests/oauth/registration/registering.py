"""What tests of registration do again and again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2

from idp.clients.initial_tokens import NewToken, create_initial_token
from idp.config.exceptions import Exceptions
from idp.config.registration import Registration
from idp.records.event import Occasion
from tests.support.world import World, open_world, settings_for

OPEN = Registration(mode="open", network_per_hour=1_000)
METADATA = {"client_name": "Shop", "redirect_uris": ["https://shop.example/cb"]}
URI = "https://shop.example/cb"

Document = dict[str, Any]


@asynccontextmanager
async def registering_world(
    url: str, folder: Path, *, registration: Registration = OPEN, exceptions: Exceptions | None = None
) -> AsyncIterator[World]:
    """A house where clients may register themselves."""
    settings = replace(settings_for(url, folder), registration=registration)
    if exceptions is not None:
        settings = replace(settings, exceptions=exceptions)
    async with open_world(settings) as world:
        yield world


async def post(world: World, document: Any = None, token: str = "", **members: Any) -> httpx2.Response:
    """A registration of an ordinary client with other members, or of exactly `document`."""
    sent = {**METADATA, **members} if document is None else document
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return await world.browser().http.post("/register", json=sent, headers=headers)


async def registered(world: World, token: str = "", **members: Any) -> Document:
    """What a client holds that was registered."""
    response = await post(world, token=token, **members)
    assert response.status_code == 201, response.text
    document: Document = response.json()
    return document


async def manage(
    world: World, held: Document, method: str = "GET", document: Any = None, *, token: str | None = None
) -> httpx2.Response:
    """A request to a client's registration, with its own token unless another is given."""
    bearer = held["registration_access_token"] if token is None else token
    headers = {"authorization": f"Bearer {bearer}"} if bearer else {}
    uri = held["registration_client_uri"]
    return await world.browser().http.request(method, uri, json=document, headers=headers)


def own(held: Document, **members: Any) -> Document:
    """What a client sends to change itself: what it holds without what is ours, and other members."""
    ours = {
        "registration_access_token",
        "registration_client_uri",
        "client_secret_expires_at",
        "client_id_issued_at",
    }
    return {**{name: value for name, value in held.items() if name not in ours}, **members}


async def initial_token(
    world: World, *, uses: int | None = None, seconds: int = 3_600, **policy: Any
) -> NewToken:
    house = world.house
    return await create_initial_token(
        house.database,
        house.audit,
        house.entropy,
        Occasion(now=world.clock.now(), actor="test"),
        note="for a test",
        policy=policy,
        uses=uses,
        seconds=seconds,
    )


def refusal(response: httpx2.Response, status: int = 400) -> tuple[str, str]:
    """The code and the description of a refusal, which is JSON and stays with nobody."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "no-store"
    assert set(response.json()) <= {"error", "error_description"}
    return response.json()["error"], response.json().get("error_description", "")
