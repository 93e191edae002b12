"""How often a client may ask: its own bucket, which nobody else empties. RFC 6585 §4."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.clients.registration import register_client
from idp.config.limits import Limits
from idp.oauth.rates import Rates, Turn
from idp.records.client import Client, ClientId
from idp.records.event import Occasion
from idp.spec.errors import TooManyRequests
from tests.oauth.wire import success
from tests.support.world import START, World, basic, open_world, settings_for

_LIMITS = Limits(requests_per_minute=6, burst_seconds=30)
_FORM = {"grant_type": "client_credentials"}
CONFIDENTIAL = Client(client_id=ClientId("confidential"), client_name="x")
PUBLIC = Client(client_id=ClientId("public"), client_name="x", token_endpoint_auth_method="none")


@pytest.fixture
async def limited_world(sqlite_url: str, tmp_path: Path) -> AsyncIterator[World]:
    """Three requests at once, and one more every ten seconds."""
    async with open_world(replace(settings_for(sqlite_url, tmp_path), limits=_LIMITS)) as world:
        yield world


async def _ask(
    world: World, client: str = "machine", *, secret: str = "", address: str = "192.0.2.1"
) -> httpx2.Response:
    headers = {"authorization": basic(client, secret or f"{client}-secret")}
    return await world.browser(address=address).http.post("/token", data=_FORM, headers=headers)


def _waits(response: httpx2.Response) -> int:
    """How long the client is told to wait."""
    assert response.status_code == 429, response.text
    assert response.json()["error"] == "temporarily_unavailable"
    assert "requests a minute" in response.json()["error_description"]
    assert response.headers["cache-control"] == "no-store"
    return int(response.headers["retry-after"])


async def test_a_bucket_empties_and_fills_again(limited_world: World) -> None:
    for _ in range(3):
        success(await _ask(limited_world))
    assert _waits(await _ask(limited_world)) == 10
    limited_world.clock.pass_(9)
    assert _waits(await _ask(limited_world)) == 1
    limited_world.clock.pass_(1)
    success(await _ask(limited_world))
    assert _waits(await _ask(limited_world)) == 10
    limited_world.clock.pass_(3_600)
    for _ in range(3):
        success(await _ask(limited_world))
    _waits(await _ask(limited_world))


async def test_every_endpoint_where_clients_authenticate_counts(limited_world: World) -> None:
    browser = limited_world.browser()
    forms: dict[str, dict[str, str]] = {
        "/token": _FORM,
        "/revoke": {"token": "x" * 64},
        "/introspect": {"token": "x" * 64},
    }
    for path, form in forms.items():
        response = await browser.http.post(path, data=form, headers={"authorization": basic("machine")})
        assert response.status_code == 200
    for path in (*forms, "/par", "/device_authorization"):
        form = forms.get(path, {})
        response = await browser.http.post(path, data=form, headers={"authorization": basic("machine")})
        assert _waits(response) == 10, path


async def test_what_is_refused_counts_too_but_for_who_is_not_the_client(limited_world: World) -> None:
    for _ in range(20):
        assert (await _ask(limited_world, secret="wrong")).status_code == 401
    browser = limited_world.browser()
    for _ in range(3):
        response = await browser.http.post(
            "/token", data={**_FORM, "scope": "unknown"}, headers={"authorization": basic("machine")}
        )
        assert response.status_code == 400
    _waits(await _ask(limited_world))


async def test_who_has_to_wait_loses_nothing(limited_world: World) -> None:
    browser = limited_world.browser()
    granted = await browser.sign_in(scope="openid offline_access")
    for _ in range(3):
        await browser.call("/introspect", "manager", token="x" * 64)
    _waits(await browser.redeem(granted))

    limited_world.clock.pass_(10)
    tokens = success(await browser.redeem(granted))
    _waits(await browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]))
    limited_world.clock.pass_(10)
    success(await browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"]))


async def test_nobody_empties_somebody_elses_bucket(limited_world: World) -> None:
    for _ in range(4):
        await _ask(limited_world)
    _waits(await _ask(limited_world, address="198.51.100.1"))
    success(await limited_world.browser().call("/introspect", "introspector", token="x" * 64))


async def test_a_public_client_has_a_bucket_in_each_network(limited_world: World) -> None:
    """Anybody can say its name."""
    form = {"grant_type": "refresh_token", "refresh_token": "x" * 64, "client_id": "spa"}

    async def status(address: str) -> int:
        return (await limited_world.browser(address=address).http.post("/token", data=form)).status_code

    assert [await status("192.0.2.1") for _ in range(4)] == [400, 400, 400, 429]
    assert await status("192.0.2.200") == 429
    assert await status("198.51.100.1") == 400


async def test_a_client_may_have_another_limit(limited_world: World) -> None:
    house = limited_world.house
    client = Client(
        client_id=ClientId("busy"),
        client_name="busy",
        grant_types=frozenset({"client_credentials"}),
        response_types=frozenset(),
        scopes=frozenset({"invoices:read"}),
        requests_per_minute=20,
    )
    occasion = Occasion(now=START, actor="cli:test")
    await register_client(house.database, house.audit, house.entropy, occasion, client, secret="busy-secret")

    for _ in range(10):
        success(await _ask(limited_world, "busy"))
    assert _waits(await _ask(limited_world, "busy")) == 3


async def test_without_a_setting_nobody_waits(sqlite_world: World) -> None:
    for _ in range(60):
        success(await _ask(sqlite_world))


async def test_metrics_tell_how_many_waited(limited_world: World) -> None:
    for _ in range(5):
        await _ask(limited_world)

    found = limited_world.house.metrics.registry.get_sample_value
    assert found("idp_requests_limited_total", {"kind": "confidential"}) == 2
    # Who has to wait is the client all the same.
    assert (
        found("idp_client_authentications_total", {"method": "client_secret_basic", "outcome": "success"})
        == 5
    )


def _count(rated: Rates, client: Client = CONFIDENTIAL, now: int = START, **how: Any) -> bool:
    try:
        rated.count(client, how.get("turn", Turn()), network=how.get("network", "192.0.2.0/24"), now=now)
    except TooManyRequests:
        return False
    return True


def test_a_request_that_is_decided_anew_counts_once() -> None:
    rated, turn = Rates(_LIMITS), Turn()
    assert all(_count(rated, turn=turn) for _ in range(20))
    assert [_count(rated) for _ in range(3)] == [True, True, False]


def test_a_clock_that_was_set_back_empties_no_bucket() -> None:
    rated = Rates(_LIMITS)
    assert _count(rated)
    assert [_count(rated, now=START - 3_600) for _ in range(3)] == [True, True, False]


def test_strangers_push_out_no_other_clients_bucket() -> None:
    rated = Rates(_LIMITS, most_buckets=50)
    assert [_count(rated) for _ in range(4)] == [True, True, True, False]
    for number in range(200):
        assert _count(rated, PUBLIC, network=f"network {number}")

    assert not _count(rated)
    # What was forgotten starts full again; what was not has one less.
    assert [_count(rated, PUBLIC, network="network 0") for _ in range(4)] == [True, True, True, False]
    assert [_count(rated, PUBLIC, network="network 199") for _ in range(3)] == [True, True, False]


@given(
    per_minute=st.integers(1, 100_000),
    burst_seconds=st.integers(1, 3_600),
    pauses=st.lists(st.integers(0, 120), max_size=60),
)
def test_no_more_passes_than_the_burst_and_what_flows_in(
    per_minute: int, burst_seconds: int, pauses: list[int]
) -> None:
    rated = Rates(Limits(requests_per_minute=per_minute, burst_seconds=burst_seconds))
    passed, now = 0, START
    for pause in pauses:
        now += pause
        passed += _count(rated, now=now)
    most = max(1.0, per_minute * burst_seconds / 60) + (now - START) * per_minute / 60
    assert passed <= most + 1e-6


@given(per_minute=st.integers(1, 1_000), burst_seconds=st.integers(1, 20))
def test_who_waits_as_told_is_served(per_minute: int, burst_seconds: int) -> None:
    rated = Rates(Limits(requests_per_minute=per_minute, burst_seconds=burst_seconds))
    while _count(rated):
        pass
    with pytest.raises(TooManyRequests) as caught:
        rated.count(CONFIDENTIAL, Turn(), network="", now=START)
    assert 1 <= caught.value.wait_seconds <= 60
    assert _count(rated, now=START + caught.value.wait_seconds)
