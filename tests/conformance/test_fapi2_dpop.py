"""FAPI 2.0 final: the modules of DPoP, by name. Userinfo is the resource."""

import json
from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

from idp.spec.dpop import check_proof
from tests.conformance.fapi2 import Fapi, plays
from tests.oauth.wire import refused, success
from tests.support.client_keys import base64url, bytes_of, client_key, public_jwk, signed
from tests.support.proving import dpop_key, jkt_of, proof
from tests.support.world import ISSUER

KEY, OTHER = dpop_key(), dpop_key(1)
Tokens = Mapping[str, Any]


async def _tokens(fapi: Fapi, **changes: Any) -> Tokens:
    return success(await fapi.redeem((await fapi.authorize())["code"], **changes))


def _proof(fapi: Fapi, tokens: Tokens, **changes: Any) -> str:
    """A right proof for userinfo, without a nonce as long as nobody asked for one."""
    usual: dict[str, Any] = {
        "key": KEY,
        "path": "/userinfo",
        "method": "GET",
        "access_token": tokens["access_token"],
        "nonce": None,
    }
    return proof(fapi.world, **{**usual, **changes})


async def _userinfo(
    fapi: Fapi, tokens: Tokens, *proofs: str, scheme: str = "DPoP", header: str = "DPoP", query: str = ""
) -> httpx2.Response:
    headers = [("Authorization", f"{scheme} {tokens['access_token']}"), *((header, sent) for sent in proofs)]
    return await fapi.browser.http.get(f"/userinfo{query}", headers=headers)


async def _opens(fapi: Fapi, tokens: Tokens, sent: str, **how: str) -> bool:
    response = await _userinfo(fapi, tokens, sent, **how)
    assert response.status_code in (200, 401), response.text
    if response.status_code == 401:
        assert response.headers["www-authenticate"].startswith("DPoP ")
    return response.status_code == 200


@plays("access-token-type-header-case-sensitivity")
@pytest.mark.parametrize("scheme", ["dpop", "DPOP", "dPoP"])
async def test_name_of_the_scheme_has_no_case(fapi: Fapi, scheme: str) -> None:
    tokens = await _tokens(fapi)
    assert tokens["token_type"] == "DPoP"
    assert await _opens(fapi, tokens, _proof(fapi, tokens), scheme=scheme)


@plays("check-dpop-proof-nbf-exp")
async def test_proof_may_say_from_when_and_until_when_it_is_good(fapi: Fapi) -> None:
    now = fapi.world.clock.now()
    times: dict[str, Any] = {"nbf": now, "exp": now + 300}
    tokens = await _tokens(fapi, dpop=proof(fapi.world, KEY, **times))
    assert await _opens(fapi, tokens, _proof(fapi, tokens, **times))


@plays(
    "ensure-dpopproof-with-iat-10seconds-before-succeeds",
    "ensure-dpopproof-with-iat-10seconds-after-succeeds",
)
@pytest.mark.parametrize("seconds", [-10, 10])
async def test_clock_of_the_client_may_be_wrong_by_ten_seconds(fapi: Fapi, seconds: int) -> None:
    """At the PAR endpoint, the token endpoint and the resource."""
    issued_at = fapi.world.clock.now() + seconds
    found = await fapi.authorize(dpop=proof(fapi.world, KEY, path="/par", iat=issued_at))
    sent = proof(fapi.world, KEY, iat=issued_at)
    tokens = success(await fapi.redeem(found["code"], dpop=sent))
    assert await _opens(fapi, tokens, _proof(fapi, tokens, iat=issued_at))


@plays("ensure-mismatched-dpop-jkt-fails")
async def test_key_that_is_named_is_the_one_that_is_proved_at_the_par_endpoint(fapi: Fapi) -> None:
    response = await fapi.push(dpop=proof(fapi.world, KEY, path="/par"), dpop_jkt=jkt_of(OTHER))
    refused(response, "invalid_request")


@plays("ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt")
async def test_key_that_was_proved_at_the_par_endpoint_has_to_redeem(fapi: Fapi) -> None:
    found = await fapi.authorize(dpop=proof(fapi.world, KEY, path="/par"))
    refused(await fapi.redeem(found["code"], dpop=proof(fapi.world, OTHER)), "invalid_grant")


@plays("ensure-token-endpoint-fails-with-mismatched-dpop-jkt")
async def test_key_that_was_named_has_to_redeem(fapi: Fapi) -> None:
    found = await fapi.authorize(dpop_jkt=jkt_of(KEY))
    refused(await fapi.redeem(found["code"], dpop=proof(fapi.world, OTHER)), "invalid_grant")


@plays("ensure-dpopproof-at-par-endpoint-binding-success")
async def test_key_that_was_proved_at_the_par_endpoint_redeems(fapi: Fapi) -> None:
    found = await fapi.authorize(dpop=proof(fapi.world, KEY, path="/par"))
    tokens = success(await fapi.redeem(found["code"], dpop=proof(fapi.world, KEY)))
    assert await _opens(fapi, tokens, _proof(fapi, tokens))


