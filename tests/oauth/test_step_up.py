"""What applications ask of a sign-in: `acr_values`, essential `acr`, `max_age` and minimums force the missing factor,
and only that; the ID token says what was reached (OpenID Connect Core §2, §5.5.1.1, RFC 9470).
"""

import json
from base64 import urlsafe_b64decode
from dataclasses import replace
from typing import Any

import pytest

from idp.clients.registration import register_client
from idp.records.client import ClientId
from idp.records.event import Occasion
from tests.attacks.paused import ALICE, BOB, Paused, sign_in_with_app, sign_in_with_code
from tests.login.proving import give_key, sign_in_with_passkey
from tests.support.authenticator import SoftwareKey
from tests.support.clients import CLIENTS
from tests.support.factors import give_factors, totp_at
from tests.support.world import START, Browser, World, answer, is_asking

pytestmark = pytest.mark.requirement("S33")


def _essential(*values: str) -> str:
    return json.dumps({"id_token": {"acr": {"essential": True, "values": list(values)}}})


async def _claims(browser: Browser, response: Any) -> dict[str, Any]:
    tokens = (await browser.redeem(response)).json()
    body = tokens["id_token"].split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


async def _prove(world: World, browser: Browser, page: Any) -> Any:
    """Alice's app, on the page of a step-up."""
    assert is_asking(page, "second-factor")
    code = totp_at(world.clock.now())
    return await browser.follow(await browser.submit(page, "second-factor", code=code))


async def test_password_and_code_reach_one_rung(risky_world: World) -> None:
    browser = risky_world.browser()
    claims = await _claims(browser, await sign_in_with_code(risky_world, browser))
    assert (claims["acr"], claims["amr"]) == ("1", ["pwd", "email"])
    known = await _claims(browser, await sign_in_with_code(risky_world, browser))
    assert (known["acr"], known["amr"]) == ("1", ["pwd"])


async def test_app_reaches_two(risky_world: World) -> None:
    browser = risky_world.browser()
    claims = await _claims(browser, await sign_in_with_app(risky_world, browser))
    assert (claims["acr"], claims["amr"]) == ("2", ["pwd", "otp", "mfa"])


async def test_passkey_reaches_three(risky_world: World) -> None:
    key = SoftwareKey()
    await give_key(risky_world, "alice", key, is_passkey=True)
    browser = risky_world.browser()
    claims = await _claims(browser, await sign_in_with_passkey(browser, key))
    assert (claims["acr"], claims["amr"]) == ("3", ["hwk", "user", "mfa"])


@pytest.mark.parametrize(
    "asked",
    [{"acr_values": "2"}, {"claims": _essential("2")}, {"acr_values": "3 2", "claims": _essential("3", "2")}],
)
async def test_living_session_lacks_only_the_factor(sqlite_risky_world: World, asked: dict[str, str]) -> None:
    world = sqlite_risky_world
    await give_factors(world.house, world.people["alice"].subject_id, two_factor=False)
    browser = world.browser()
    first = await _claims(browser, await sign_in_with_code(world, browser))
    world.clock.pass_(600)
    silent = await browser.authorize(**asked, prompt="none")
    assert answer(silent)["error"] == "login_required"
    claims = await _claims(browser, await _prove(world, browser, await browser.authorize(**asked)))
    assert (claims["acr"], claims["amr"]) == ("2", ["pwd", "email", "otp", "mfa"])
    # It is the same sign-in, with a factor more.
    assert (claims["sid"], claims["auth_time"]) == (first["sid"], first["auth_time"])
    # Nothing is asked for twice.
    assert "code" in answer(await browser.authorize(**asked, prompt="none"))


async def test_wish_that_nobody_can_meet_is_let_go(risky_world: World) -> None:
    browser = risky_world.browser()
    await sign_in_with_code(risky_world, browser)
    claims = await _claims(browser, await browser.authorize(acr_values="3"))
    assert claims["acr"] == "1"


