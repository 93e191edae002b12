"""A whole house for tests: the real application on a migrated database, people, clients, and a browser to sign in with.

Only the clock moves by hand, addresses are where `atlas.py` says, what is sent is kept (`mail.py`), and Argon2 runs at
its minimum. In `world` risk is observed and a password alone signs in; in `risky_world` it counts, Bob has an
authenticator app and backup codes (`factors.py`), and two-factor authentication on.
"""

import re
import sqlite3
from base64 import b64encode, urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from hashlib import sha256
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import asyncpg
import httpx2
import pytest

from idp.app import House, create_app, open_house
from idp.config.exceptions import Exceptions
from idp.config.settings import Database, Keys, Password, Resource, Risk, Settings
from idp.records.account import Person
from tests.support.atlas import Atlas
from tests.support.clients import API, LEDGER
from tests.support.factors import give_factors
from tests.support.inhabitants import clients_of, people_of
from tests.support.outside import MemoryOutside
from tests.support.proofs import MemoryProofs
from tests.support.relays import MemoryGateway, MemoryRelay

ISSUER = "http://localhost:8000"
PASSWORD = "correct horse battery"
VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
START = 1_800_000_000


class HandClock:
    """Moves when a test says so."""

    def __init__(self, at: int = START) -> None:
        self.at = at

    def now(self) -> int:
        return self.at

    def pass_(self, seconds: int) -> None:
        self.at += seconds


@dataclass(kw_only=True)
class World:
    house: House
    app: Any
    clock: HandClock
    people: dict[str, Person]
    relay: MemoryRelay = field(default_factory=MemoryRelay)
    gateway: MemoryGateway = field(default_factory=MemoryGateway)
    atlas: Atlas = field(default_factory=Atlas)
    proofs: MemoryProofs = field(default_factory=MemoryProofs)
    outside: MemoryOutside = field(default_factory=MemoryOutside)
    opened: list[httpx2.AsyncClient] = field(default_factory=list)

    def browser(self, *, address: str = "192.0.2.1", headers: Mapping[str, str] | None = None) -> "Browser":
        """A fresh browser (or program) at `address`. Redirects are not followed by themselves."""
        transport = httpx2.ASGITransport(app=self.app, client=(address, 40_000))
        http = httpx2.AsyncClient(transport=transport, base_url=ISSUER, headers=dict(headers or {}))
        self.opened.append(http)
        return Browser(http)

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Whatever a plain query finds, for assertions on what is stored."""
        url = self.house.settings.database.url
        if url.startswith("sqlite:///"):
            with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as file:
                return list(file.execute(sql).fetchall())
        server = await asyncpg.connect(url)
        try:
            return [tuple(row) for row in await server.fetch(sql)]
        finally:
            await server.close()


class Browser:
    """What a person, or a client's program, does over HTTP."""

    def __init__(self, http: httpx2.AsyncClient) -> None:
        self.http = http

    async def get(self, url: str, **kwargs: Any) -> httpx2.Response:
        return await self.http.get(url, **kwargs)

    async def submit(self, page: httpx2.Response, form_id: str = "", **fields: str) -> httpx2.Response:
        """Fill in a form of `page`, the first or the one with this `id`, and send it."""
        html = form_of(page, form_id)
        action = unescape(re.search(r'<form[^>]*action="([^"]*)"', html)[1])  # type: ignore[index]
        found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', html)
        hidden = {unescape(name): unescape(value) for name, value in found}
        return await self.http.post(
            action, data={**hidden, "action": "continue", **fields}, headers={"origin": ISSUER}
        )

    async def follow(self, response: httpx2.Response) -> httpx2.Response:
        """Follow redirects as far as they stay with us."""
        while response.is_redirect and response.headers["location"].startswith(("/", ISSUER)):
            response = await self.http.get(response.headers["location"])
        return response

    async def authorize(self, **parameters: str) -> httpx2.Response:
        """An authorization request, and whatever it leads to here: a page, or the redirect to the client."""
        return await self.follow(await self.http.get("/authorize?" + urlencode(asked(**parameters))))

    async def sign_in(
        self, identifier: str = "aa11111-ovh", password: str = PASSWORD, **parameters: str
    ) -> httpx2.Response:
        """Sign in from an authorization request to the redirect to the client."""
        page = await self.authorize(**parameters)
        return await self.follow(await self.submit(page, username=identifier, password=password))

    async def token(self, client: str = "manager", **form: str) -> httpx2.Response:
        """A request to the token endpoint, authenticated as `client` is registered."""
        return await self.call("/token", client, **form)

    async def call(self, path: str, client: str, **form: str) -> httpx2.Response:
        if client in ("spa", "native"):
            return await self.http.post(path, data={"client_id": client, **form})
        return await self.http.post(path, data=form, headers={"authorization": basic(client)})

    async def redeem(
        self, response: httpx2.Response, client: str = "manager", **form: str
    ) -> httpx2.Response:
        """Redeem the code of an authorization response."""
        uri = urlsplit(response.headers["location"])
        return await self.token(
            client,
            **{
                "grant_type": "authorization_code",
                "code": parse_qs(uri.query)["code"][0],
                "redirect_uri": uri._replace(query="").geturl(),
                "code_verifier": VERIFIER,
                **form,
            },
        )


