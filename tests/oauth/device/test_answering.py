"""The pages of a person who answers a device, and everybody who would like to answer for them. RFC 8628 §3.3 and §5."""

import asyncio
import re
from html import unescape

import httpx2
import pytest

from idp.clients.registration import disable_client
from idp.records.event import Occasion
from tests.oauth.device.watching import (
    Device,
    answered,
    approve,
    entered,
    register_devices,
    register_one,
    signed_in,
)
from tests.oauth.wire import refused, success
from tests.support.atlas import ABROAD
from tests.support.factors import totp_at
from tests.support.world import ISSUER, PASSWORD, World, form_of, is_asking

_FAMILIES = "SELECT count(*) FROM family WHERE client_id IN ('tv', 'console', 'kiosk', 'printer')"


async def families(world: World) -> int:
    [(count,)] = await world.rows(_FAMILIES)
    return int(count)


def typed_in(page: httpx2.Response) -> str:
    """What stands in the field."""
    found = re.search(r'<input id="user_code"[^>]* value="([^"]*)"', page.text)
    assert found
    return unescape(found[1])


def fields_of(page: httpx2.Response, form_id: str) -> tuple[str, dict[str, str]]:
    """Where a form goes, and what it holds."""
    form = form_of(page, form_id)
    action = re.search(r'action="([^"]*)"', form)
    assert action
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', form)
    return unescape(action[1]), {unescape(name): unescape(value) for name, value in found}


async def test_a_code_in_the_address_is_kept_over_the_sign_in_and_shown_to_be_compared(world: World) -> None:
    """§3.3.1: the person still compares it, and nothing is allowed by opening an address."""
    await register_devices(world)
    device, browser = await Device.begun(world), world.browser()
    login = await browser.follow(await browser.get(device.codes["verification_uri_complete"]))
    assert is_asking(login, "login")
    assert device.user_code not in login.text

    page = await browser.follow(await browser.submit(login, username="aa11111-ovh", password=PASSWORD))

    assert str(page.url) == f"{ISSUER}/device"
    assert typed_in(page) == device.user_code
    assert "Compare this code" in page.text
    asking = await browser.follow(await browser.submit(page, "device-code", user_code=typed_in(page)))
    assert is_asking(asking, "device-approve")
    assert await families(world) == 0
    assert typed_in(await browser.get("/device")) == ""
    await answered(browser, asking, "allow")
    assert success(await device.poll())


@pytest.mark.parametrize("brought", ["ABCDEFGH", "<b>x</b>", "W" * 500, "", "WDJBMJHT%0d%0aset-cookie:x=1"])
async def test_an_address_brings_a_code_or_nothing(sqlite_world: World, brought: str) -> None:
    browser = await signed_in(sqlite_world)
    assert typed_in(await browser.get(f"/device?user_code={brought}")) == ""
    stranger = await sqlite_world.browser().get(f"/device?user_code={brought}")
    assert "user-code" not in stranger.headers.get("set-cookie", "")


@pytest.mark.requirement("S34")
async def test_the_page_tells_who_asks_for_what_and_from_where(world: World) -> None:
    """§5.4: the person can see that it isn't theirs."""
    await register_devices(world)
    device = await Device.begun(world, address=ABROAD)
    world.clock.pass_(120)
    page = await entered(await signed_in(world), device.user_code)

    shown = re.sub(r"<[^>]*>", "", page.text)
    assert "Let Tv on a device use your account?" in shown
    assert "Near Recife, Brazil" in shown
    assert "The device asks from Brazil, and you are in France" in shown
    assert "Television/2.1" in shown
    assert "2 minutes ago" in shown
    assert "Allow it only if you started this yourself" in shown
    assert 'data-scope="offline_access"' in page.text
    assert "tv.example.test" in shown


async def test_a_device_at_home_is_not_called_elsewhere(world: World) -> None:
    await register_devices(world)
    device = await Device.begun(world)
    page = await entered(await signed_in(world), device.user_code)
    assert "Near" in page.text
    assert "Roubaix" in page.text
    assert "and you are in" not in page.text


async def test_what_a_device_calls_itself_is_text_and_short(world: World) -> None:
    await register_devices(world)
    for agent in (b"<script>alert(1)</script>", b"A" * 300, "\u202eevil".encode(), b"\xff\xfe", b""):
        device = Device(world=world, client="tv", http=world.browser())
        response = await device.http.http.post(
            "/device_authorization",
            data={"client_id": "tv", "scope": "openid"},
            headers=[(b"user-agent", agent)],
        )
        device.codes = response.json()
        page = await entered(await signed_in(world), device.user_code)
        assert "<script>alert" not in page.text
        assert "A" * 61 not in page.text
        assert "\u202e" not in page.text