async def test_demand_that_nobody_can_meet_sets_a_factor_up(risky_world: World) -> None:
    browser = risky_world.browser()
    await sign_in_with_code(risky_world, browser)
    page = await browser.authorize(claims=_essential("2"))
    assert "/set-up" in page.url.path
    # A while later the password comes first.
    risky_world.clock.pass_(3_000)
    assert is_asking(await browser.authorize(claims=_essential("2")), "login")


async def test_demand_that_is_unknown_is_refused(sqlite_world: World) -> None:
    response = await sqlite_world.browser().authorize(claims=_essential("urn:example:gold"))
    assert answer(response)["error"] == "unmet_authentication_requirements"


async def test_minimum_of_a_client_counts_whatever_it_asks(risky_world: World) -> None:
    house, occasion = risky_world.house, Occasion(now=START, actor="system")
    strict = replace(CLIENTS[0][0], client_id=ClientId("strict"), minimum_acr="2")
    await register_client(
        house.database, house.audit, house.entropy, occasion, strict, secret="strict-secret"
    )
    await give_factors(house, risky_world.people["alice"].subject_id, two_factor=False)
    browser = risky_world.browser()
    await sign_in_with_code(risky_world, browser)
    for asked in ({"acr_values": "1"}, {"claims": _essential("1")}):
        assert is_asking(await browser.authorize(client_id="strict", **asked), "second-factor")
    page = await browser.authorize(client_id="strict")
    done = await _prove(risky_world, browser, page)
    assert "code" in answer(done)
    assert "code" in answer(await browser.authorize(client_id="strict", prompt="none"))


async def test_wishes_of_a_client_count_where_its_request_has_none(sqlite_risky_world: World) -> None:
    """OpenID Connect Registration §2, default_acr_values: the first that we know, and never more than a wish."""
    house, occasion = sqlite_risky_world.house, Occasion(now=START, actor="system")
    wishing = replace(CLIENTS[0][0], client_id=ClientId("wishing"), default_acr_values=("urn:x", "2", "1"))
    await register_client(
        house.database, house.audit, house.entropy, occasion, wishing, secret="wishing-secret"
    )
    browser = sqlite_risky_world.browser()
    await sign_in_with_code(sqlite_risky_world, browser)
    assert "code" in answer(await browser.authorize(client_id="wishing"))

    await give_factors(house, sqlite_risky_world.people["alice"].subject_id, two_factor=False)

    assert "code" in answer(await browser.authorize(client_id="wishing", acr_values="1"))
    page = await browser.authorize(client_id="wishing")
    assert "code" in answer(await _prove(sqlite_risky_world, browser, page))


async def test_max_age_asks_for_everything_again(risky_world: World) -> None:
    browser = risky_world.browser()
    await sign_in_with_app(risky_world, browser)
    risky_world.clock.pass_(61)
    paused = await Paused.at_login(risky_world, browser=browser, max_age="60")
    await paused.password(BOB)
    assert paused.is_at("second-factor")
    code = totp_at(risky_world.clock.now())
    claims = await _claims(
        browser, await paused.post("second-factor", action="continue", way="totp", code=code)
    )
    assert claims["auth_time"] == risky_world.clock.now()
    assert claims["acr"] == "2"


async def test_time_that_a_code_takes_is_not_counted_against_max_age(risky_world: World) -> None:
    """Signing in is over with its last proof: a mail that takes two minutes leaves `auth_time` within `max_age`."""
    paused = await Paused.at_login(risky_world, max_age="60")
    await paused.password(ALICE)
    risky_world.clock.pass_(120)
    await paused.post("email-code", action="continue", code=await paused.mailed_code())
    claims = await _claims(paused.browser, paused.page)
    assert claims["auth_time"] == risky_world.clock.now()


async def test_better_factor_that_is_lost_blocks_no_wish(risky_world: World) -> None:
    """The wish opens the key's page; whoever proves an app instead gets on with what that reaches."""
    key = SoftwareKey()
    await give_key(risky_world, "bob", key)
    browser = risky_world.browser()
    claims = await _claims(browser, await sign_in_with_app(risky_world, browser, acr_values="3"))
    assert claims["acr"] == "2"
