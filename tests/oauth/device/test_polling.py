"""How a device asks for its tokens: the pace, the one time, and what is not the right code. RFC 8628 §3.5."""

import asyncio
from collections import Counter

from idp.account.ending import revoke_application
from idp.oauth.grants.device_code import GRANT_TYPE
from idp.records.event import Occasion
from idp.store.pruning import PRUNINGS
from tests.oauth.device.watching import Device, answered, approve, entered, register_devices, signed_in
from tests.oauth.wire import is_alive, refresh, refused, success
from tests.support.world import World

_AT_ONCE = 20


async def test_a_device_that_asks_too_often_waits_longer_each_time(world: World) -> None:
    await register_devices(world)
    device = await Device.begun(world)
    refused(await device.poll(later=0), "authorization_pending")
    assert "10 seconds" in refused(await device.poll(later=1), "slow_down")
    assert "15 seconds" in refused(await device.poll(later=5), "slow_down")
    refused(await device.poll(later=15), "authorization_pending")
    assert "20 seconds" in refused(await device.poll(later=10), "slow_down")
    await approve(world, device)
    refused(await device.poll(later=10), "slow_down")
    assert success(await device.poll(later=30))["id_token"]


async def test_a_network_that_is_not_even_makes_nobody_slow_down(sqlite_world: World) -> None:
    await register_devices(sqlite_world)
    device = await Device.begun(sqlite_world)
    for _ in range(5):
        refused(await device.poll(later=4), "authorization_pending")


async def test_who_asks_twice_at_once_is_not_slowed_down(world: World) -> None:
    """Go's oauth2 tries HTTP Basic, then the form, at each question until one brings tokens."""
    await register_devices(world)
    device = await Device.begun(world)
    for _ in range(3):
        refused(await device.poll(later=5), "authorization_pending")
        refused(await device.poll(later=0), "authorization_pending")
    await approve(world, device)
    assert success(await device.poll(later=5))["access_token"]


async def test_the_last_word_is_told_to_whoever_asks_too_quickly(world: World) -> None:
    await register_devices(world)
    declined, late = await Device.begun(world), await Device.begun(world)
    browser = await signed_in(world)
    await answered(browser, await entered(browser, declined.user_code), "deny")
    for later in (5, 0, 1):
        refused(await declined.poll(later=later), "access_denied")
    refused(await late.poll(later=590), "authorization_pending")
    for later in (5, 0, 1):
        refused(await late.poll(later=later), "expired_token")


async def test_the_interval_never_grows_beyond_reason(sqlite_world: World) -> None:
    await register_devices(sqlite_world)
    device = await Device.begun(sqlite_world)
    for _ in range(40):
        await device.poll(later=1)
    assert await sqlite_world.rows("SELECT interval_seconds FROM device_request") == [(120,)]


async def test_of_many_polls_at_once_one_gets_the_tokens(world: World) -> None:
    """The others asked too quickly, so what the one got stays alive."""
    await register_devices(world)
    device = await Device.begun(world)
    await approve(world, device)
    world.clock.pass_(5)

    responses = await asyncio.gather(*(device.poll(later=0) for _ in range(_AT_ONCE)))

    assert Counter(response.status_code for response in responses) == {200: 1, 400: _AT_ONCE - 1}
    errors = {response.json()["error"] for response in responses if response.status_code == 400}
    assert errors <= {"slow_down", "temporarily_unavailable"}
    assert await world.rows("SELECT count(*) FROM refresh_token") == [(1,)]
    tokens = next(response.json() for response in responses if response.status_code == 200)
    assert await is_alive(world, tokens)


