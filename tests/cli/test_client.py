"""`idp client`: registration with every problem at once, secrets shown once."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.cli.conftest import Commands
from tests.support.certificates import authority

_SHOP = ("client", "create", "shop", "--name", "Shop", "--redirect-uri", "https://shop.example/cb")


def test_client_is_registered_and_shown(idp_on_both: Commands) -> None:
    idp = idp_on_both
    made = idp.json(
        *_SHOP, "--scope", "openid invoices:read", "--first-party", "--resource", "https://api.example"
    )
    assert len(made["client_secret"]) == 43
    shown = idp.json("client", "show", "shop")
    assert "client_secret" not in shown
    assert shown["scope"] == "invoices:read openid"
    assert shown["is_first_party"] is True
    assert [one["client_id"] for one in idp.json("client", "list")] == ["shop"]


def test_client_may_demand_more_than_a_password(idp: Commands) -> None:
    idp.text(*_SHOP, "--minimum-acr", "2", "--asks-new-browsers")
    shown = idp.json("client", "show", "shop")
    assert (shown["minimum_acr"], shown["asks_new_browsers"]) == ("2", True)


def test_client_that_signs_with_its_secret_gets_one_that_is_long_enough(idp_on_both: Commands) -> None:
    idp = idp_on_both
    service = ("--grant-type", "client_credentials", "--scope", "invoices:read")
    made = idp.json(
        "client", "create", "signer", "--name", "Signer", "--auth-method", "client_secret_jwt", *service
    )
    assert len(made["client_secret"]) == 64
    rotated = idp.json("client", "rotate-secret", "signer")
    assert len(rotated["client_secret"]) == 64
    assert rotated["client_secret"] != made["client_secret"]
    former = idp.text("keys", "check")
    assert "seals nothing" not in former


def test_client_has_a_certificate_where_one_can_reach_us(idp: Commands) -> None:
    service = (
        "--grant-type",
        "client_credentials",
        "--scope",
        "invoices:read",
        "--requests-per-minute",
        "600",
    )
    create = (
        *("client", "create", "ledger", "--name", "Ledger", "--auth-method", "tls_client_auth"),
        *("--subject-dn", "CN=ledger,O=Example", *service),
    )
    assert "needs [mtls] in the configuration" in idp.refused(*create)
    folder = idp.config.parent
    (folder / "authorities.pem").write_bytes(authority().pem)
    text = idp.config.read_text()
    idp.config.write_text(
        f"{text}\n[server]\ntrusted_proxies = ['127.0.0.1/32']\n"
        f"[mtls]\nheader = 'Client-Cert'\ntrust_anchors = '{folder}/authorities.pem'\n"
    )
    made = idp.json(*create)
    assert "client_secret" not in made
    assert (made["tls_client_auth_subject_dn"], made["requests_per_minute"]) == ("CN=ledger,O=Example", 600)
    assert "has a key or a certificate of its own" in idp.refused("client", "rotate-secret", "ledger")


def test_client_is_told_as_text(idp: Commands) -> None:
    text = idp.text(*_SHOP)
    assert text.startswith("Registered shop\nIts secret, shown this once:\n")
    assert idp.text("client", "list").split() == ["shop", "client_secret_basic", "Shop"]
    assert "https://shop.example/cb" in idp.text("client", "show", "shop")
    public = idp.text("client", "create", "app", "--name", "App", "--auth-method", "none", *_SHOP[5:])
    assert public == "Registered app\n"


def test_metadata_comes_from_a_file_or_standard_input(idp: Commands, tmp_path: Path) -> None:
    metadata = {
        "client_name": "Shop",
        "client_name#fr": "Boutique",
        "redirect_uris": ["https://shop.example/cb"],
    }
    file = tmp_path / "client.json"
    file.write_text(json.dumps(metadata))
    made = idp.json("client", "create", "one", "--from-json", str(file), "--name", "Other")
    assert (made["client_name"], made["client_name#fr"]) == ("Other", "Boutique")
    assert (
        idp.json("client", "create", "two", "--from-json", "-", given=json.dumps(metadata))["client_id"]
        == "two"
    )


def test_every_problem_is_told(idp: Commands) -> None:
    told = idp.refused(
        "client", "create", "shop", "--redirect-uri", "ftp://x", "--scope", "admin", "--name", "Shop"
    )
    assert "redirect_uris: ftp://x is not https" in told
    assert "scope: 'admin'" in told
    assert "cannot be read as JSON" in idp.refused("client", "create", "x", "--from-json", "-", given="{")
    assert "no JSON object" in idp.refused("client", "create", "x", "--from-json", "-", given="[]")
    assert "cannot be read as JSON" in idp.refused("client", "create", "x", "--from-json", "/nowhere")


def test_secret_is_rotated(idp: Commands) -> None:
    first = idp.json(*_SHOP)["client_secret"]
    second = idp.json("client", "rotate-secret", "shop")["client_secret"]
    assert first != second
    assert len(idp.json("client", "show", "shop")["secrets_made_at"]) == 2
    text = idp.text("client", "rotate-secret", "shop", "--overlap-seconds", "0")
    assert "New secret of shop" in text
    assert len(idp.json("client", "show", "shop")["secrets_made_at"]) == 1


def test_client_is_disabled_enabled_and_deleted(idp_on_both: Commands) -> None:
    idp = idp_on_both
    idp.text(*_SHOP)
    assert "within 5 s" in idp.text("client", "disable", "shop")
    assert "disabled" in idp.text("client", "list")
    assert idp.json("client", "show", "shop")["disabled_at"]
    idp.text("client", "enable", "shop")
    assert "disabled_at" not in idp.json("client", "show", "shop")
    assert idp("client", "delete", "shop", given="n\n").exit_code == 1
    idp.text("client", "delete", "shop", "--yes")
    assert idp.json("client", "list") == []
    assert "did once" in idp.refused(*_SHOP)


def test_unknown_and_public_clients_are_refused(idp: Commands) -> None:
    for act in (("show",), ("rotate-secret",), ("disable",), ("enable",), ("delete", "--yes")):
        assert "There is no client nobody" in idp.refused("client", *act, "nobody")
    idp.text("client", "create", "app", "--name", "App", "--auth-method", "none", *_SHOP[5:])
    assert "is public" in idp.refused("client", "rotate-secret", "app")


def test_service_accounts_are_listed_by_their_owner(idp: Commands, sqlite_url: str) -> None:
    idp.text("account", "create", "--email", "alice@example.com", "--customer-id", "aa11111-ovh")
    idp.text(*_SHOP)
    assert idp.json("client", "list", "--owner", "aa11111-ovh") == []
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as file, file:
        file.execute(
            "UPDATE client SET owner_id = (SELECT account_id FROM account WHERE customer_id = 'aa11111-ovh'),"
            " used_at = 1800000000, disabled_at = 1800000060, disabled_by = 'owner' WHERE client_id = 'shop'"
        )
    assert [one["client_id"] for one in idp.json("client", "list", "--owner", "aa11111-ovh")] == ["shop"]
    shown = idp.json("client", "show", "shop")
    assert (shown["owner"], shown["disabled_by"]) == ("aa11111-ovh", "owner")
    assert shown["last_used_at"].startswith("2027-01-15")
    assert "There is no account zz99999-ovh" in idp.refused("client", "list", "--owner", "zz99999-ovh")
