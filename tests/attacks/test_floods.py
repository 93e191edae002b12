"""What a stranger can make us write, keep or compute, for the price of a request."""

import pytest
import structlog

from idp.app.upkeep import Upkeep
from idp.store.pruning import BATCH
from idp.store.throttle import spend_try
from idp.web.logging import encode_controls
from tests.support.world import START, World, asked

pytestmark = pytest.mark.requirement("S87", "S90")

_DAY = 86_400
_TRY = spend_try((0,), forget_seconds=60)


@pytest.mark.parametrize("parameter", ["login_hint", "acr_values", "ui_locales", "scope", "unknown"])
async def test_a_stranger_cannot_store_long_requests(world: World, parameter: str) -> None:
    answer = await world.browser().get("/authorize", params=asked(**{parameter: "x" * 20_000}))

    assert answer.status_code == 400
    assert await world.rows("SELECT * FROM interaction") == []


async def test_what_strangers_leave_behind_goes_faster_than_they_leave_it(world: World) -> None:
    rows = 30 * BATCH
    effects = [_TRY.effect(key=f"k{number}", now=START) for number in range(rows)]
    assert await world.house.database.apply(effects)

    await Upkeep(house=world.house, holder="node").once(START + 2 * _DAY)

    assert await world.rows("SELECT count(*) FROM throttle") == [(0,)]


async def test_a_stranger_cannot_flood_the_log_with_one_request(sqlite_world: World) -> None:
    form = {"grant_type": "client_credentials", "client_id": "x" * 60_000, "client_secret": "s"}

    with structlog.testing.capture_logs(processors=[encode_controls]) as lines:
        await sqlite_world.browser().http.post("/token", data=form)

    refused = next(line for line in lines if line["event"] == "request refused")
    assert refused["client_id"] == "x" * 500 + "…"
