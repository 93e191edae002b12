"""The world as a whole: its ports, its people, its words."""

import re
import socket
from pathlib import Path

import httpx2
import pytest

from idp.adapters.clock import SystemClock
from idp.adapters.entropy import SystemEntropy
from idp.config.safety import unsafe
from idp.demo.accounts import ACCOUNTS, BACKUP_CODES
from idp.demo.addresses import Addresses
from idp.demo.clients import clients
from idp.demo.settings import demo_settings
from idp.demo.words import LANGUAGES, read_words
from idp.demo.world import PortTaken, bind_world, welcome
from tests.demo.conftest import Running, free_world

TEMPLATES = Path(__file__).parents[2] / "templates/demo"


async def test_everything_listens_on_both_loopback_addresses(running: Running) -> None:
    base = running.addresses.port
    for distance in (0, 1, 2, 3, 25, 26, 27):
        for host in ("127.0.0.1", "::1"):
            socket.create_connection((host, base + distance), timeout=5).close()


async def test_the_world_listens_nowhere_else(running: Running) -> None:
    for listeners in running.world.sockets.values():
        assert {listener.getsockname()[0] for listener in listeners} == {"127.0.0.1", "::1"}


def test_a_taken_port_is_named_and_leaves_the_others_free(tmp_path: Path) -> None:
    world = free_world(tmp_path)
    base = world.addresses.port
    world.close()
    with socket.create_server(("127.0.0.1", base + 25)):
        for _ in range(2):
            with pytest.raises(PortTaken, match=rf"Port {base + 25} on localhost, for the demo's mailbox"):
                bind_world(base, tmp_path, clock=SystemClock(), entropy=SystemEntropy())
    bind_world(base, tmp_path, clock=SystemClock(), entropy=SystemEntropy()).close()


def test_a_port_beyond_the_last_is_refused(tmp_path: Path) -> None:
    for port in (0, -1, 65_509, 100_000):
        with pytest.raises(PortTaken, match="use 1 to 65508"):
            bind_world(port, tmp_path, clock=SystemClock(), entropy=SystemEntropy())


def test_the_demo_serves_with_settings_that_would_pass_as_a_file(tmp_path: Path) -> None:
    settings = demo_settings(Addresses(port=9000), tmp_path)
    assert unsafe(settings) == []
    assert settings.issuer == "http://localhost:9000"
    assert settings.database.url == f"sqlite:///{tmp_path}/idp.db"
    assert settings.keys.directory == str(tmp_path / "keys")
    assert [resource.identifier for resource in settings.resources if resource.default] == [
        "http://localhost:9002"
    ]
    assert (settings.risk.mode, demo_settings(Addresses(), risk="observe").risk.mode) == ("on", "observe")
    unplaced = demo_settings(Addresses())
    assert (unplaced.database.url, unplaced.keys.directory) == ("sqlite:///data/idp.db", "keys")


def test_the_printed_table_has_every_address_person_and_client() -> None:
    table = welcome(Addresses(port=8000), demo_settings(Addresses(port=8000)))
    for expected in (
        "http://localhost:8000/.well-known/openid-configuration",
        "http://localhost:8001/",
        "http://localhost:8003/",
        "http://localhost:8025/",
        "correct horse battery",
        "aa11111-ovh  alice@demo.test",
        "manager-demo-secret",
        "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
        "http://localhost:8025/api/v1/messages?to=ADDRESS",
        "+33199005678",
        *BACKUP_CODES,
    ):
        assert expected in table
    for person in ACCOUNTS:
        assert person.customer_id in table


def test_clients_are_those_of_the_contract() -> None:
    registered = {str(one.client.client_id): one for one in clients(Addresses(port=8000))}
    assert list(registered) == [
        *("manager", "second", "spa", "machine", "introspector", "cli", "television", "billing"),
    ]
    assert registered["manager"].client.redirect_uris == ("http://localhost:8001/callback",)
    assert registered["second"].client.redirect_uris == ("http://localhost:8003/callback",)
    assert {name for name, one in registered.items() if one.client.is_public} == {"spa", "cli", "television"}
    assert {name for name, one in registered.items() if one.client.is_first_party} == {"manager", "second"}
    for name, one in registered.items():
        assert one.client.is_demo
        assert one.secret == ("" if one.client.is_public else f"{name}-demo-secret")


def test_carol_has_every_standard_claim() -> None:
    (carol,) = [one for one in ACCOUNTS if one.customer_id == "cc33333-ovh"]
    # OpenID Connect Core §5.1, but for sub, the e-mail, and updated_at, which the account has.
    assert carol.profile.keys() == {
        "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
        "website", "gender", "birthdate", "zoneinfo", "locale", "phone_number", "phone_number_verified", "address",
    }  # fmt: skip
    assert carol.profile["address"].keys() == {
        "formatted", "street_address", "locality", "region", "postal_code", "country",
    }  # fmt: skip


def test_languages_have_the_same_words_and_none_is_unused() -> None:
    words = read_words()
    assert tuple(words) == LANGUAGES
    assert all(sentences.keys() == words["en"].keys() for sentences in words.values())
    places = {key: re.findall(r"{\w+}", sentence) for key, sentence in words["en"].items()}
    for sentences in words.values():
        assert {key: re.findall(r"{\w+}", sentence) for key, sentence in sentences.items()} == places
    templates = "\n".join(file.read_text() for file in TEMPLATES.glob("*.html"))
    built = (
        r"(manager|billing)_(title|why|signed_in)|(\w+)_(title|why)|signed_out\w*|manager|billing|paid|open"
    )
    for key in words["en"]:
        assert f"words.{key}" in templates or re.fullmatch(built, key), key
    for used in re.findall(r"words\.(\w+)", templates):
        assert used in words["en"]


def test_french_has_its_non_breaking_spaces() -> None:
    for key, sentence in read_words()["fr"].items():
        assert not re.search(r"[^\u00a0][:;!?]|'", sentence), key


async def test_every_page_is_served_without_the_others(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    addresses = running.addresses
    for url in (addresses.manager, addresses.second, addresses.mailbox):
        assert (await browser_like.get(f"{url}/")).status_code == 200
