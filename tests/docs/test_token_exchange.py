"""docs/token-exchange.md does what it says: its commands run against a real provider, and its tables are complete."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import pytest

from idp.config.settings import Exchange, TrustedIssuer
from idp.oauth.exchange.policy import MOST_EXCHANGES
from idp.spec.actor import LONGEST_CHAIN
from tests.docs.installation import PASSWORD, Installation, install, new_customer
from tests.docs.issuing import Client
from tests.docs.markdown import fence, fences, prose, table
from tests.docs.visitor import Visitor
from tests.oidc.by_hand import unverified
from tests.support.processes import ROOT

PAGE = ROOT / "docs" / "token-exchange.md"
CALLBACK = "https://panel.example.com/callback"
CUSTOMER = "alice@example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trading:
    installation: Installation
    invoices_secret: str
    access_token: str


@pytest.fixture(scope="module")
def trading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trading]:
    """The page, followed until somebody has signed in to the panel."""
    (configuration,) = [one.text for one in fences(PAGE) if one.mark == "config"]
    configuration = f'issuer = "https://login.example.com"\n{configuration}'
    installation = install(tmp_path_factory.mktemp("exchange"), configuration, {})
    installation.sh("idp db upgrade")
    said = installation.sh(fence(PAGE, "register").text)
    invoices, panel = [one.split()[-1] for one in said.split("Registered ")[1:]]
    link = new_customer(installation, CUSTOMER)
    with installation.serving():
        client = Client(
            client_id="panel", secret=panel, callback=CALLBACK, scope="openid invoices:read ledger:read"
        )
        with Visitor() as visitor:
            visitor.enrol(link, PASSWORD)
        with Visitor() as visitor:
            page = visitor.open(client.request(installation.issuer))
            answer = visitor.sign_in(page, CUSTOMER, PASSWORD, until=CALLBACK)
        token = client.redeemed(installation.issuer, answer)["access_token"]
        yield Trading(installation=installation, invoices_secret=invoices, access_token=token)


def test_the_commands_of_the_page_work(trading: Trading) -> None:
    assert {one.name for one in fences(PAGE) if one.mark == "run"} == {"register", "exchange", "audit"}
    before = unverified(trading.access_token)
    assert before["scope"] == "openid invoices:read"

    said = trading.installation.sh(
        fence(PAGE, "exchange").text,
        INVOICES_SECRET=trading.invoices_secret,
        ACCESS_TOKEN=trading.access_token,
    )

    claims = unverified(json.loads(said)["access_token"])
    shown = json.loads(next(one.text for one in fences(PAGE) if '"act"' in one.text))
    assert {name: claims[name] for name in shown} == {**shown, "sub": before["sub"]}
    assert claims["exp"] <= before["exp"]
    with closing(sqlite3.connect(trading.installation.data / "idp.db")) as database:
        ((_, outcome, actor, details),) = database.execute(fence(PAGE, "audit").text).fetchall()
    assert (outcome, actor) == ("success", "client:invoices")
    assert json.loads(details)["chain"] == [before["sub"], "client:invoices"]


def test_the_tables_have_every_key() -> None:
    for heading, record in (("Say who may", Exchange), ("JWTs of others", TrustedIssuer)):
        assert {row[0].strip("`") for row in table(PAGE, heading)} == set(record.__dataclass_fields__)


def test_the_numbers_are_right() -> None:
    said = prose(PAGE)
    assert "beyond five actors" in said
    assert "an eleventh exchange" in said
    assert (LONGEST_CHAIN, MOST_EXCHANGES) == (5, 10)
