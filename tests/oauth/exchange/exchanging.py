"""A house whose services exchange tokens, and how they do it: subject tokens of every kind, requests, what is recorded.

People sign in to `panel`. `gateway` is the service account of the API, `ledgers` that of the ledger; `desk` is a tool
of people who act for customers, and `stranger` may exchange in principle, but no rule names it.
"""

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2

from idp.account.status import disable_account
from idp.clients.metadata import JWT_BEARER, TOKEN_EXCHANGE
from idp.clients.registration import disable_client, register_client
from idp.config.delegation import Delegation
from idp.config.resources import Resource
from idp.config.settings import Exchange, Settings, TrustedIssuer
from idp.records.client import Client, ClientId, RefreshPolicy
from idp.records.event import Occasion
from idp.spec.token_type import ACCESS_TOKEN, ID_TOKEN, JWT, REFRESH_TOKEN
from tests.oauth.wire import Tokens, refused, success
from tests.support.client_keys import client_key, jwks, public_jwk, signed
from tests.support.clients import API, LEDGER
from tests.support.world import ISSUER, START, Browser, World, open_world, settings_for, with_settings

TYPES = {"access_token": ACCESS_TOKEN, "refresh_token": REFRESH_TOKEN, "id_token": ID_TOKEN, "jwt": JWT}
OPAQUE = "https://opaque.example.test"
PANEL = {"client_id": "panel", "redirect_uri": "http://localhost:8011/callback"}
DESK = {"client_id": "desk", "redirect_uri": "http://localhost:8012/callback"}
CI, STAFF, ROBOTS, MAIL = (f"https://{name}.example.test" for name in ("ci", "staff", "robots", "mail"))
"""Trusted issuers: of customers by customer ID, by our own `sub`, of one service, of customers by e-mail address."""

_PERSON = frozenset({"openid", "profile", "email", "offline_access"})
_SCOPES = frozenset({"invoices:read", "invoices:pay", "ledger:read"})
_EVERYWHERE = frozenset({API, LEDGER, OPAQUE})
_numbers = itertools.count()

RULES = (
    Exchange(
        name="gateway",
        clients=("gateway",),
        subject_audiences=(API, OPAQUE),
        audiences=(API, LEDGER, OPAQUE),
        actors=("client", "person", "issuer"),
        actor_issuers=(STAFF,),
    ),
    Exchange(name="ledgers", clients=("ledgers",), subject_audiences=(LEDGER,), audiences=(API, LEDGER)),
    Exchange(
        name="panel",
        clients=("panel",),
        subject_clients=("panel",),
        subject_types=("access_token", "refresh_token", "id_token"),
        audiences=(API, LEDGER),
        mode="impersonation",
        acts_for_others=True,
    ),
    Exchange(
        name="desk",
        clients=("desk",),
        subject_clients=("panel",),
        audiences=(API,),
        scopes=("invoices:read",),
        actors=("person",),
        lifetime_seconds=120,
    ),
    Exchange(
        name="foreign",
        clients=("gateway",),
        subject_issuers=(CI, STAFF, ROBOTS, MAIL),
        audiences=(API, LEDGER),
    ),
)
ISSUERS = (
    TrustedIssuer(
        issuer=CI,
        jwks_uri=f"{CI}/jwks",
        subject="customer_id",
        scopes=("invoices:read", "ledger:read"),
        clients=("gateway",),
    ),
    TrustedIssuer(issuer=STAFF, jwks_uri=f"{STAFF}/jwks", audiences=("gateway",), scopes=("invoices:read",)),
    TrustedIssuer(
        issuer=ROBOTS,
        jwks_uri=f"{ROBOTS}/jwks",
        subject="service",
        service="ledgers",
        scopes=("invoices:read", "ledger:read"),
        clients=("gateway",),
    ),
    TrustedIssuer(
        issuer=MAIL, jwks_uri=f"{MAIL}/jwks", subject="email", scopes=("invoices:read",), clients=("gateway",)
    ),
)


def exchange_settings(database_url: str, folder: Path, **sections: Any) -> Settings:
    usual: dict[str, Any] = {
        "resources": (
            Resource(
                identifier=API, scopes=("invoices:read", "invoices:pay"), default=True, client="gateway"
            ),
            Resource(identifier=LEDGER, scopes=("ledger:read",), client="ledgers"),
            Resource(identifier=OPAQUE, scopes=("invoices:read",), client="gateway", token_format="opaque"),
        ),
        "exchanges": RULES,
        "trusted_issuers": ISSUERS,
        "delegation": Delegation(enabled=True, scopes=("invoices:read", "ledger:read")),
    }
    return with_settings(settings_for(database_url, folder), **{**usual, **sections})


@asynccontextmanager
async def exchange_world(settings: Settings) -> AsyncIterator[World]:
    async with open_world(settings) as world:
        for client in _CLIENTS:
            await register(world, client)
        for number, issuer in enumerate(ISSUERS):
            keys = jwks(public_jwk(client_key("RS256", 10 + number), kid="one"))
            world.outside.documents[issuer.jwks_uri] = json.dumps(keys).encode()
        yield world


async def register(world: World, client: Client) -> None:
    house, occasion = world.house, Occasion(now=START, actor="cli:test")
    secret = None if client.is_public else f"{client.client_id}-secret"
    await register_client(house.database, house.audit, house.entropy, occasion, client, secret=secret)


