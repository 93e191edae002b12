"""FAPI 2.0 final: the modules of pushed requests and of PKCE, by name."""

from urllib.parse import urlencode

import httpx2
import pytest

from tests.conformance.fapi2 import CALLBACK, FIRST, SECOND, Fapi, plays
from tests.oauth.wire import refused, success
from tests.support.world import answer

_FORM = {"content-type": "application/x-www-form-urlencoded"}


def _is_error_page(page: httpx2.Response) -> bool:
    """What the suite wants a picture of: a page that leads nobody away."""
    assert page.status_code in (400, 410), page.text
    assert page.headers["content-type"].startswith("text/html")
    assert "location" not in page.headers
    return True


@plays("par-ensure-reused-request-uri-prior-to-auth-completion-succeeds")
async def test_reference_opens_again_before_it_is_answered(fapi: Fapi) -> None:
    reference = await fapi.pushed()
    first = await fapi.visit(reference)
    assert 'id="login"' in first.text
    found = answer(await fapi.sign_in(await fapi.visit(reference)))
    assert found["state"] == "state of the suite"
    success(await fapi.redeem(found["code"]))


@plays("par-attempt-reuse-request_uri")
async def test_reference_is_answered_once(fapi: Fapi) -> None:
    reference = await fapi.pushed()
    success(await fapi.redeem(answer(await fapi.sign_in(await fapi.visit(reference)))["code"]))
    assert _is_error_page(await fapi.visit(reference))


@plays("par-attempt-to-use-expired-request_uri")
async def test_reference_ends_when_it_says(fapi: Fapi) -> None:
    response = await fapi.push()
    fapi.world.clock.pass_(response.json()["expires_in"])
    assert _is_error_page(await fapi.visit(response.json()["request_uri"]))


@plays("par-attempt-to-use-request_uri-for-different-client")
async def test_reference_is_its_clients(fapi: Fapi) -> None:
    assert _is_error_page(await fapi.visit(await fapi.pushed(FIRST), SECOND))


@plays("par-authorization-request-containing-request_uri-form-param")
async def test_reference_is_not_pushed_beside_a_request(fapi: Fapi) -> None:
    reference = await fapi.pushed()
    refused(await fapi.push(request_uri=reference), "invalid_request")
    assert fapi.world.outside.fetched == []


@plays("par-attempt-invalid-http-method")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_only_a_post_pushes(fapi: Fapi, method: str) -> None:
    form = {**fapi.request(), **fapi.proven()}
    response = await fapi.browser.http.request(method, "/par", params=form)
    assert response.status_code == 405


@plays("par-without-duplicate-parameters")
async def test_reference_comes_with_client_id_alone(fapi: Fapi) -> None:
    """The suite sends nothing else to the authorization endpoint here; and what is pushed twice is refused."""
    page = await fapi.browser.get(
        "/authorize", params={"client_id": FIRST, "request_uri": await fapi.pushed()}
    )
    success(await fapi.redeem(answer(await fapi.sign_in(await fapi.browser.follow(page)))["code"]))
    twice = urlencode([*fapi.request().items(), *fapi.proven().items(), ("state", "another")])
    refused(await fapi.browser.http.post("/par", content=twice.encode(), headers=_FORM), "invalid_request")


@plays("par-ensure-pkce-required")
async def test_challenge_is_required(fapi: Fapi) -> None:
    refused(await fapi.push(code_challenge=None, code_challenge_method=None), "invalid_request")


@plays("par-plain-pkce-rejected")
async def test_plain_challenge_is_refused(fapi: Fapi) -> None:
    refused(await fapi.push(code_challenge="v" * 43, code_challenge_method="plain"), "invalid_request")


@plays("ensure-pkce-code-verifier-required")
async def test_verifier_is_required(fapi: Fapi) -> None:
    code = (await fapi.authorize())["code"]
    refused(await fapi.redeem(code, code_verifier=None), "invalid_grant")


@plays("incorrect-pkce-code-verifier-rejected")
async def test_wrong_verifier_is_refused(fapi: Fapi) -> None:
    code = (await fapi.authorize())["code"]
    refused(await fapi.redeem(code, code_verifier="w" * 43), "invalid_grant")


@plays("ensure-unsigned-authorization-request-without-using-par-fails")
async def test_request_that_was_not_pushed_is_refused(fapi: Fapi) -> None:
    response = await fapi.browser.get("/authorize", params=fapi.request())
    assert response.headers["location"].startswith(CALLBACK)
    assert answer(response)["error"] == "invalid_request"


@plays("ensure-different-state-inside-and-outside-request-object")
async def test_state_beside_the_reference_is_ignored(fapi: Fapi) -> None:
    page = await fapi.visit(await fapi.pushed(), state="another state")
    assert answer(await fapi.sign_in(page))["state"] == "state of the suite"


@plays("ensure-different-nonce-inside-and-outside-request-object")
async def test_nonce_beside_the_reference_is_ignored(fapi: Fapi) -> None:
    page = await fapi.visit(await fapi.pushed(), nonce="another nonce")
    tokens = success(await fapi.redeem(answer(await fapi.sign_in(page))["code"]))
    claims = fapi.world.house.keyring.verify(tokens["id_token"], typ="JWT")
    assert claims["nonce"] == "nonce of the suite"


@plays("state-only-outside-request-object-not-used")
async def test_state_beside_the_reference_alone_is_none(fapi: Fapi) -> None:
    page = await fapi.visit(await fapi.pushed(state=None), state="outside")
    assert "state" not in answer(await fapi.sign_in(page))