async def test_allowing_twice_grants_once(world: World) -> None:
    await register_devices(world)
    device, browser = await Device.begun(world), await signed_in(world)
    page = await entered(browser, device.user_code)

    pages = await asyncio.gather(*(answered(browser, page, "allow") for _ in range(5)))

    assert all("The device is connected" in page.text for page in pages)
    assert await families(world) == 1
    assert await world.rows("SELECT count(*) FROM audit_event WHERE type = 'device.connected'") == [(1,)]


async def test_of_allowing_and_declining_at_once_one_counts(world: World) -> None:
    await register_devices(world)
    device, browser = await Device.begun(world), await signed_in(world)
    page = await entered(browser, device.user_code)

    await asyncio.gather(answered(browser, page, "allow"), answered(browser, page, "deny"))

    [(family_id, denied_at)] = await world.rows("SELECT family_id, denied_at FROM device_request")
    assert (family_id is None) != (denied_at is None)
    response = await device.poll()
    assert response.status_code == 200 if family_id else response.json()["error"] == "access_denied"


async def test_an_answer_that_comes_too_late_is_none(world: World) -> None:
    await register_devices(world)
    device, browser = await Device.begun(world), await signed_in(world)
    page = await entered(browser, device.user_code)
    world.clock.pass_(600)

    outcome = await answered(browser, page, "allow")

    assert "This code works no more" in outcome.text
    assert await families(world) == 0


async def test_a_page_that_somebody_left_open_acts_for_nobody_else(world: World) -> None:
    """The session changed under it: neither person is connected."""
    await register_devices(world)
    device, browser = await Device.begun(world), await signed_in(world)
    page = await entered(browser, device.user_code)
    await browser.sign_in("bb22222-ovh", prompt="login")

    response = await browser.submit(page, "device-approve", action="allow")

    assert response.headers.get("location") == "/device"
    assert await families(world) == 0


async def test_a_code_can_not_be_swapped_under_the_page(world: World) -> None:
    await register_devices(world)
    shown, other, browser = await Device.begun(world), await Device.begun(world), await signed_in(world)
    page = await entered(browser, shown.user_code)
    action, _ = fields_of(await entered(browser, other.user_code), "device-approve")
    _, fields = fields_of(page, "device-approve")

    response = await browser.http.post(action, data={**fields, "action": "allow"}, headers={"origin": ISSUER})

    assert response.status_code == 403
    assert await families(world) == 0


async def test_a_ticket_is_of_use_to_one_session(world: World) -> None:
    """Also the device knows which request is its own: it must not lead anybody past the code."""
    await register_devices(world)
    device, browser = await Device.begun(world), await signed_in(world)
    page = await entered(browser, device.user_code)
    [(request_id,)] = await world.rows("SELECT request_id FROM device_request")
    stranger = await signed_in(world, "bb22222-ovh")
    for address in (
        str(page.url),
        f"/device/answer?request={request_id}",
        f"/device/answer?request={request_id}.{'A' * 43}",
        "/device/answer",
        "/device/answer?request=%00.x",
    ):
        response = await stranger.get(address)
        assert (response.status_code, response.headers.get("location")) == (303, "/device")


async def test_two_people_who_enter_one_code_are_not_both_connected(world: World) -> None:
    await register_devices(world)
    device = await Device.begun(world)
    alice, bob = await signed_in(world), await signed_in(world, "bb22222-ovh")
    first, second = await entered(alice, device.user_code), await entered(bob, device.user_code)
    await answered(alice, first, "allow")

    outcome = await answered(bob, second, "allow")

    assert "This code was used already" in outcome.text
    assert await families(world) == 1


async def test_a_disabled_client_connects_nobody(world: World) -> None:
    await register_devices(world)
    before, during, browser = await Device.begun(world), await Device.begun(world), await signed_in(world)
    page = await entered(browser, during.user_code)
    house = world.house
    occasion = Occasion(now=world.clock.now(), actor="cli:test")
    await disable_client(house.database, house.audit, occasion, "tv")
    world.clock.pass_(10)

    assert "No device waits with this code" in (await entered(browser, before.user_code)).text
    await browser.submit(page, "device-approve", action="allow")

    assert await families(world) == 0
    refused(await before.poll(), "invalid_client", 401)
    refused(await before.ask(scope="openid"), "invalid_client", 401)


