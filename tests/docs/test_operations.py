"""docs/operations.md does what it says: the first day, a backup restored, a root key replaced, all from the page."""

import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

import httpx2
import pytest

from idp.records.event import EventType
from tests.docs.installation import PASSWORD, Installation, install, new_customer
from tests.docs.issuing import Client
from tests.docs.markdown import fence, fences, spans, table
from tests.docs.visitor import Visitor
from tests.support.processes import ROOT, free_port

PAGE = ROOT / "docs" / "operations.md"
ADMINISTRATOR = "ada@example.com"
_RUN = ("first-day", "look", "backup", "restore", "new-root-key", "reseal", "upgrade", "audit")
_CALLBACK = "http://localhost:9/callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What the page's first day leaves: an installation, and the administrator in front of a browser."""

    installation: Installation
    ada: Visitor

    def follow(self, name: str) -> str:
        """Run one of the page's blocks."""
        return self.installation.sh(fence(PAGE, name).text)

    def is_signed_in(self) -> bool:
        return ADMINISTRATOR in self.ada.open(f"{self.installation.issuer}/account").text

    def register(self) -> Client:
        """An application whose users need not approve it."""
        said = self.installation.sh(
            f"idp client create shop --name Shop --first-party --redirect-uri {_CALLBACK}"
            " --grant-type authorization_code --grant-type refresh_token --scope 'openid offline_access'"
        )
        return Client(
            client_id="shop",
            secret=said.splitlines()[-1],
            callback=_CALLBACK,
            scope="openid offline_access",
        )

    def tokens(self, client: Client) -> dict[str, str]:
        """What a silent sign-in yields."""
        issuer = self.installation.issuer
        return client.redeemed(issuer, self.ada.open(client.request(issuer), until=client.callback))


@pytest.fixture(scope="module")
def first_day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Done once; `machine` puts the data back as this left it."""
    folder = tmp_path_factory.mktemp("operations")
    replaced = {"/var/lib/idp": str(folder / "data"), "/var/backups/idp": str(folder / "backups")}
    installation = install(folder, fence(PAGE, "config.toml").text, replaced)
    installation.environment["IDP_METRICS__PORT"] = str(free_port())
    link = installation.sh(fence(PAGE, "first-day").text).splitlines()[-1]
    with Visitor() as ada:
        with installation.serving():
            ada.enrol(link, PASSWORD)
            ada.sign_in(ada.open(f"{installation.issuer}/account"), ADMINISTRATOR, PASSWORD)
        shutil.copytree(installation.data, folder / "evening")
        yield Machine(installation=installation, ada=ada)


@pytest.fixture
def machine(first_day: Machine) -> Machine:
    """The evening of the first day: one administrator, signed in, and nothing serves."""
    folder = first_day.installation.folder
    shutil.rmtree(folder / "backups", ignore_errors=True)
    shutil.rmtree(first_day.installation.data)
    shutil.copytree(folder / "evening", first_day.installation.data)
    return first_day


def test_everything_marked_to_be_run_is_run() -> None:
    assert {one.name for one in fences(PAGE) if one.mark == "run"} == set(_RUN)


def test_a_restored_backup_keeps_sessions_and_refresh_tokens_of_its_moment(machine: Machine) -> None:
    installation = machine.installation
    with installation.serving():
        client = machine.register()
        tokens = machine.tokens(client)
        machine.follow("backup")
        new_customer(installation, "late@example.com")
    shutil.rmtree(installation.data)
    installation.data.mkdir()

    machine.follow("restore")

    with installation.serving():
        assert machine.is_signed_in()
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        assert client.token(installation.issuer, **form).status_code == 200
    with pytest.raises(RuntimeError, match="There is no account"):
        installation.sh("idp account show late@example.com")


def test_a_backup_is_readable_by_its_owner_alone(machine: Machine) -> None:
    machine.follow("backup")

    (backup,) = (machine.installation.folder / "backups").iterdir()
    assert {path.stat().st_mode & 0o077 for path in [backup, *backup.rglob("*")]} == {0}


def test_a_database_without_its_keys_does_not_start_and_the_command_says_which_file(machine: Machine) -> None:
    keys = machine.installation.data / "keys"
    (file,) = keys.glob("root-*.key")
    shutil.rmtree(keys)

    with pytest.raises(RuntimeError, match=re.escape(file.name)), machine.installation.serving():
        pass


def test_a_root_key_is_replaced_beside_a_running_server_and_nobody_is_signed_out(machine: Machine) -> None:
    installation = machine.installation
    (former,) = (installation.data / "keys").glob("root-*.key")
    with installation.serving():
        client = machine.register()
        machine.follow("new-root-key")
        machine.follow("reseal")
        tokens = machine.tokens(client)
        said = machine.follow("reseal")
        assert f"{former.name} seals nothing any more" in said
        former.unlink()
        assert machine.is_signed_in()
    with installation.serving():
        assert machine.is_signed_in()
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        assert client.token(installation.issuer, **form).status_code == 200


def test_the_audit_trail_answers_the_pages_question(machine: Machine) -> None:
    said = machine.installation.sh("idp account show ada@example.com")
    customer_id = said.split()[1]
    query = fence(PAGE, "audit").text.replace("aa11111-ovh", customer_id)

    with closing(sqlite3.connect(machine.installation.data / "idp.db")) as database:
        types = [row[1] for row in database.execute(query)]

    assert types[:4] == ["account.created", "link.issued", "link.redeemed", "password.set"]
    assert set(types[4:-1]) == {"factor.added", "backup_codes.made", "two_factor.turned_on"}
    assert types[-1] == "sign_in.succeeded"


def test_doctor_and_upgrade_find_nothing_wrong(machine: Machine) -> None:
    with machine.installation.serving():
        assert "!!" not in machine.follow("look")
        assert "The schema is as expected" in machine.follow("upgrade")


def test_metrics_carry_the_names_of_the_page(machine: Machine) -> None:
    port = machine.installation.environment["IDP_METRICS__PORT"]
    with machine.installation.serving():
        client = machine.register()
        machine.tokens(client)
        text = httpx2.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text

    assert [name for name in spans(PAGE) if name.startswith("idp_") and f"# HELP {name} " not in text] == []


def test_the_audit_trails_types_exist() -> None:
    told = {
        name for row in table(PAGE, "What the audit trail holds") for name in re.findall("`(.+?)`", row[1])
    }

    assert told <= {kind.value for kind in EventType}
