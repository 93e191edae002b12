"""What a person may type, and how often: RFC 8628 §5.1 and §6.1."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.app import create_app
from idp.config.device_authorization import DeviceAuthorization
from idp.oauth.device import pages, user_codes
from idp.signing.secrets import Purpose, add_secret
from idp.spec.user_code import ALPHABET, make_user_code, read_user_code, shown
from idp.store.database import Database
from tests.oauth.device.watching import Device, answered, entered, register_devices, signed_in
from tests.oauth.wire import refused
from tests.support.world import Browser, World

_GUESSES = 100


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every code that is compared with what waits."""
    seen: list[str] = []
    real = user_codes.find_request

    async def find_request(database: Database, secrets: object, code: str) -> object:
        seen.append(code)
        return await real(database, secrets, code)  # type: ignore[arg-type]

    monkeypatch.setattr(pages, "find_request", find_request)
    return seen


def _wrong(device: Device, count: int) -> Sequence[str]:
    codes = (make_user_code(number.to_bytes(16, "big")) for number in range(count + 1))
    return [code for code in codes if shown(code) != device.user_code][:count]


async def _guess(browser: Browser, page: object, code: str) -> int:
    response = await browser.submit(page, "device-code", user_code=code)  # type: ignore[arg-type]
    return response.status_code


@given(st.binary(min_size=16, max_size=16))
def test_every_code_is_of_the_alphabet_and_reads_as_it_is_shown(random: bytes) -> None:
    code = make_user_code(random)
    assert re.fullmatch(f"[{ALPHABET}]{{8}}", code)
    assert read_user_code(shown(code)) == code


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_code_or_nothing(typed: str) -> None:
    code = read_user_code(typed)
    assert code is None or re.fullmatch(f"[{ALPHABET}]{{8}}", code)


@pytest.mark.parametrize(
    "typed",
    [
        "wdjb-mjht",
        "WDJB MJHT",
        " wdjbmjht ",
        "W-D-J-B-M-J-H-T",
        "WDJB\u2013MJHT",
        "wdjb\u00a0mjht",
        "WDJB\u2011MJHT",
    ],
)
def test_a_code_may_be_typed_in_many_ways(typed: str) -> None:
    assert read_user_code(typed) == "WDJBMJHT"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "WDJBMJH",
        "WDJBMJHTT",
        "WDJBMJHA",
        "WDJBMJH1",
        "\uff37DJBMJHT",
        "WDJBMJH\u017f",
        "W" * 4_000,
        "WDJB+MJHT",
    ],
)
def test_what_can_be_no_code_is_none(typed: str) -> None:
    assert read_user_code(typed) is None


@pytest.mark.requirement("S34")
async def test_100_guesses_at_once_are_compared_no_more_often_than_the_limit(
    world: World, looked_up: list[str]
) -> None:
    """Design rule 4: the try is spent before anything is compared."""
    await register_devices(world)
    device, browser = await Device.begun(world), await signed_in(world)
    page = await browser.get("/device")

    statuses = await asyncio.gather(*(_guess(browser, page, code) for code in _wrong(device, _GUESSES)))

    assert set(statuses) == {422, 429}
    assert len(looked_up) <= world.house.settings.login.free_tries


@pytest.mark.requirement("S34")
async def test_a_right_code_of_ones_own_gives_no_new_tries(world: World, looked_up: list[str]) -> None:
    """Whoever guesses has a device of their own."""
    await register_devices(world)
    victim, own, browser = await Device.begun(world), await Device.begun(world), await signed_in(world)
    page = await browser.get("/device")
    right = 0
    for code in _wrong(victim, 10):
        await _guess(browser, page, code)
        right += await _guess(browser, page, own.user_code) == 303
    wrong = [code for code in looked_up if shown(code) != own.user_code]
    assert len(wrong) <= world.house.settings.login.free_tries
    assert right >= 1


async def test_many_accounts_at_one_address_share_its_tries(world: World, looked_up: list[str]) -> None:
    await register_devices(world)
    device = await Device.begun(world)
    limit = world.house.settings.login.address_free_tries
    spent = 0
    for identifier in ("aa11111-ovh", "bb22222-ovh"):
        browser = await signed_in(world, identifier, address="203.0.113.77")
        page = await browser.get("/device")
        for code in _wrong(device, limit):
            spent += await _guess(browser, page, code) == 422
    assert len(looked_up) == spent <= limit