@plays("ensure-dpop-auth-code-binding-success")
@pytest.mark.parametrize("is_proved", [False, True])
async def test_key_that_was_named_redeems(fapi: Fapi, *, is_proved: bool) -> None:
    """Proved as well, or not."""
    pushed = proof(fapi.world, KEY, path="/par") if is_proved else None
    found = await fapi.authorize(dpop=pushed, dpop_jkt=jkt_of(KEY))
    tokens = success(await fapi.redeem(found["code"], dpop=proof(fapi.world, KEY)))
    assert await _opens(fapi, tokens, _proof(fapi, tokens))


@plays("ensure-holder-of-key-required")
async def test_token_is_bound_or_not_issued(fapi: Fapi) -> None:
    code = (await fapi.authorize())["code"]
    refused(await fapi.redeem(code, without_proof=True), "invalid_dpop_proof")


WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "no jti": {"jti": None},
    "no htm": {"htm": None},
    "no htu": {"htu": None},
    "no iat": {"iat": None},
    "no ath": {"ath": None},
    "another htm": {"htm": "PUT"},
    "another htu": {"htu": f"{ISSUER}/userinfoohnonotagain"},
    "another ath": {"ath": base64url(b"x" * 32)},
}
WRONG_HEADERS: dict[str, dict[str, Any]] = {
    "no typ": {"typ": None},
    "another typ": {"typ": "dpop+wrong"},
    "no jwk": {"jwk": None},
    "a private jwk": {"jwk": KEY.as_dict(private=True)},
}
RIGHT: dict[str, dict[str, Any]] = {
    "a query and a fragment": {"htu": f"{ISSUER}/userinfo?allthedoors#programmed"},
    "a scheme and a host in capitals": {"htu": "HTTP://LOCALHOST:8000/userinfo"},
    "what nobody knows": {"extra": "claim", "header": {"extra": "header"}},
}


@plays("dpop-negative-tests")
async def test_proof_that_is_wrong_opens_nothing(fapi: Fapi) -> None:
    """In the suite's order; at the end the token is as good as at the beginning."""
    tokens = await _tokens(fapi)
    now, good = fapi.world.clock.now(), _proof(fapi, tokens)
    assert await _opens(fapi, tokens, _proof(fapi, tokens), header="DPOP")
    two = await _userinfo(fapi, tokens, _proof(fapi, tokens), _proof(fapi, tokens))
    refused(two, "invalid_dpop_proof", 401)
    bad = {
        **{name: _proof(fapi, tokens, **claims) for name, claims in WRONG_CLAIMS.items()},
        **{name: _proof(fapi, tokens, header=header) for name, header in WRONG_HEADERS.items()},
        "not well-formed": "." + good,
        "no alg": _with_header(good, alg=None),
        "alg none": _with_header(good, alg="none").rpartition(".")[0] + ".",
        "RS256": _signed_with_rs256(good),
        "another signature": f"{good.rpartition('.')[0]}.{base64url(b'x' * 64)}",
        "an hour ahead": _proof(fapi, tokens, iat=now + 3_600),
        "an hour ago": _proof(fapi, tokens, iat=now - 3_600),
        "another key": _proof(fapi, tokens, key=OTHER),
    }
    for name, sent in bad.items():
        assert not await _opens(fapi, tokens, sent), name
    for name, changes in RIGHT.items():
        assert await _opens(fapi, tokens, _proof(fapi, tokens, **changes)), name
    # The suite's resource has a query, which the proof need not name.
    assert await _opens(fapi, tokens, _proof(fapi, tokens), query="?any=thing")
    once = _proof(fapi, tokens, jti="the same")
    assert await _opens(fapi, tokens, once)
    assert not await _opens(fapi, tokens, _proof(fapi, tokens, jti="the same"))
    refused(await _userinfo(fapi, tokens), "invalid_dpop_proof", 401)
    refused(await _userinfo(fapi, tokens, scheme="Bearer"), "invalid_token", 401)
    assert await _opens(fapi, tokens, good)


def test_address_may_name_the_port_that_goes_without_saying() -> None:
    """The suite's last, which wants an issuer without a port: `tests/spec/test_dpop.py` tries more of them."""
    claims = {"jti": "1", "htm": "GET", "htu": "https://op.example:443/userinfo", "iat": 1}
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": public_jwk(KEY)}
    found = check_proof(header, claims, method="GET", urls=["https://op.example/userinfo"], now=1)
    assert found.jkt == jkt_of(KEY)


def _with_header(good: str, **changes: Any) -> str:
    """The same proof under another header, which its signature does not cover."""
    header, rest = good.split(".", 1)
    members = {**json.loads(bytes_of(header)), **changes}
    shown = {name: value for name, value in members.items() if value is not None}
    return f"{base64url(json.dumps(shown).encode())}.{rest}"


def _signed_with_rs256(good: str) -> str:
    key = client_key("RS256")
    return signed(bytes_of(good.split(".")[1]), key, "RS256", typ="dpop+jwt", jwk=public_jwk(key))