async def test_a_device_code_that_is_used_again_ends_what_it_brought(world: World) -> None:
    """As for authorization codes: one of the two who had it is not the device."""
    await register_devices(world)
    device = await Device.begun(world, "console", scope="openid offline_access")
    await approve(world, device)
    tokens = success(await device.poll())

    refused(await device.poll(later=5), "invalid_grant")

    assert not await is_alive(world, tokens)
    refused(await refresh(device.http, tokens["refresh_token"], "console"), "invalid_grant")
    [(reason,)] = await world.rows("SELECT revoked_reason FROM family WHERE client_id = 'console'")
    assert reason == "device_code_replayed"
    assert await world.rows("SELECT outcome FROM audit_event WHERE type = 'device_code.replayed'") == [
        ("failure",)
    ]


async def test_a_device_code_is_its_clients_alone(world: World) -> None:
    """§3.4. Nothing is lost by a stranger's try, and no family ends."""
    await register_devices(world)
    device = await Device.begun(world)
    await approve(world, device)
    form = {"grant_type": GRANT_TYPE, "device_code": device.codes["device_code"]}
    refused(await world.browser().token("console", **form), "invalid_grant")
    assert await is_alive(world, success(await device.poll()))


async def test_a_code_that_never_was_is_refused(world: World) -> None:
    await register_devices(world)
    device = await Device.begun(world)
    code = str(device.codes["device_code"])
    for wrong in (code[:-1], code[:-4] + "AAAA", "x", device.user_code, code + code):
        refused(await device.poll(device_code=wrong), "invalid_grant")
    assert "missing" in refused(await device.poll(device_code=""), "invalid_request")


async def test_nobody_who_answers_in_time_is_told_as_well(world: World) -> None:
    await register_devices(world)
    device = await Device.begun(world)
    refused(await device.poll(later=599), "authorization_pending")
    refused(await device.poll(later=5), "expired_token")


async def test_what_was_approved_waits_an_interval_longer_than_the_code(world: World) -> None:
    """Who allowed it at the last moment was told that the device is connected."""
    await register_devices(world)
    late, too_late = await Device.begun(world), await Device.begun(world)
    browser = await signed_in(world)
    world.clock.pass_(599)
    for device in (late, too_late):
        await approve(world, device, browser)
    assert await is_alive(world, success(await late.poll(later=6)))
    refused(await too_late.poll(later=1), "expired_token")


async def test_a_session_that_ended_before_the_device_asked_gives_it_nothing(world: World) -> None:
    await register_devices(world)
    device, browser = await Device.begun(world, "printer", scope="openid"), await signed_in(world)
    await approve(world, device, browser)
    await browser.submit(await browser.get("/account"), "sign-out")
    refused(await device.poll(), "invalid_grant")


async def test_an_application_that_was_taken_back_meanwhile_gets_nothing(world: World) -> None:
    await register_devices(world)
    device = await Device.begun(world)
    await approve(world, device)
    house = world.house
    occasion = Occasion(now=world.clock.now(), actor="cli:test")
    alice = world.people["alice"].subject_id
    await revoke_application(house.database, house.audit, occasion, subject_id=alice, client_id="tv")
    refused(await device.poll(), "invalid_grant")


async def test_old_requests_are_forgotten_and_their_families_after_them(world: World) -> None:
    await register_devices(world)
    device = await Device.begun(world, "printer", scope="openid")
    await approve(world, device)
    await Device.begun(world)
    world.clock.pass_(4 * 86_400)

    for pruning in PRUNINGS:
        await world.house.database.apply([pruning.effect(world.clock.now(), is_full=False)])
    for pruning in PRUNINGS:
        await world.house.database.apply([pruning.effect(world.clock.now(), is_full=False)])

    assert await world.rows("SELECT count(*) FROM device_request") == [(0,)]


async def test_nothing_that_is_stored_opens_a_door(world: World) -> None:
    await register_devices(world)
    device = await Device.begun(world)
    [row] = await world.rows("SELECT * FROM device_request")
    stored = repr(row)
    assert str(device.codes["device_code"]) not in stored
    assert device.user_code not in stored
    assert device.user_code.replace("-", "") not in stored