async def test_too_many_tries_are_told_with_a_time_and_lose_nothing(world: World) -> None:
    await register_devices(world)
    device, browser = await Device.begun(world), await signed_in(world)
    page = await browser.get("/device")
    responses = [await browser.submit(page, "device-code", user_code=code) for code in _wrong(device, 20)]
    response = responses[-1]
    assert response.status_code == 429
    wait = int(response.headers["retry-after"])
    assert wait >= 1
    world.clock.pass_(wait)
    assert 'id="device-approve"' in (await entered(browser, device.user_code)).text


async def test_no_answer_tells_an_old_code_from_one_that_never_was(world: World) -> None:
    await register_devices(world)
    denied, expired, browser = await Device.begun(world), await Device.begun(world), await signed_in(world)
    await answered(browser, await entered(browser, denied.user_code), "deny")
    world.clock.pass_(600)
    [never] = _wrong(expired, 1)
    answers = [await entered(browser, code) for code in (denied.user_code, expired.user_code, never)]
    assert {answer.status_code for answer in answers} == {422}
    assert all("No device waits with this code" in answer.text for answer in answers)
    found = await world.rows("SELECT count(*) FROM audit_event WHERE type = 'user_code.failed'")
    assert found == [(3,)]


async def test_what_is_no_code_costs_no_try(world: World, looked_up: list[str]) -> None:
    await register_devices(world)
    browser = await signed_in(world)
    page = await browser.get("/device")
    for typed in ("", "12345678", "<script>", "W" * 3_000, "\u202e"):
        response = await browser.submit(page, "device-code", user_code=typed)
        assert response.status_code == 422
        assert "<script>" not in response.text.split("<main", 1)[1]
    assert looked_up == []
    assert await world.rows("SELECT count(*) FROM throttle WHERE key LIKE 'user-code:%'") == [(0,)]


async def test_two_devices_never_wait_with_the_same_code(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """§6.1: another code is drawn."""
    await register_devices(world)
    drawn = iter(["WDJBMJHT", "WDJBMJHT", "WDJBMJHT", "BCDFGHJK"])
    monkeypatch.setattr("idp.oauth.device.authorization.make_user_code", lambda _: next(drawn))
    assert (await Device.begun(world)).user_code == "WDJB-MJHT"
    assert (await Device.begun(world)).user_code == "BCDF-GHJK"


async def test_a_generator_that_repeats_itself_for_ever_is_not_waited_for(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await register_devices(sqlite_world)
    monkeypatch.setattr("idp.oauth.device.authorization.make_user_code", lambda _: "WDJBMJHT")
    device = await Device.begun(sqlite_world)
    refused(await device.ask(scope="openid"), "temporarily_unavailable", 503)


async def test_codes_are_found_after_their_secret_was_replaced(world: World) -> None:
    await register_devices(world)
    device, house = await Device.begun(world), world.house
    await add_secret(
        house.database, house.root_keys, house.entropy, world.clock.now(), purpose=Purpose.USER_CODE
    )
    await house.secrets.reload()
    assert house.secrets.newest(Purpose.USER_CODE).secret_id == "user_code-2"
    later, browser = await Device.begun(world), await signed_in(world)
    for code in (device.user_code, later.user_code):
        assert 'id="device-approve"' in (await entered(browser, code)).text
    assert await user_codes.find_request(house.database, house.secrets, "BCDFGHJK") is None


async def test_lifetime_and_interval_are_settings(sqlite_world: World) -> None:
    settings = replace(
        sqlite_world.house.settings,
        device_authorization=DeviceAuthorization(lifetime_seconds=120, interval_seconds=10),
    )
    sqlite_world.house = replace(sqlite_world.house, settings=settings)
    sqlite_world.app = create_app(sqlite_world.house)
    await register_devices(sqlite_world)
    device = await Device.begun(sqlite_world)
    assert (device.codes["expires_in"], device.codes["interval"]) == (120, 10)
