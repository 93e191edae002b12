"""Codes that only one key redeems: RFC 9449 §10 and §10.1, by a proof where a request is pushed, and by `dpop_jkt`."""

import httpx2
import pytest

from tests.oauth.asking import object_claims, register_asker
from tests.oauth.pushing import come, is_untrusted, push, sign_in, visitor
from tests.oauth.wire import SPA, refused, success
from tests.support.client_keys import client_key, signed
from tests.support.proving import dpop_key, jkt_of, post, proof
from tests.support.world import VERIFIER, World, answer, asked, basic

_CALLBACK = "http://localhost:8001/callback"


async def _push(world: World, dpop: str, client: str = "manager", **parameters: str) -> httpx2.Response:
    return await post(world, "/par", client, dpop, **asked(**{"client_id": client, **parameters}))


async def _code(world: World, response: httpx2.Response, client: str = "manager") -> str:
    assert response.status_code == 201, response.text
    browser = visitor(world)
    return answer(await sign_in(browser, await come(browser, response.json()["request_uri"], client)))["code"]


async def _redeem(world: World, code: str, number: int | None) -> httpx2.Response:
    """With a proof by the key of this number, or with none."""
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": _CALLBACK, "code_verifier": VERIFIER,
    }  # fmt: skip
    if number is None:
        return await world.browser().token(**form)
    return await post(world, "/token", "manager", proof(world, dpop_key(number)), **form)


@pytest.mark.requirement("S9")
async def test_proof_where_it_is_pushed_binds_the_code(world: World) -> None:
    code = await _code(world, await _push(world, proof(world, path="/par")))
    assert await world.rows("SELECT dpop_jkt FROM code") == [(jkt_of(dpop_key()),)]
    for number in (1, None):
        refused(await _redeem(world, code, number), "invalid_grant")
    # A wrong key burns nothing.
    assert success(await _redeem(world, code, 0))["token_type"] == "DPoP"


@pytest.mark.requirement("S9")
async def test_thumbprint_binds_as_a_proof_does(world: World) -> None:
    code = await _code(world, await push(world, dpop_jkt=jkt_of(dpop_key())))
    refused(await _redeem(world, code, 1), "invalid_grant")
    assert success(await _redeem(world, code, 0))["token_type"] == "DPoP"


@pytest.mark.requirement("S9")
async def test_thumbprint_of_a_plain_request_binds_too(world: World) -> None:
    for browser in (visitor(world), visitor(world)):
        code = answer(await browser.sign_in(dpop_jkt=jkt_of(dpop_key())))["code"]
        refused(await _redeem(world, code, None), "invalid_grant")
        assert success(await _redeem(world, code, 0))["token_type"] == "DPoP"
        # Who is signed in gets theirs without a page.
        code = answer(await browser.authorize(dpop_jkt=jkt_of(dpop_key(1)), prompt="none"))["code"]
        refused(await _redeem(world, code, 0), "invalid_grant")


@pytest.mark.parametrize("jkt", ["x", "A" * 42, "A" * 44, "A" * 42 + "=", "é" * 43, "A" * 42 + "/"])
async def test_what_is_no_thumbprint_is_refused(sqlite_world: World, jkt: str) -> None:
    found = answer(await visitor(sqlite_world).authorize(dpop_jkt=jkt))
    assert (found["error"], found["state"]) == ("invalid_request", "some state")


async def test_proof_and_thumbprint_are_of_one_key(world: World) -> None:
    """§10.1; fapi2-…-ensure-mismatched-dpop-jkt-fails."""
    mine, other = jkt_of(dpop_key()), jkt_of(dpop_key(1))
    await _code(world, await _push(world, proof(world, path="/par"), dpop_jkt=mine))
    described = refused(await _push(world, proof(world, path="/par"), dpop_jkt=other), "invalid_request")
    assert "dpop_jkt" in described


async def test_thumbprint_in_an_object_is_compared_too(sqlite_world: World) -> None:
    await register_asker(sqlite_world)
    for number, status in ((0, 201), (1, 400)):
        claims = object_claims(sqlite_world, dpop_jkt=jkt_of(dpop_key(number)))
        dpop = proof(sqlite_world, path="/par")
        response = await sqlite_world.browser().http.post(
            "/par",
            data={"request": signed(claims, client_key())},
            headers={"dpop": dpop, "authorization": basic("jar")},
        )
        assert response.status_code == status


async def test_public_client_binds_its_code_as_well(sqlite_world: World) -> None:
    response = await _push(sqlite_world, proof(sqlite_world, path="/par"), "spa", **SPA)
    browser = visitor(sqlite_world)
    page = await sign_in(browser, await come(browser, response.json()["request_uri"], "spa"))
    done = await browser.follow(await browser.submit(page, action="allow"))
    refused(await browser.redeem(done, "spa"), "invalid_grant")
    form = {"code": answer(done)["code"], "redirect_uri": SPA["redirect_uri"], "code_verifier": VERIFIER}
    bound = proof(sqlite_world)
    tokens = success(
        await post(sqlite_world, "/token", "spa", bound, grant_type="authorization_code", **form)
    )
    assert tokens["token_type"] == "DPoP"


async def test_proof_for_another_endpoint_or_without_our_nonce_pushes_nothing(sqlite_world: World) -> None:
    refused(await _push(sqlite_world, proof(sqlite_world, path="/token")), "invalid_dpop_proof")
    refused(await _push(sqlite_world, proof(sqlite_world, path="/par", method="GET")), "invalid_dpop_proof")
    response = await _push(sqlite_world, proof(sqlite_world, path="/par", nonce=None))
    refused(response, "use_dpop_nonce")
    again = await _push(sqlite_world, proof(sqlite_world, path="/par", nonce=response.headers["dpop-nonce"]))
    assert again.status_code == 201
    assert again.headers["dpop-nonce"]


async def test_proof_pushes_once(world: World) -> None:
    dpop = proof(world, path="/par")
    assert (await _push(world, dpop)).status_code == 201
    refused(await _push(world, dpop), "invalid_dpop_proof")
    spent = proof(world, path="/par")
    refused(await _push(world, spent, scope="nobody:knows"), "invalid_scope")
    refused(await _push(world, spent), "invalid_dpop_proof")


async def test_bound_client_gets_no_token_by_the_browser(sqlite_excepting_world: World) -> None:
    """Nobody proves a key there, so it would be worth stealing."""
    world = sqlite_excepting_world
    await register_asker(
        world,
        "bound",
        grant_types=frozenset({"authorization_code", "implicit"}),
        response_types=frozenset({"code", "code token"}),
        dpop_bound_access_tokens=True,
    )
    parameters = {"client_id": "bound", "redirect_uri": "https://jar.example/callback"}
    response = await visitor(world).authorize(**parameters, response_type="code token")
    assert "error=unauthorized_client" in response.headers["location"]


async def test_bound_client_pushes_without_a_proof(sqlite_world: World) -> None:
    """It owes one where it gets its token."""
    await register_asker(sqlite_world, "bound", dpop_bound_access_tokens=True)
    callback = "https://jar.example/callback"
    response = await push(sqlite_world, "bound", redirect_uri=callback)
    assert response.status_code == 201
    assert is_untrusted(await come(visitor(sqlite_world), response.json()["request_uri"]))
