"""FAPI 2.0 Message Signing final: the modules of signed request objects, by name."""

from typing import Any

import httpx2
import pytest

from tests.conformance.fapi2 import FIRST, SECOND, Fapi, plays, signing_key
from tests.oauth.asking import unsigned
from tests.oauth.wire import refused, success
from tests.support.client_keys import signed
from tests.support.world import ISSUER, START, answer

_SIGNER = "fapi-signer"
_TAKEN = (
    "ensure-request-object-with-multiple-aud-succeeds",
    "ensure-request-object-with-nbf-8-seconds-in-the-future-is-accepted",
)
_REFUSED = (
    "ensure-request-object-without-exp-fails",
    "ensure-request-object-without-nbf-fails",
    "ensure-expired-request-object-fails",
    "ensure-request-object-with-bad-aud-fails",
    "ensure-request-object-with-exp-over-60-fails",
    "ensure-request-object-with-nbf-over-60-fails",
)


async def _push(fapi: Fapi, request: str, **form: str) -> httpx2.Response:
    """`request` and what authenticates the client, as the suite sends it."""
    data = {"request": request, "client_id": _SIGNER, **form, **fapi.proven(_SIGNER)}
    return await fapi.browser.http.post("/par", data=data)


@pytest.fixture
async def signing(fapi: Fapi) -> Fapi:
    """With a client whose requests are signed, or nothing."""
    await fapi.register(_SIGNER, require_signed_request_object=True)
    return fapi


@plays(*_TAKEN)
@pytest.mark.parametrize(
    "claims", [{"aud": [ISSUER, "https://other.example"]}, {"nbf": START + 8}], ids=_TAKEN
)
async def test_object_is_taken(signing: Fapi, claims: dict[str, Any]) -> None:
    response = await _push(signing, signing.request_object(_SIGNER, **claims))
    page = await signing.visit(response.json()["request_uri"], _SIGNER)
    found = answer(await signing.sign_in(page))
    assert found["state"] == "state of the suite"
    success(await signing.redeem(found["code"], _SIGNER))


@plays(*_REFUSED)
@pytest.mark.parametrize(
    "claims",
    [
        {"exp": None},
        {"nbf": None},
        {"exp": START - 300, "nbf": START - 600},
        {"aud": f"{ISSUER}/wrong"},
        {"exp": START + 70 * 60},
        {"nbf": START - 70 * 60, "exp": START + 60},
    ],
    ids=_REFUSED,
)
async def test_object_is_refused(signing: Fapi, claims: dict[str, Any]) -> None:
    refused(await _push(signing, signing.request_object(_SIGNER, **claims)), "invalid_request_object")


@plays("ensure-signed-request-object-with-RS256-fails")
async def test_object_is_not_signed_by_rs256(signing: Fapi) -> None:
    claims = _claims(signing)
    refused(await _push(signing, signed(claims, signing_key(_SIGNER), "RS256")), "invalid_request_object")


@plays("ensure-request-object-signature-algorithm-is-not-none")
async def test_object_is_not_unsigned(signing: Fapi) -> None:
    refused(await _push(signing, unsigned(_claims(signing))), "invalid_request_object")


@plays("ensure-request-object-with-invalid-signature-fails")
async def test_object_with_a_wrong_signature_is_refused(signing: Fapi) -> None:
    start, _, signature = signing.request_object(_SIGNER).rpartition(".")
    changed = signature[:20] + ("A" if signature[20] != "A" else "B") + signature[21:]
    refused(await _push(signing, f"{start}.{changed}"), "invalid_request_object")


@plays("ensure-matching-key-in-authorization-request")
async def test_object_is_signed_by_its_client(signing: Fapi) -> None:
    for other in (FIRST, SECOND):
        token = signed(_claims(signing), signing_key(other), "PS256")
        refused(await _push(signing, token), "invalid_request_object")


@plays("ensure-unsigned-request-at-par-endpoint-fails")
async def test_request_without_an_object_is_refused(signing: Fapi) -> None:
    refused(await signing.push(_SIGNER), "invalid_request")


@plays("par-authorization-request-containing-request_uri")
async def test_object_names_no_reference(signing: Fapi) -> None:
    reference = (await _push(signing, signing.request_object(_SIGNER))).json()["request_uri"]
    token = signing.request_object(_SIGNER, request_uri=reference)
    refused(await _push(signing, token), "invalid_request_object")


def _claims(fapi: Fapi) -> dict[str, Any]:
    return {**fapi.request(_SIGNER), "iss": _SIGNER, "aud": ISSUER, "nbf": START, "exp": START + 300}
