"""Nothing that a client names leads us into our own network: sectors, keys, logos. CVE-2026-4874's kind."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from idp.adapters.outside import OutsideWeb
from idp.app import create_app, open_house
from idp.clients.logos import logo_name
from tests.oauth.registration.registering import OPEN, post, refusal, registered
from tests.support.world import HandClock, World, settings_for

# Not one of them answers: a connection would end as badly as a refusal, so the names are what a test can look at.
_PRIVATE = {
    "metadata.example": ["169.254.169.254"],
    "inside.example": ["10.0.0.7"],
    "also-inside.example": ["93.184.215.14", "192.168.1.1"],
    "loopback.example": ["127.0.0.1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "local6.example": ["fd00::1"],
    "translated.example": ["64:ff9b::a00:7"],
    "10.0.0.7": ["10.0.0.7"],
    "[::1]": ["::1"],
    "::1": ["::1"],
    "2130706433": ["127.0.0.1"],
    "nowhere.example": [],
}
_HOSTS = [name for name in _PRIVATE if name not in ("::1", "2130706433")]


@dataclass(frozen=True, kw_only=True)
class _Names:
    """DNS of an attacker, who points names into our network."""

    asked: list[str] = field(default_factory=list)

    async def addresses(self, name: str) -> list[str]:
        self.asked.append(name)
        return _PRIVATE[name]


@pytest.fixture
async def attacked_world(sqlite_url: str, tmp_path: Path) -> AsyncIterator[tuple[World, _Names]]:
    """A house with the real way outside."""
    names, clock = _Names(), HandClock()
    settings = replace(settings_for(sqlite_url, tmp_path), registration=OPEN)
    async with open_house(settings, clock=clock, outside=OutsideWeb(names=names)) as house:
        world = World(house=house, app=create_app(house), clock=clock, people={})
        yield world, names
        for http in world.opened:
            await http.aclose()


@pytest.mark.requirement("S83")
@pytest.mark.parametrize("host", _HOSTS)
async def test_a_sector_of_our_own_network_is_not_fetched(
    attacked_world: tuple[World, _Names], host: str
) -> None:
    world, names = attacked_world
    response = await post(world, sector_identifier_uri=f"https://{host}/sector")
    code, told = refusal(response)
    # Why is nobody's business: it would tell what there is.
    assert (code, told) == (
        "invalid_client_metadata",
        f"sector_identifier_uri: https://{host}/sector can't be fetched",
    )
    assert names.asked == [host.strip("[]")]


@pytest.mark.requirement("S83")
@pytest.mark.parametrize("host", _HOSTS)
async def test_keys_and_logos_of_our_own_network_are_none(
    attacked_world: tuple[World, _Names], host: str
) -> None:
    world, names = attacked_world
    held = await registered(
        world,
        token_endpoint_auth_method="private_key_jwt",
        jwks_uri=f"https://{host}/jwks",
        logo_uri=f"https://{host}/logo.png",
    )
    client = await world.house.clients.find(held["client_id"], world.clock.now())
    assert client is not None
    assert await world.house.client_keys.find(client, world.clock.now()) == ()
    picture = await world.browser().get(f"/logo/{held['client_id']}/{logo_name(client.logo_uri)}")
    assert picture.status_code == 404
    assert names.asked == [host.strip("[]")] * 2


@pytest.mark.parametrize(
    "uri", ["https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://[::1%25lo]/"]
)
async def test_an_address_written_oddly_is_refused(attacked_world: tuple[World, _Names], uri: str) -> None:
    world, names = attacked_world
    refusal(await post(world, sector_identifier_uri=uri))
    assert names.asked in ([], ["0x7f.1"])
