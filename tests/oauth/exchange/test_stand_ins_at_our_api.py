"""Our own API, for whoever only says that they stand for a person."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.clients.metadata import JWT_BEARER, TOKEN_EXCHANGE
from idp.config.service_accounts import ServiceAccounts
from idp.config.settings import Exchange
from tests.oauth.exchange.exchanging import (
    CI,
    ISSUERS,
    exchange_settings,
    exchange_world,
    exchanged,
    foreign,
    register,
    service,
)
from tests.oauth.wire import success
from tests.support.world import ISSUER, World

OWN_API = f"{ISSUER}/api/v1"
SCOPES = {"/service-accounts": "service_accounts:manage", "/delegations": "delegations:read"}


@pytest.fixture
async def robotic_world(sqlite_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """An operator trusts an issuer with everything that our own API has."""
    trusted = tuple(replace(one, scopes=tuple(SCOPES.values()), clients=("robot",)) for one in ISSUERS)
    rule = Exchange(
        name="robot", clients=("robot",), subject_issuers=(CI,), audiences=(OWN_API,), mode="impersonation"
    )
    settings = exchange_settings(
        sqlite_url,
        tmp_path,
        exchanges=(rule,),
        trusted_issuers=trusted,
        service_accounts=ServiceAccounts(scopes=("invoices:read",)),
    )
    async with exchange_world(settings) as world:
        scopes, resources = frozenset(SCOPES.values()), frozenset({OWN_API})
        await register(world, service("robot", scopes=scopes, resources=resources))
        yield world


@pytest.mark.parametrize("grant_type", [JWT_BEARER, TOKEN_EXCHANGE])
@pytest.mark.parametrize("path", SCOPES)
async def test_it_is_for_people_who_signed_in(robotic_world: World, path: str, grant_type: str) -> None:
    token = foreign(robotic_world)
    if grant_type == JWT_BEARER:
        form = {"grant_type": JWT_BEARER, "assertion": token, "resource": OWN_API}
        answer = success(await robotic_world.browser().token("robot", **form))
    else:
        answer = await exchanged(robotic_world, token, "robot", kind="jwt", resource=OWN_API)
    assert SCOPES[path] in str(answer["scope"]).split()

    headers = {"authorization": f"Bearer {answer['access_token']}"}
    response = await robotic_world.browser().http.get(f"/api/v1{path}", headers=headers)

    assert (response.status_code, response.json()["error"]) == (403, "insufficient_scope")
