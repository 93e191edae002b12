"""A whole house for tests: the real application on a migrated database, people, clients, and a browser to sign in with.

Only the clock moves by hand, and Argon2 runs at its minimum.
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

from idp.account.creation import NewAccount, create_account
from idp.app import House, create_app, open_house
from idp.clients.registration import register_client
from idp.config.settings import Database, Keys, Password, Resource, Settings
from idp.records.account import AccountStatus, Person, Role
from idp.records.client import ApplicationType, Client, ClientId, RefreshPolicy
from idp.records.event import Occasion
from idp.signing.secrets import Purpose
from idp.store.accounts import PUT_PASSWORD
from tests.support.relays import MemoryGateway, MemoryRelay

ISSUER = "http://localhost:8000"
API = "https://api.example.test"
LEDGER = "https://ledger.example.test"
PASSWORD = "correct horse battery"
VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
START = 1_800_000_000

_CODE_AND_REFRESH = frozenset({"authorization_code", "refresh_token"})
_EVERYTHING = frozenset({"openid", "profile", "email", "address", "phone", "offline_access", "invoices:read"})

CLIENTS = (
    (
        Client(
            client_id=ClientId("manager"),
            client_name="Manager",
            names={"fr": "Espace client"},
            grant_types=_CODE_AND_REFRESH,
            redirect_uris=("http://localhost:8001/callback",),
            post_logout_redirect_uris=("http://localhost:8001/signed-out",),
            initiate_login_uri="http://localhost:8001/login",
            scopes=_EVERYTHING,
            is_first_party=True,
            refresh=RefreshPolicy.SESSION,
        ),
        "manager-secret",
    ),
    (
        Client(
            client_id=ClientId("spa"),
            client_name="Single page",
            token_endpoint_auth_method="none",
            grant_types=_CODE_AND_REFRESH,
            redirect_uris=("http://localhost:3000/callback",),
            scopes=_EVERYTHING,
        ),
        None,
    ),
    (
        Client(
            client_id=ClientId("native"),
            client_name="Desktop",
            application_type=ApplicationType.NATIVE,
            token_endpoint_auth_method="none",
            grant_types=_CODE_AND_REFRESH,
            redirect_uris=("http://127.0.0.1/callback",),
            scopes=_EVERYTHING,
            is_first_party=True,
        ),
        None,
    ),
    (
        Client(
            client_id=ClientId("machine"),
            client_name="Machine",
            grant_types=frozenset({"client_credentials"}),
            response_types=frozenset(),
            scopes=frozenset({"invoices:read", "ledger:read"}),
            resources=frozenset({API, LEDGER}),
        ),
        "machine-secret",
    ),
    (
        Client(
            client_id=ClientId("introspector"),
            client_name="Introspector",
            grant_types=frozenset(),
            response_types=frozenset(),
            may_introspect=True,
        ),
        "introspector-secret",
    ),
)


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

    async def submit(self, page: httpx2.Response, **fields: str) -> httpx2.Response:
        """Fill in the first form of `page` and send it."""
        html = page.text
        action = unescape(re.search(r'<form[^>]*action="([^"]*)"', html)[1])  # type: ignore[index]
        form = re.search(r"<form.*?</form>", html, re.DOTALL)[0]  # type: ignore[index]
        found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
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
        resources=(
            Resource(identifier=API, scopes=("invoices:read", "invoices:pay"), default=True),
            Resource(identifier=LEDGER, scopes=("ledger:read",)),
        ),
    )


@asynccontextmanager
async def open_world(settings: Settings) -> AsyncIterator[World]:
    """The house with its people and clients."""
    clock, relay, gateway = HandClock(), MemoryRelay(), MemoryGateway()
    async with open_house(settings, clock=clock, mail=relay, sms=gateway) as house:
        people = await _people(house)
        await _clients(house)
        world = World(
            house=house, app=create_app(house), clock=clock, people=people, relay=relay, gateway=gateway
        )
        yield world
        for http in world.opened:
            await http.aclose()


async def _people(house: House) -> dict[str, Person]:
    occasion = Occasion(now=START, actor="system")
    pepper = house.secrets.newest(Purpose.PEPPER)
    encoded = await house.hasher.hash(PASSWORD, pepper=pepper.value)
    people = {}
    for name, customer_id, role, status in (
        ("Alice Martin", "aa11111-ovh", Role.CUSTOMER, AccountStatus.ACTIVE),
        ("Bob Durand", "bb22222-ovh", Role.CUSTOMER, AccountStatus.ACTIVE),
        ("Dan Petit", "dd44444-ovh", Role.CUSTOMER, AccountStatus.DISABLED),
        ("Ada Admin", "ad90000-ovh", Role.ADMINISTRATOR, AccountStatus.ACTIVE),
    ):
        first = name.split()[0].lower()
        new = NewAccount(
            primary_email=f"{first}@example.test",
            is_primary_email_verified=True,
            profile={"name": name, "given_name": name.split()[0], "family_name": name.split()[1]},
            role=role,
            status=status,
            customer_id=customer_id,
        )
        person = await create_account(
            house.database, house.audit, house.entropy, occasion, new, rules=house.settings.customer_id
        )
        effect = PUT_PASSWORD.effect(
            subject_id=person.subject_id, encoded=encoded, pepper_id=pepper.secret_id, changed_at=START
        )
        assert await house.database.apply([effect])
        people[first] = person
    return people


async def _clients(house: House) -> None:
    occasion = Occasion(now=START, actor="system")
    for client, secret in CLIENTS:
        await register_client(house.database, house.audit, house.entropy, occasion, client, secret=secret)


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


def with_settings(world_settings: Settings, **sections: Any) -> Settings:
    """Settings with other sections."""
    return replace(world_settings, **sections)
