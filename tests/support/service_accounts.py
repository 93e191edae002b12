"""A world whose customers may have service accounts, and what they do with them."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from idp.config.service_accounts import ServiceAccounts
from tests.portal.pressing import open_account, press
from tests.support.world import Browser, World, basic, open_world, settings_for

LIST_PATH = "/account/applications"
NEW_PATH = "/account/applications/new"
OFFERED = ServiceAccounts(scopes=("invoices:read", "ledger:read"), most=3)


@pytest.fixture
async def serving_world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """A house that offers service accounts, once on each kind of database."""
    settings = replace(settings_for(database_url, tmp_path), service_accounts=OFFERED)
    async with open_world(settings) as world:
        yield world


@pytest.fixture
async def sqlite_serving_world(sqlite_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """The same on SQLite alone, for what no database changes."""
    settings = replace(settings_for(sqlite_url, tmp_path), service_accounts=OFFERED)
    async with open_world(settings) as world:
        yield world


def one_path(client_id: str) -> str:
    return f"/account/applications/service-account?id={client_id}"


def delete_path(client_id: str) -> str:
    return f"/account/applications/delete?id={client_id}"


async def make(
    browser: Browser,
    *,
    identifier: str = "aa11111-ovh",
    name: str = "Invoice download",
    scope: str = "invoices:read",
    method: str = "client_secret_basic",
    is_signed_in: bool = False,
    **fields: str,
) -> httpx2.Response:
    """Sign in unless that is done, and send the first form of a new service account."""
    if is_signed_in:
        page = await browser.get(NEW_PATH)
    else:
        page = await open_account(browser, NEW_PATH, identifier=identifier)
    return await press(
        browser,
        page,
        "new-service-account",
        "continue",
        name=name,
        scope=scope,
        method=method,
        **fields,
    )


def shown(page: httpx2.Response) -> tuple[str, str]:
    """The client ID and the secret of the page that shows them once."""
    assert page.status_code == 200, page.text
    found = dict(re.findall(r'id="(client-id|client-secret)">([^<]+)<', page.text))
    return found["client-id"], found["client-secret"]


async def token_of(browser: Browser, client_id: str, secret: str, **form: str) -> httpx2.Response:
    return await browser.http.post(
        "/token",
        data={"grant_type": "client_credentials", **form},
        headers={"authorization": basic(client_id, secret)},
    )


async def introspected(browser: Browser, token: str) -> dict[str, Any]:
    answer = await browser.http.post(
        "/introspect", data={"token": token}, headers={"authorization": basic("introspector")}
    )
    found: dict[str, Any] = answer.json()
    return found
