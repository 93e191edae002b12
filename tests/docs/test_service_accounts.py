"""docs/service-accounts.md does what it says: its commands run against a real provider."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import pytest

from idp.clients.service_account_asked import MEMBERS, METHODS
from tests.docs.installation import PASSWORD, Installation, install, new_customer
from tests.docs.issuing import Client
from tests.docs.markdown import fence, fences, prose, spans
from tests.docs.visitor import Visitor
from tests.oidc.by_hand import unverified
from tests.support.processes import ROOT

PAGE = ROOT / "docs" / "service-accounts.md"
CALLBACK = "https://deployer.example.com/callback"
CUSTOMER = "alice@example.com"
_MANAGED = ("create", "list", "read", "rotate", "end-secret", "delete")


@pytest.fixture(scope="module")
def offering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The page's configuration, serving, with a customer who chose a password."""
    (configuration,) = [one.text for one in fences(PAGE) if one.mark == "config"]
    configuration = f'issuer = "https://login.example.com"\n{configuration}'
    installation = install(tmp_path_factory.mktemp("service-accounts"), configuration, {})
    installation.sh("idp db upgrade")
    link = new_customer(installation, CUSTOMER)
    with installation.serving():
        with Visitor() as visitor:
            visitor.enrol(link, PASSWORD)
        yield installation


def _deployed(installation: Installation) -> str:
    """The access token that a customer gives the program of the page."""
    secret = installation.sh(fence(PAGE, "register").text).splitlines()[-1]
    own_api = f"{installation.issuer}/api/v1"
    client = Client(
        client_id="deployer",
        secret=secret,
        callback=CALLBACK,
        scope="openid invoices:read service_accounts:manage",
    )
    asked = urlencode([("resource", own_api), ("resource", "https://invoices.example.com")])
    with Visitor() as visitor:
        page = visitor.open(f"{client.request(installation.issuer)}&{asked}")
        answer = visitor.sign_in(page, CUSTOMER, PASSWORD, until=CALLBACK)
    return client.redeemed(installation.issuer, answer, resource=own_api)["access_token"]


def test_a_program_makes_uses_and_ends_one(offering: Installation) -> None:
    variables = {"ACCESS_TOKEN": _deployed(offering)}

    def ask(name: str) -> Any:
        said = offering.sh(fence(PAGE, name).text, **variables)
        return json.loads(said) if said else None

    made = ask("create")
    variables |= {"CLIENT_ID": made["client_id"], "CLIENT_SECRET": made["client_secret"]}
    claims = unverified(ask("token")["access_token"])
    assert (claims["sub"], claims["scope"]) == (made["client_id"], "invoices:read")
    assert [one["client_id"] for one in ask("list")["service_accounts"]] == [made["client_id"]]
    (secret,) = ask("read")["secrets"]
    rotated = ask("rotate")
    assert rotated["former_secret_expires_at"] is not None
    variables |= {"SECRET_ID": secret["secret_id"]}
    assert ask("end-secret") is None
    with pytest.raises(RuntimeError):
        ask("token")
    variables |= {"CLIENT_SECRET": rotated["client_secret"]}
    assert ask("token")["scope"] == "invoices:read"
    customer_id = claims["owner"]["customer_id"]
    owned = offering.sh(fence(PAGE, "owned").text, CUSTOMER_ID=customer_id)
    assert owned.startswith(made["client_id"])
    assert ask("delete") is None
    assert ask("list") == {"service_accounts": []}


def test_everything_marked_to_be_run_is_run() -> None:
    marked = {one.name for one in fences(PAGE) if one.mark == "run"}
    assert marked == {*_MANAGED, "token", "register", "owned"}


def test_the_page_names_every_way_to_prove_oneself_and_what_may_be_said() -> None:
    named = set(spans(PAGE))
    assert set(METHODS) <= named
    relatives = {name for name in MEMBERS if name.startswith("tls_client_auth_san_")}
    assert set(MEMBERS) - relatives <= named
    assert "its relatives" in prose(PAGE)
