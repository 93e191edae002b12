"""FAPI 2.0 final: the modules of client assertions, by name.

Whom an assertion names is played where the configuration lets other clients name endpoints: these asked for more
(`assertion_audiences`), and get it.
"""

import pytest

from tests.conformance.fapi2 import FIRST, SECOND, Fapi, plays, reference_of
from tests.oauth.wire import refused, success
from tests.support.client_keys import client_key
from tests.support.proving import dpop_key, proof
from tests.support.world import ISSUER, START, World

_NBF_ACCEPTED = "par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted"
_NBF_REFUSED = "par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails"


@pytest.fixture
async def strict(excepting_world: World) -> Fapi:
    """The suite's clients where others may be laxer."""
    fapi = Fapi(world=excepting_world, browser=excepting_world.browser(headers={"accept": "text/html"}))
    for client in (FIRST, SECOND):
        await fapi.register(client, assertion_audiences="issuer")
    return fapi


@plays("ensure-signed-client-assertion-with-RS256-fails")
async def test_rs256_signs_no_assertion(fapi: Fapi) -> None:
    """By the very key that signs PS256: §5.4.1 of the profile has no RS256."""
    code = (await fapi.authorize())["code"]
    told = refused(await fapi.redeem(code, assertion=fapi.assertion(alg="RS256")), "invalid_client", 401)
    assert "alg is not PS256" in told


@plays("ensure-client-assertion-in-token-endpoint")
async def test_without_an_assertion_nobody_is_there(fapi: Fapi) -> None:
    code = (await fapi.authorize())["code"]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": fapi.request()["redirect_uri"],
        "code_verifier": "v" * 43,
    }
    for sent in ({}, {"client_id": FIRST}):
        headers = {"dpop": proof(fapi.world, dpop_key())}
        response = await fapi.browser.http.post("/token", data={**form, **sent}, headers=headers)
        refused(response, "invalid_client", 401)


@plays("ensure-client-assertion-with-exp-is-5-minutes-in-past-fails")
async def test_assertion_that_ended_is_refused(fapi: Fapi) -> None:
    code = (await fapi.authorize())["code"]
    ended = fapi.assertion(exp=START - 300, iat=START - 360)
    assert "exp is past" in refused(await fapi.redeem(code, assertion=ended), "invalid_client", 401)


@plays("ensure-client-assertion-with-wrong-aud-fails")
async def test_assertion_for_somebody_else_is_refused(fapi: Fapi) -> None:
    code = (await fapi.authorize())["code"]
    other = fapi.assertion(aud="https://www.other1.com/")
    assert "aud is not" in refused(await fapi.redeem(code, assertion=other), "invalid_client", 401)


@plays("ensure-client-assertion-with-no-sub-fails")
async def test_assertion_of_nobody_is_refused(fapi: Fapi) -> None:
    code = (await fapi.authorize())["code"]
    response = await fapi.redeem(code, assertion=fapi.assertion(sub=None), client_id=FIRST)
    assert "sub is not a client_id" in refused(response, "invalid_client", 401)


@plays(_NBF_ACCEPTED)
async def test_clock_that_is_a_little_ahead_is_believed(fapi: Fapi) -> None:
    """§5.3.2.1: up to 10 seconds ahead is accepted."""
    for seconds in (8, 10):
        ahead = fapi.assertion(nbf=START + seconds, iat=START + seconds, exp=START + 60)
        reference_of(await fapi.push(assertion=ahead))


@plays(_NBF_REFUSED)
async def test_clock_that_is_a_minute_ahead_is_not(fapi: Fapi) -> None:
    ends_at = START + 300
    for ahead in (
        fapi.assertion(nbf=START + 61, exp=ends_at),
        fapi.assertion(iat=START + 61, exp=ends_at),
    ):
        response = await fapi.push(assertion=ahead)
        assert "is in the future" in refused(response, "invalid_client", 401)


@plays("par-test-array-as-audience-fails")
async def test_audience_is_no_list(strict: Fapi) -> None:
    response = await strict.push(assertion=strict.assertion(aud=[ISSUER]))
    assert f"aud is not {ISSUER}" in refused(response, "invalid_client", 401)


@plays("par-test-par-endpoint-url-as-audience-fails")
async def test_audience_is_not_the_endpoint_of_pushed_requests(strict: Fapi) -> None:
    response = await strict.push(assertion=strict.assertion(aud=f"{ISSUER}/par"))
    assert f"aud is not {ISSUER}" in refused(response, "invalid_client", 401)


@plays("par-test-token-endpoint-url-as-audience-fails")
async def test_audience_is_not_the_token_endpoint(strict: Fapi) -> None:
    response = await strict.push(assertion=strict.assertion(aud=f"{ISSUER}/token"))
    assert f"aud is not {ISSUER}" in refused(response, "invalid_client", 401)


async def test_issuer_is_always_an_audience_and_laxer_clients_stay_lax(strict: Fapi) -> None:
    reference_of(await strict.push())
    await strict.register("fapi-lax")
    for audience in (f"{ISSUER}/token", f"{ISSUER}/par", [ISSUER]):
        reference_of(await strict.push("fapi-lax", assertion=strict.assertion("fapi-lax", aud=audience)))


async def test_key_of_another_kind_signs_nothing(fapi: Fapi) -> None:
    code = (await fapi.authorize())["code"]
    foreign = fapi.assertion(key=client_key("PS256", 199))
    refused(await fapi.redeem(code, assertion=foreign), "invalid_client", 401)
    success(await fapi.redeem(code))