def service(client_id: str, **metadata: Any) -> Client:
    """A confidential service that may exchange."""
    usual: dict[str, Any] = {
        "grant_types": frozenset({"client_credentials", TOKEN_EXCHANGE, JWT_BEARER}),
        "response_types": frozenset(),
        "scopes": _SCOPES,
        "resources": _EVERYWHERE,
    }
    return Client(client_id=ClientId(client_id), client_name=client_id, **{**usual, **metadata})


_CLIENTS = (
    Client(
        client_id=ClientId("panel"),
        client_name="Panel",
        grant_types=frozenset({"authorization_code", "refresh_token", TOKEN_EXCHANGE}),
        redirect_uris=("http://localhost:8011/callback",),
        scopes=_PERSON | _SCOPES,
        resources=_EVERYWHERE,
        is_first_party=True,
        refresh=RefreshPolicy.SESSION,
    ),
    Client(
        client_id=ClientId("desk"),
        client_name="Desk",
        grant_types=frozenset({"authorization_code", "refresh_token", TOKEN_EXCHANGE}),
        redirect_uris=("http://localhost:8012/callback",),
        scopes=_PERSON | _SCOPES,
        is_first_party=True,
        refresh=RefreshPolicy.SESSION,
    ),
    service("gateway"),
    service("ledgers"),
    service("stranger"),
    service("narrow", scopes=frozenset({"ledger:read"}), grant_types=frozenset({"client_credentials"})),
)


async def panel_tokens(
    world: World,
    browser: Browser | None = None,
    scope: str = "openid invoices:read ledger:read",
    **asked: str,
) -> Tokens:
    """What the panel gets for Alice, unless `asked` says somebody else."""
    identifier = asked.pop("identifier", "aa11111-ovh")
    asked = {**PANEL, "scope": scope, **asked}
    response = await (browser or world.browser()).sign_in(identifier, **asked)
    return success(await world.browser().redeem(response, asked["client_id"]))


async def desk_tokens(world: World, identifier: str = "bb22222-ovh") -> Tokens:
    """What the desk gets for somebody, Bob unless said otherwise."""
    return await panel_tokens(world, None, identifier=identifier, **DESK)


async def exchange(
    world: World, subject: str, client: str = "gateway", kind: str = "access_token", **form: str
) -> httpx2.Response:
    """Exchange a token; without anything else, for the API. An empty value leaves a parameter out."""
    asked = {
        "grant_type": TOKEN_EXCHANGE,
        "subject_token": subject,
        "subject_token_type": TYPES.get(kind, kind),
        **form,
    }
    return await world.browser().token(client, **{name: value for name, value in asked.items() if value})


async def exchanged(world: World, subject: str, client: str = "gateway", **form: str) -> Tokens:
    return success(await exchange(world, subject, client, **form))


def claims_of(world: World, tokens: Tokens) -> dict[str, Any]:
    return world.house.keyring.verify(tokens["access_token"], typ="at+jwt")


async def disable(world: World, client_id: str) -> None:
    house, occasion = world.house, Occasion(now=world.clock.now(), actor="cli:test")
    await disable_client(house.database, house.audit, occasion, client_id)
    house.clients.forget(client_id)


async def disable_person(world: World, name: str) -> None:
    house, occasion = world.house, Occasion(now=world.clock.now(), actor="cli:test")
    assert await disable_account(house.database, house.audit, occasion, world.people[name])


async def is_active(world: World, token: str) -> bool:
    """Whether introspection says so."""
    answer = await world.browser().call("/introspect", "introspector", token=token)
    return bool(success(answer)["active"])


async def trail(world: World, kind: str = "token.exchanged") -> list[dict[str, Any]]:
    """What the audit trail says of exchanges, in their order."""
    rows = await world.rows(
        "SELECT outcome, reason, actor, subject_id, details FROM audit_event"
        f" WHERE type = '{kind}' ORDER BY event_id"
    )
    names = ("outcome", "reason", "actor", "subject_id")
    return [{**dict(zip(names, row, strict=False)), **json.loads(row[4])} for row in rows]


async def refused_and_recorded(
    world: World, response: httpx2.Response, error: str, status: int = 400, kind: str = "token.exchanged"
) -> str:
    """The description of a refusal, of which the audit trail knows, and that issued nothing."""
    description = refused(response, error, status)
    event = (await trail(world, kind))[-1]
    assert (event["outcome"], event["reason"], event["why"]) == ("failure", error, description)
    return description


def foreign(world: World, issuer: str = CI, **claims: Any) -> str:
    """A JWT of a trusted issuer for Alice; None leaves a claim out."""
    number = [one.issuer for one in ISSUERS].index(issuer)
    return signed(foreign_claims(world, issuer, **claims), client_key("RS256", 10 + number), kid="one")


def foreign_claims(world: World, issuer: str = CI, **claims: Any) -> dict[str, Any]:
    now, alice = world.clock.now(), world.people["alice"]
    subjects = {CI: alice.customer_id, STAFF: alice.sub, ROBOTS: "build 7", MAIL: "someone"}
    usual = {
        "iss": issuer,
        "sub": subjects[issuer],
        "aud": "gateway" if issuer == STAFF else ISSUER,
        "iat": now,
        "exp": now + 300,
        "jti": f"jti-{next(_numbers)}",
    }
    if issuer == MAIL:
        usual |= {"email": alice.primary_email, "email_verified": True}
    return {name: value for name, value in {**usual, **claims}.items() if value is not None}


def changed(rules: tuple[Exchange, ...] = RULES, /, **by_name: dict[str, Any]) -> tuple[Exchange, ...]:
    """`rules` with something else in some of them."""
    return tuple(replace(rule, **by_name.get(rule.name, {})) for rule in rules)
