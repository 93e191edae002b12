"""Device authorization from the television's first question to its tokens: RFC 8628."""

import pytest

from tests.oauth.device.watching import (
    OPEN,
    Device,
    answered,
    approve,
    entered,
    register_devices,
    signed_in,
)
from tests.oauth.wire import is_alive, refresh, refused, success, userinfo
from tests.support.world import ISSUER, START, World


async def test_a_device_gets_its_tokens_once_its_owner_allowed_it(world: World) -> None:
    """§3.2 to §3.5, as a whole."""
    await register_devices(world)
    device = await Device.begun(world)

    assert device.codes == {
        "device_code": device.codes["device_code"],
        "user_code": device.user_code,
        "verification_uri": f"{ISSUER}/device",
        "verification_uri_complete": f"{ISSUER}/device?user_code={device.user_code}",
        "expires_in": 600,
        "interval": 5,
    }
    refused(await device.poll(), "authorization_pending")
    page = await approve(world, device)
    assert "The device is connected" in page.text
    tokens = success(await device.poll())
    assert tokens["token_type"] == "Bearer"
    assert set(tokens["scope"].split()) == set(OPEN.split())
    assert (await userinfo(device.http, tokens["access_token"])).json()["customer_id"] == "aa11111-ovh"
    refused(await device.poll(), "invalid_grant")


async def test_its_id_token_tells_how_the_person_signed_in_where_they_approved(world: World) -> None:
    await register_devices(world)
    device = await Device.begun(world)
    browser = await signed_in(world)
    world.clock.pass_(60)
    await approve(world, device, browser)

    tokens = success(await device.poll())

    claims = world.house.keyring.verify(tokens["id_token"], typ="JWT")
    assert claims["aud"] == "tv"
    assert claims["auth_time"] == START
    assert claims["amr"] == ["pwd"]
    assert claims["acr"]
    [(sid,)] = await world.rows("SELECT sid FROM session")
    assert claims["sid"] == sid
    assert "nonce" not in claims


async def test_its_refresh_tokens_outlive_the_session_only_with_offline_access(world: World) -> None:
    await register_devices(world)
    offline = await Device.begun(world)
    with_session = await Device.begun(world, "printer", scope="openid profile")
    browser = await signed_in(world)
    for device in (offline, with_session):
        await approve(world, device, browser)
    kept, lost = success(await offline.poll()), success(await with_session.poll())
    assert "refresh_token" not in lost

    page = await browser.get("/account")
    await browser.submit(page, "sign-out")

    assert await is_alive(world, kept)
    assert not await is_alive(world, lost)
    again = await offline.send(
        "/token", {"grant_type": "refresh_token", "refresh_token": kept["refresh_token"]}
    )
    assert success(again)["access_token"]


async def test_a_confidential_device_proves_who_it_is_at_both_endpoints(world: World) -> None:
    await register_devices(world)
    stranger = world.browser()
    refused(
        await stranger.call("/device_authorization", "console-not", scope="openid"), "invalid_client", 401
    )
    without = await stranger.http.post(
        "/device_authorization", data={"client_id": "console", "scope": "openid"}
    )
    refused(without, "invalid_client", 401)
    device = await Device.begun(world, "console", scope="openid")
    await approve(world, device)
    asked = {"grant_type": "urn:ietf:params:oauth:grant-type:device_code"}
    form = {**asked, "device_code": device.codes["device_code"], "client_id": "console"}

    refused(await stranger.http.post("/token", data=form), "invalid_client", 401)

    assert success(await device.poll())["id_token"]


async def test_tokens_are_for_the_resource_that_was_asked_for(world: World) -> None:
    """RFC 8707 §2."""
    await register_devices(world)
    device = await Device.begun(world, scope="openid invoices:read", resource="https://api.example.test")
    await approve(world, device)
    tokens = success(await device.poll())
    claims = world.house.keyring.verify(tokens["access_token"], typ="at+jwt")
    assert claims["aud"] == "https://api.example.test"
    response = await device.ask(scope="openid", resource="https://elsewhere.example.test")
    refused(response, "invalid_target")


async def test_a_person_who_declines_is_asked_no_more(world: World) -> None:
    await register_devices(world)
    device, browser = await Device.begun(world), await signed_in(world)
    page = await entered(browser, device.user_code)

    outcome = await answered(browser, page, "deny")

    assert "The device is not connected" in outcome.text
    refused(await device.poll(), "access_denied")
    assert "No device waits with this code" in (await entered(browser, device.user_code)).text
    assert await world.rows("SELECT count(*) FROM family WHERE client_id = 'tv'") == [(0,)]


async def test_whoever_may_not_use_the_grant_is_told(world: World) -> None:
    """§3.1: as at the token endpoint."""
    await register_devices(world)
    browser = world.browser()
    refused(await browser.call("/device_authorization", "spa", scope="openid"), "unauthorized_client")
    device = await Device.begun(world, "console", scope="openid")
    await approve(world, device)
    form = {
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": device.codes["device_code"],
    }
    refused(await browser.token("manager", **form), "unauthorized_client")


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_scope"),
        ({"scope": "unheard-of"}, "invalid_scope"),
        ({"scope": "openid  profile"}, "invalid_scope"),
        ({"scope": "x" * 3_000}, "invalid_request"),
    ],
)
async def test_a_device_asks_for_something_it_may_have(
    sqlite_world: World, form: dict[str, str], error: str
) -> None:
    await register_devices(sqlite_world)
    device = await Device.begun(sqlite_world)
    refused(await device.ask(**form), error)


async def test_parameters_sent_twice_are_refused(sqlite_world: World) -> None:
    await register_devices(sqlite_world)
    response = await sqlite_world.browser().http.post(
        "/device_authorization",
        content="client_id=tv&scope=openid&scope=profile",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    refused(response, "invalid_request")


async def test_refresh_tokens_of_a_device_rotate(world: World) -> None:
    await register_devices(world)
    device = await Device.begun(world, "console", scope="openid offline_access")
    await approve(world, device)
    tokens = success(await device.poll())
    later = success(await refresh(device.http, tokens["refresh_token"], "console"))
    assert later["refresh_token"] != tokens["refresh_token"]


async def test_what_a_person_allowed_is_found_among_their_applications(world: World) -> None:
    await register_devices(world)
    device, browser = await Device.begun(world), await signed_in(world)
    await approve(world, device, browser)
    tokens = success(await device.poll())
    page = await browser.get("/account/applications")
    assert "Tv" in page.text

    await browser.submit(page, "revoke-application", action="revoke")

    assert not await is_alive(world, tokens)


async def test_the_history_tells_that_a_device_was_connected(world: World) -> None:
    await register_devices(world)
    device, browser = await Device.begun(world), await signed_in(world)
    await approve(world, device, browser)
    assert "You connected a device" in (await browser.get("/account/history")).text
    found = await world.rows(
        "SELECT type, client_id, reason FROM audit_event WHERE client_id = 'tv' AND type != 'client.created'"
        " ORDER BY event_id"
    )
    assert sorted(found) == [("consent.granted", "tv", ""), ("device.connected", "tv", "")]
    success(await device.poll())
    issued = await world.rows(
        "SELECT actor, reason FROM audit_event WHERE type = 'token.issued' AND client_id = 'tv'"
    )
    assert issued == [("client:tv", "device_code")]
