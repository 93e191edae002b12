"""Requests as objects, by value and by reference. OpenID Connect Core §6.

Response type, client, scope and redirect URI stand beside the object too, as the suite sends them; `state`, `nonce` and
all the rest are in it alone.
"""

from collections.abc import Mapping

from joserfc import jwt

from tests.conformance.client import Suite
from tests.conformance.modules import runs_of
from tests.conformance.party import BASE, Flow, Party, client_key, unsigned

_BESIDE = ("response_type", "client_id", "scope", "redirect_uri")
_REQUEST_URI = f"{BASE}/requesturi/a6ZUSdfO"


@runs_of("oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported")
async def test_unsigned_request_object(suite: Suite) -> None:
    assert suite.metadata["request_parameter_supported"] is True
    _takes_unsigned(suite)
    party = await suite.register()
    request = suite.request(party)
    await suite.follow(party, request, {**_beside(request), "request": unsigned(request)})


@runs_of("oidcc-ensure-request-object-with-redirect-uri")
async def test_redirect_uri_of_the_object_counts(suite: Suite) -> None:
    """One that was never registered stands beside it, §6.1."""
    _takes_unsigned(suite)
    party = await suite.register()
    request = suite.request(party)
    beside = {**_beside(request), "redirect_uri": f"{request['redirect_uri']}_invalid"}
    await suite.follow(party, request, {**beside, "request": unsigned(request)})


@runs_of(
    "oidcc-request-uri-unsigned",
    "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
)
async def test_unsigned_request_uri(suite: Suite) -> None:
    _takes_unsigned(suite)
    party = await _registered(suite)
    request = suite.request(party)
    await _by_reference(suite, party, request, unsigned(request))


@runs_of("oidcc-request-uri-signed-rs256")
async def test_signed_request_uri(suite: Suite) -> None:
    assert "RS256" in suite.metadata["request_object_signing_alg_values_supported"]
    party = await _registered(suite, request_object_signing_alg="RS256")
    request = suite.request(party)
    claims = {**request, "iss": party.client_id, "aud": suite.issuer}
    await _by_reference(suite, party, request, jwt.encode({"alg": "RS256"}, claims, client_key()))


def _takes_unsigned(suite: Suite) -> None:
    """`none` has to be named with the others, or the suite skips its module."""
    assert "none" in suite.metadata["request_object_signing_alg_values_supported"]


async def _registered(suite: Suite, **changes: str) -> Party:
    assert suite.metadata["request_uri_parameter_supported"] is not False
    return await suite.register(request_uris=[_uri()], **changes)


def _uri() -> str:
    """§6.2: the fragment says which version it is."""
    return f"{_REQUEST_URI}#Q2FmZS1hdS1sYWl0"


async def _by_reference(suite: Suite, party: Party, request: Mapping[str, str], token: str) -> Flow:
    suite.world.outside.documents[_REQUEST_URI] = token.encode()
    flow = await suite.follow(party, request, {**_beside(request), "request_uri": _uri()})
    assert _REQUEST_URI in suite.world.outside.fetched
    return flow


def _beside(request: Mapping[str, str]) -> dict[str, str]:
    return {name: request[name] for name in _BESIDE}
