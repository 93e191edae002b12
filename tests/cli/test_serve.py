"""`idp serve` refuses a database that it must not serve from."""

import asyncio

import pytest

from idp.adapters.entropy import SystemEntropy
from idp.app.house import open_house
from idp.config.reading import read_settings
from idp.demo.addresses import Addresses
from idp.demo.seed import Seeding, seed
from idp.store.clients import ALL_CLIENTS
from tests.cli.conftest import Commands, Configure
from tests.support.processes import free_port
from tests.support.processes import idp as run_idp


async def _seed(idp: Commands, port: int) -> list[str]:
    settings = read_settings(idp.config, {})
    async with open_house(settings, entropy=SystemEntropy()) as house:
        seeding = Seeding.of(house)
        await seed(seeding, Addresses(port=port))
        return [uri for client in await house.database.all(ALL_CLIENTS) for uri in client.redirect_uris]


def _refusal(idp: Commands) -> str:
    port = free_port()
    idp.config.write_text(
        idp.config.read_text().replace("[database]", f"[server]\nport = {port}\n[database]")
    )
    with pytest.raises(RuntimeError) as refused:
        run_idp("serve", "--config", str(idp.config))
    assert "Traceback" not in str(refused.value)
    return str(refused.value)


def test_demo_credentials_are_refused(idp_on_both: Commands) -> None:
    asyncio.run(_seed(idp_on_both, 8000))
    assert "the demo's public credentials" in _refusal(idp_on_both)


def test_missing_revision_is_refused(configure: Configure, empty_database_url: str) -> None:
    assert "idp db upgrade" in _refusal(configure(empty_database_url))


def test_missing_root_key_is_refused(idp: Commands) -> None:
    idp.text("account", "create")
    for file in (idp.config.parent / "keys").iterdir():
        file.unlink()
    assert "restore the folder" in _refusal(idp)


def test_demo_is_seeded_once_and_follows_its_ports(idp_on_both: Commands) -> None:
    first = asyncio.run(_seed(idp_on_both, 8000))
    accounts = idp_on_both.json("account", "show", "alice@demo.test")
    again = asyncio.run(_seed(idp_on_both, 8100))
    assert "http://localhost:8001/callback" in first
    assert "http://localhost:8101/callback" in again
    assert len(first) == len(again)
    assert idp_on_both.json("account", "show", "aa11111-ovh") == accounts
    assert accounts["has_password"] is True
    assert idp_on_both.json("account", "show", "dd44444")["status"] == "disabled"
    assert idp_on_both.json("account", "show", "ad90000")["role"] == "administrator"