@pytest.mark.parametrize(
    "headers",
    [{"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}],
)
async def test_another_sites_form_does_nothing(sqlite_world: World, headers: dict[str, str]) -> None:
    world = sqlite_world
    await register_devices(world)
    device, browser = await Device.begun(world), await signed_in(world)
    page = await entered(browser, device.user_code)
    action, fields = fields_of(page, "device-approve")

    allowing = await browser.http.post(action, data={**fields, "action": "allow"}, headers=headers)
    entering = await browser.http.post("/device", data={"user_code": device.user_code}, headers=headers)
    without = await browser.http.post(action, data={"action": "allow"}, headers={"origin": ISSUER})

    assert {allowing.status_code, entering.status_code, without.status_code} == {403}
    assert await families(world) == 0
    assert await world.rows("SELECT failures FROM throttle WHERE key LIKE 'user-code:%'") == [(0,)]


async def test_a_form_without_an_answer_asks_again(sqlite_world: World) -> None:
    await register_devices(sqlite_world)
    device, browser = await Device.begun(sqlite_world), await signed_in(sqlite_world)
    page = await entered(browser, device.user_code)
    assert is_asking(await answered(browser, page, "perhaps"), "device-approve")


async def test_nobody_answers_signed_out(sqlite_world: World) -> None:
    """And a post of somebody who is signed out gives no new cookie, which another site could be after."""
    await register_devices(sqlite_world)
    device, browser = await Device.begun(sqlite_world), await signed_in(sqlite_world)
    page = await entered(browser, device.user_code)
    action, fields = fields_of(page, "device-approve")
    stranger = sqlite_world.browser()
    response = await stranger.http.post(
        action, data={**fields, "action": "allow"}, headers={"origin": ISSUER}
    )
    assert (response.status_code, response.headers["location"]) == (303, "/device")
    assert "set-cookie" not in response.headers
    assert await families(sqlite_world) == 0


async def test_a_client_that_asks_for_two_factors_gets_no_less_here(world: World) -> None:
    """CVE-2024-38371: the way over a device skips nothing that the client's sign-ins ask for."""
    await register_devices(world)
    device, alice = await Device.begun(world, "kiosk", scope="openid"), await signed_in(world)

    response = await entered(alice, device.user_code)

    assert is_asking(response, "set-up")
    assert await families(world) == 0


async def test_a_client_that_asks_for_a_sign_in_each_time_gets_one(world: World) -> None:
    await register_one(world, "safe", default_max_age=0)
    device, alice = await Device.begun(world, "safe", scope="openid"), await signed_in(world)
    world.clock.pass_(301)

    login = await entered(alice, device.user_code)
    assert is_asking(login, "login")
    page = await alice.follow(await alice.submit(login, username="aa11111-ovh", password=PASSWORD))
    world.clock.pass_(120)
    assert typed_in(page) == device.user_code
    await approve(world, device, alice)

    success(await device.poll())


async def test_a_second_factor_on_the_way_leads_back_to_the_code(risky_world: World) -> None:
    world = risky_world
    await register_devices(world)
    device, bob = await Device.begun(world, "kiosk", scope="openid"), world.browser()
    page = await bob.sign_in("bb22222-ovh")
    form = {"way": "totp", "code": totp_at(world.clock.now())}
    await bob.follow(await bob.submit(page, "second-factor", **form))

    await approve(world, device, bob)

    claims = world.house.keyring.verify(success(await device.poll())["id_token"], typ="JWT")
    assert claims["acr"] == "2"


async def test_an_approval_says_nothing_of_a_consent_of_before(world: World) -> None:
    """Every device asks, also one that was allowed the same before; ours too."""
    await register_devices(world)
    browser = await signed_in(world)
    for client in ("tv", "tv", "console"):
        device = await Device.begun(world, client, scope="openid")
        refused(await device.poll(), "authorization_pending")
        page = await entered(browser, device.user_code)
        assert is_asking(page, "device-approve")
        await answered(browser, page, "allow")
        success(await device.poll())
    assert await world.rows("SELECT client_id, scope FROM consent") == [("tv", "openid")]


async def test_what_was_allowed_before_stays_allowed(world: World) -> None:
    await register_devices(world)
    browser = await signed_in(world)
    await approve(world, await Device.begun(world, scope="openid email"), browser)
    await approve(world, await Device.begun(world, scope="openid profile"), browser)
    assert await world.rows("SELECT scope FROM consent") == [("email openid profile",)]


async def test_people_are_known_to_a_pairwise_device_by_a_name_of_its_own(world: World) -> None:
    await register_one(world, "watch", subject_type="pairwise")
    device = await Device.begun(world, "watch", scope="openid")
    await approve(world, device)
    claims = world.house.keyring.verify(success(await device.poll())["id_token"], typ="JWT")
    assert claims["sub"] != world.people["alice"].sub
    [(sid,)] = await world.rows("SELECT sid FROM session")
    assert claims["sid"] != sid


async def test_the_pages_speak_the_persons_language(sqlite_world: World) -> None:
    await register_devices(sqlite_world)
    device = await Device.begun(sqlite_world)
    browser = sqlite_world.browser(headers={"accept-language": "fr"})
    await browser.sign_in()
    page = await entered(browser, device.user_code)
    assert "Autoriser" in page.text
    german = await browser.get(str(page.url) + "&language=de")
    assert is_asking(german, "device-approve")
    assert 'lang="de"' in german.text