def form_of(page: httpx2.Response, form_id: str = "") -> str:
    """The first form of a page, or the one with this `id`."""
    forms: list[str] = re.findall(r"<form.*?</form>", page.text, re.DOTALL)
    fitting = [form for form in forms if not form_id or f'id="{form_id}"' in form.split(">", 1)[0]]
    assert fitting, f"{page.status_code}: no form {form_id}"
    return fitting[0]


def is_asking(page: httpx2.Response, step: str) -> bool:
    """Whether a page is the one that asks for `step`."""
    return page.status_code in (200, 422, 429) and f'<form id="{step}"' in page.text


def asked(**parameters: str) -> dict[str, str]:
    """The parameters of an ordinary authorization request by the manager; an empty value leaves one out."""
    ordinary = {
        "client_id": "manager",
        "redirect_uri": "http://localhost:8001/callback",
        "response_type": "code",
        "scope": "openid profile email",
        "state": "some state",
        "nonce": "n-1",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in {**ordinary, **parameters}.items() if value}


def basic(client: str, secret: str | None = None) -> str:
    return "Basic " + b64encode(f"{client}:{secret or client + '-secret'}".encode()).decode()


def answer(response: httpx2.Response) -> dict[str, str]:
    """The parameters of an authorization response."""
    assert response.status_code == 303, response.text
    return {
        name: values[0] for name, values in parse_qs(urlsplit(response.headers["location"]).query).items()
    }


def settings_for(database_url: str, folder: Path) -> Settings:
    return Settings(
        issuer=ISSUER,
        database=Database(url=database_url),
        keys=Keys(directory=str(folder / "keys")),
        password=Password(time_cost=1, memory_cost_kib=8, threads=2),
        risk=Risk(mode="observe"),
        resources=(
            Resource(identifier=API, scopes=("invoices:read", "invoices:pay"), default=True),
            Resource(identifier=LEDGER, scopes=("ledger:read",)),
        ),
    )


@asynccontextmanager
async def open_world(settings: Settings) -> AsyncIterator[World]:
    """The house with its people and clients."""
    clock, relay, gateway, atlas = HandClock(), MemoryRelay(), MemoryGateway(), Atlas()
    proofs, outside = MemoryProofs(), MemoryOutside()
    async with open_house(
        settings, clock=clock, mail=relay, sms=gateway, geography=atlas, domains=proofs, outside=outside
    ) as house:
        people = await people_of(house, PASSWORD, now=START)
        await clients_of(house, now=START)
        world = World(
            house=house,
            app=create_app(house),
            clock=clock,
            people=people,
            relay=relay,
            gateway=gateway,
            atlas=atlas,
            proofs=proofs,
            outside=outside,
        )
        yield world
        for http in world.opened:
            await http.aclose()


@pytest.fixture
async def world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A whole house, once on each kind of database."""
    async with open_world(settings_for(database_url, tmp_path)) as world:
        yield world


@pytest.fixture
async def sqlite_world(sqlite_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """The same on SQLite alone, for what no database changes."""
    async with open_world(settings_for(sqlite_url, tmp_path)) as world:
        yield world


EVERY_EXCEPTION = Exceptions(
    require_pkce=False,
    legacy_response_types=True,
    allow_unsigned=True,
    assertion_audiences=("issuer", "endpoint"),
    fetch_private_networks=("127.0.0.0/8",),
)


@pytest.fixture
async def excepting_world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A house that certification and old applications are content with, once on each kind of database."""
    settings = replace(settings_for(database_url, tmp_path), exceptions=EVERY_EXCEPTION)
    async with open_world(settings) as world:
        yield world


@pytest.fixture
async def sqlite_excepting_world(sqlite_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """The same on SQLite alone, for what no database changes."""
    settings = replace(settings_for(sqlite_url, tmp_path), exceptions=EVERY_EXCEPTION)
    async with open_world(settings) as world:
        yield world


def risky_settings(database_url: str, folder: Path, **sections: Any) -> Settings:
    """Settings in which the risk policy counts."""
    return replace(settings_for(database_url, folder), **{"risk": Risk(), **sections})


@asynccontextmanager
async def open_risky_world(settings: Settings) -> AsyncIterator[World]:
    """A world whose Bob has an app and backup codes, with two-factor authentication on."""
    async with open_world(settings) as world:
        await give_factors(world.house, world.people["bob"].subject_id)
        yield world


@pytest.fixture
async def risky_world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A house in which a risky sign-in owes a code, once on each kind of database."""
    async with open_risky_world(risky_settings(database_url, tmp_path)) as world:
        yield world


@pytest.fixture
async def sqlite_risky_world(sqlite_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """The same on SQLite alone, for what no database changes."""
    async with open_risky_world(risky_settings(sqlite_url, tmp_path)) as world:
        yield world


def with_settings(world_settings: Settings, **sections: Any) -> Settings:
    """Settings with other sections."""
    return replace(world_settings, **sections)
