"""Devices that prove to hold a key: RFC 9449 §5 beside RFC 8628."""

from tests.oauth.device.watching import OPEN, Device, approve, register_devices
from tests.oauth.wire import refused, success
from tests.support.client_keys import JoseKey
from tests.support.proving import dpop_key, jkt_of, proof
from tests.support.world import World

FIRST, SECOND = dpop_key(1), dpop_key(2)


def prove(device: Device, key: JoseKey, path: str = "/token") -> None:
    """The next request of the device carries a fresh proof."""
    device.http.http.headers["dpop"] = proof(device.world, key, path=path)


async def begun_with(world: World, client: str = "tv") -> Device:
    await register_devices(world)
    device = Device(world=world, client=client, http=world.browser())
    prove(device, FIRST, "/device_authorization")
    device.codes = success(await device.ask(scope=OPEN))
    await approve(world, device)
    return device


async def test_codes_are_bound_to_the_key_that_asked_for_them(world: World) -> None:
    device = await begun_with(world)
    del device.http.http.headers["dpop"]
    refused(await device.poll(), "invalid_grant")
    world.clock.pass_(5)
    prove(device, SECOND)
    refused(await device.poll(later=0), "invalid_grant")
    world.clock.pass_(5)
    prove(device, FIRST)

    tokens = success(await device.poll(later=0))

    assert tokens["token_type"] == "DPoP"
    claims = world.house.keyring.verify(tokens["access_token"], typ="at+jwt")
    assert claims["cnf"] == {"jkt": jkt_of(FIRST)}


async def test_a_public_device_refreshes_with_its_key_alone(world: World) -> None:
    device = await begun_with(world)
    world.clock.pass_(5)
    prove(device, FIRST)
    refresh_token = success(await device.poll(later=0))["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    prove(device, SECOND)
    refused(await device.send("/token", form), "invalid_grant")
    prove(device, FIRST)
    assert success(await device.send("/token", form))["token_type"] == "DPoP"


async def test_a_confidential_device_may_change_its_key_when_it_refreshes(world: World) -> None:
    device = await begun_with(world, "console")
    world.clock.pass_(5)
    prove(device, FIRST)
    refresh_token = success(await device.poll(later=0))["refresh_token"]
    prove(device, SECOND)
    again = success(
        await device.send("/token", {"grant_type": "refresh_token", "refresh_token": refresh_token})
    )
    claims = world.house.keyring.verify(again["access_token"], typ="at+jwt")
    assert claims["cnf"] == {"jkt": jkt_of(SECOND)}
