"""A whole round of step-up (RFC 9470), as far as it is ours: an API wants more than a token tells, the client asks for
that, and the next token tells it, in itself and at introspection.
"""

import json
from typing import Any

import pytest

from tests.attacks.paused import sign_in_with_code
from tests.oauth.pushing import come, pushed
from tests.oauth.wire import refresh, success
from tests.support.clients import API
from tests.support.factors import give_factors, totp_at
from tests.support.world import PASSWORD, Browser, World, answer, basic, is_asking

pytestmark = pytest.mark.requirement("S33")

_SCOPE = "openid offline_access invoices:read"


async def _told(world: World, tokens: dict[str, Any]) -> dict[str, Any]:
    """What the access token says to an API, which asks us about it too."""
    claims = world.house.keyring.verify(tokens["access_token"], typ="at+jwt")
    assert claims["aud"] == API
    asked = await world.browser().http.post(
        "/introspect",
        data={"token": tokens["access_token"]},
        headers={"authorization": basic("introspector")},
    )
    said = {name: claims[name] for name in ("acr", "auth_time")}
    assert {name: success(asked)[name] for name in said} == said
    return said


async def _tokens(browser: Browser, response: Any) -> dict[str, Any]:
    return success(await browser.redeem(response))


async def _prove(world: World, browser: Browser, page: Any) -> Any:
    """Alice's app."""
    assert is_asking(page, "second-factor"), page.text
    code = totp_at(world.clock.now())
    return await browser.follow(await browser.submit(page, "second-factor", code=code))


async def _signed_in(world: World) -> tuple[Browser, dict[str, Any]]:
    """Alice, by password, with an app that nobody asked for yet."""
    await give_factors(world.house, world.people["alice"].subject_id, two_factor=False)
    browser = world.browser()
    await sign_in_with_code(world, browser)
    return browser, await _tokens(browser, await browser.authorize(scope=_SCOPE))


@pytest.mark.parametrize("is_pushed", [False, True])
async def test_next_token_tells_what_the_api_wanted(risky_world: World, is_pushed: bool) -> None:
    world = risky_world
    browser, first = await _signed_in(world)
    before = await _told(world, first)
    assert before["acr"] == "1"
    world.clock.pass_(60)

    challenge = {"acr_values": "2", "max_age": "300", "scope": _SCOPE}
    page = (
        await come(browser, await pushed(world, **challenge))
        if is_pushed
        else await browser.authorize(**challenge)
    )
    after = await _told(world, await _tokens(browser, await _prove(world, browser, page)))

    # The same sign-in, with a factor more; the token of before never becomes better.
    assert after == {"acr": "2", "auth_time": before["auth_time"]}
    renewed = success(await refresh(browser, first["refresh_token"]))
    assert await _told(world, renewed) == before


async def test_refresh_tells_the_sign_in_behind_it_for_ever(risky_world: World) -> None:
    world = risky_world
    browser, _ = await _signed_in(world)
    response = await _prove(world, browser, await browser.authorize(acr_values="2", scope=_SCOPE))
    tokens = await _tokens(browser, response)
    told = await _told(world, tokens)
    for _ in range(3):
        world.clock.pass_(3_600)
        tokens = success(await refresh(browser, tokens["refresh_token"]))
        assert await _told(world, tokens) == told


async def test_api_that_wants_a_younger_sign_in_gets_one(world: World) -> None:
    browser = world.browser()
    first = await _told(world, await _tokens(browser, await browser.sign_in(scope=_SCOPE)))
    world.clock.pass_(600)
    page = await browser.authorize(max_age="300", scope=_SCOPE)
    assert is_asking(page, "login")
    done = await browser.submit(page, "login", username="aa11111-ovh", password=PASSWORD)
    second = await _told(world, await _tokens(browser, await browser.follow(done)))
    assert second["auth_time"] == first["auth_time"] + 600
    # Young enough: nobody is asked.
    assert "code" in answer(await browser.authorize(max_age="300", scope=_SCOPE, prompt="none"))


async def test_client_that_asks_for_less_is_told_what_it_asked_for(risky_world: World) -> None:
    """And an API that knows `1` alone understands it."""
    world = risky_world
    browser, _ = await _signed_in(world)
    await _prove(world, browser, await browser.authorize(acr_values="2"))
    told = await _told(world, await _tokens(browser, await browser.authorize(acr_values="1", scope=_SCOPE)))
    assert told["acr"] == "1"


async def test_demand_that_nobody_meets_is_no_endless_round(sqlite_world: World) -> None:
    """OpenID Connect Core Error Code unmet_authentication_requirements 1.0."""
    claims = json.dumps({"id_token": {"acr": {"essential": True, "values": ["urn:example:gold"]}}})
    for prompt in ("", "none", "login"):
        found = answer(await sqlite_world.browser().authorize(claims=claims, prompt=prompt))
        assert found["error"] == "unmet_authentication_requirements"
