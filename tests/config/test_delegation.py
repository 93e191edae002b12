"""What operators may let customers allow: scopes of their own APIs, and nothing that opens the account."""

import pytest

from idp.config.safety import unsafe
from idp.config.settings import Delegation, Resource, Settings
from tests.support.clients import API


def _problems(*scopes: str, enabled: bool = True) -> list[str]:
    settings = Settings(
        issuer="http://localhost:8000",
        resources=(Resource(identifier=API, scopes=("invoices:read", "invoices:pay"), default=True),),
        delegation=Delegation(enabled=enabled, scopes=scopes),
    )
    return [finding.message for finding in unsafe(settings) if finding.path[0] == "delegation"]


def test_scopes_of_an_api_can_be_offered() -> None:
    assert _problems("invoices:read", "invoices:pay") == []
    assert _problems(enabled=False) == []


@pytest.mark.parametrize(
    "scope", ["openid", "profile", "email", "offline_access", "customers:read", "delegations:read"]
)
def test_what_is_about_the_account_itself_cannot(scope: str) -> None:
    assert _problems("invoices:read", scope) == [
        "is about the account itself, which nobody else may act with."
    ]


def test_neither_can_what_no_api_understands_or_the_same_twice() -> None:
    assert _problems("invoices:write") == ["is a scope of no resource."]
    assert _problems("invoices:read", "invoices:read") == ["is listed twice."]


def test_to_turn_it_on_takes_something_to_offer() -> None:
    assert _problems() == ["is true, and there is nothing that customers could allow."]


def test_turned_off_it_means_nothing_that_was_allowed() -> None:
    assert Delegation(scopes=("invoices:read",)).still_offered(("invoices:read",)) == ()
    assert Delegation(enabled=True, scopes=("invoices:read",)).still_offered(("a", "invoices:read")) == (
        "invoices:read",
    )
