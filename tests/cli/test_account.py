"""`idp account`: links instead of passwords, one account for one address."""

import asyncio
import re

import pytest

from idp.account.enrolment import find_enrolment
from idp.store.opening import create_database
from tests.cli.conftest import Commands

_LINK = re.compile(r"http://localhost:21510/enrol/([A-Za-z0-9_-]{64})")


@pytest.mark.requirement("S52")
def test_first_administrator_gets_a_link(idp_on_both: Commands) -> None:
    idp = idp_on_both
    text = idp.text(
        "account", "create", "--name", "Ada Moreau", "--email", "ada@demo.test", "--role", "administrator"
    )
    assert re.match(r"Created administrator am\d{5}-ovh\n", text)
    assert _LINK.search(text)
    shown = idp.json("account", "show", "ADA@demo.test")
    assert (shown["role"], shown["status"], shown["has_password"]) == ("administrator", "incomplete", False)
    assert shown["primary_email_verified"] is False


def test_link_that_is_printed_works(idp: Commands, sqlite_url: str) -> None:
    made = idp.json("account", "create", "--given-name", "Bob", "--family-name", "Durand", "--email-verified")
    assert made["name"] == "Bob Durand"
    link = _LINK.fullmatch(made["enrolment_link"])
    assert link is not None

    async def whose() -> str | None:
        db = create_database(sqlite_url)
        await db.open()
        enrolment = await find_enrolment(db, link[1], 0)
        await db.close()
        return enrolment.person.customer_id if enrolment else None

    assert asyncio.run(whose()) == made["customer_id"]


def test_account_is_shown_as_text(idp: Commands) -> None:
    idp.text(
        "account", "create", "--customer-id", "aa11111", "--language", "fr", "--backup-email", "s@demo.test"
    )
    text = idp.text("account", "show", "aa11111-ovh")
    assert re.search(r"^customer_id +aa11111-ovh$", text, re.MULTILINE)
    assert re.search(r"^primary_email +-$", text, re.MULTILINE)
    assert re.search(r"^backup_email +s@demo\.test$", text, re.MULTILINE)


def test_account_is_blocked_and_unblocked(idp_on_both: Commands) -> None:
    idp = idp_on_both
    idp.text("account", "create", "--customer-id", "aa11111")
    assert idp.text("account", "disable", "aa11111", "--reason", "fraud") == "aa11111-ovh is disabled\n"
    assert idp.text("account", "disable", "aa11111") == "aa11111-ovh is disabled already\n"
    assert "idp account enable" in idp.refused("account", "enrol", "aa11111")
    assert idp.json("account", "show", "aa11111")["status"] == "disabled"
    assert idp.text("account", "enable", "aa11111") == "aa11111-ovh is enabled\n"
    assert idp.json("account", "enrol", "aa11111")["enrolment_link"]


def test_account_is_watched_and_watched_no_more(idp_on_both: Commands) -> None:
    idp = idp_on_both
    idp.text("account", "create", "--customer-id", "aa11111")
    watched = "aa11111-ovh is watched"
    assert idp.text("account", "watch", "aa11111", "--reason", "she lost her laptop") == f"{watched}\n"
    assert idp.text("account", "watch", "aa11111") == f"{watched} already\n"
    assert idp.text("account", "watch", "aa11111", "--off") == f"{watched} no more\n"
    assert idp.text("account", "watch", "aa11111", "--off") == f"{watched} no more already\n"


def test_refusals_are_sentences(idp: Commands) -> None:
    idp.text("account", "create", "--customer-id", "aa11111", "--email", "a@demo.test")
    assert "Another account has the address A@demo.test" in idp.refused(
        "account", "create", "--email", "A@demo.test"
    )
    assert "given before" in idp.refused("account", "create", "--customer-id", "aa11111")
    assert "not an e-mail address" in idp.refused("account", "create", "--email", "nobody")
    assert "not a customer ID" in idp.refused("account", "create", "--customer-id", "1")
    assert "There is no account bb22222" in idp.refused("account", "show", "bb22222")


def test_no_option_takes_a_password(idp: Commands) -> None:
    assert "--password" not in idp.text("account", "create", "--help")


def test_groups_are_printed_and_changed(idp_on_both: Commands) -> None:
    idp = idp_on_both
    idp.text("account", "create", "--customer-id", "aa11111")
    assert idp.text("account", "groups", "aa11111") == "aa11111-ovh: customer\n"
    assert idp.text("account", "groups", "aa11111", "--add", "vip", "--add", "health") == (
        "aa11111-ovh: customer, health, vip\n"
    )
    changed = idp.json("account", "groups", "aa11111", "--remove", "vip", "--remove", "unknown")
    assert changed == {"customer_id": "aa11111-ovh", "role": "customer", "groups": ["health"]}
    assert idp.text("account", "groups", "aa11111") == "aa11111-ovh: customer, health\n"


@pytest.mark.parametrize("name", ["administrator", "customer", "Vip", "", "a b", "x" * 33, "-a", "\u00e9"])
def test_a_group_is_no_role_and_has_a_plain_name(idp: Commands, name: str) -> None:
    idp.text("account", "create", "--customer-id", "aa11111")
    assert "can't name a group" in idp.refused("account", "groups", "aa11111", "--add", name)


def test_domains_are_one_accounts_each(idp_on_both: Commands) -> None:
    idp = idp_on_both
    alice, bob = (
        idp.json("account", "create", "--email", f"{name}@demo.test")["customer_id"]
        for name in ("alice", "bob")
    )
    changed = idp.json("account", "domains", alice, "--add", "Bäckerei.example", "--add", "a.example")
    assert changed == {"customer_id": alice, "domains": ["a.example", "xn--bckerei-5wa.example"]}
    assert "Another account has the domain a.example" in idp.refused(
        "account", "domains", bob, "--add", "A.EXAMPLE."
    )
    assert "is not a domain name" in idp.refused("account", "domains", bob, "--add", "localhost")
    assert idp.text("account", "domains", bob) == f"{bob}: no domains\n"
    idp.text("account", "domains", alice, "--remove", "a.example")
    assert idp.json("account", "domains", bob, "--add", "a.example")["domains"] == ["a.example"]
