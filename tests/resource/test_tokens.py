"""Which JWTs open an API: RFC 9068 §4, RFC 8725 §3."""

import json
from typing import Any

import httpx2
import pytest
from joserfc.jwk import ECKey, OKPKey

from tests.resource.conftest import GuardedApi
from tests.resource.issuing import API, NOW, SmallIssuer, encoded, rsa_key, written


def is_invalid(response: httpx2.Response) -> bool:
    assert response.headers["cache-control"] == "no-store"
    challenge = response.headers["www-authenticate"]
    return (
        response.status_code == 401 and 'Bearer realm="api.example.test", error="invalid_token"' in challenge
    )


async def test_a_token_for_the_api_opens_it(api: GuardedApi) -> None:
    for sent in (
        api.issuer.token(),
        api.issuer.token(header={"typ": "application/AT+jwt"}),
        api.issuer.token(aud=["https://other.example", API]),
        api.issuer.token(act={"sub": "machine", "client_id": "machine"}),
    ):
        response = await api.get(token=sent)
        assert (response.status_code, response.json()) == (200, {"sub": "alice"})
    token = api.tokens[-1]
    assert (token.sub, token.client_id, token.acr) == ("alice", "manager", "1")
    assert token.scopes == {"openid", "invoices:read"}
    assert token.actor is not None
    assert token.actor.sub == "machine"
    assert token.value not in repr(token)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "https://billing.example"},
        {"aud": []},
        {"aud": None},
        {"aud": {API: 1}},
        {"aud": f"{API}/"},
        {"exp": NOW - 10},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"exp": 1e400},
        {"nbf": NOW + 11},
        {"nbf": "x"},
        {"iat": NOW + 11},
        {"sub": None},
        {"sub": ""},
        {"sub": ["alice"]},
        {"client_id": None},
        {"scope": ["invoices:read"]},
        {"act": "machine"},
        {"act": {}},
        {"auth_time": "now"},
        {"acr": 2},
    ],
)
async def test_wrong_claims_are_refused(api: GuardedApi, claims: dict[str, Any]) -> None:
    assert is_invalid(await api.get(token=api.issuer.token(**claims)))


@pytest.mark.parametrize(
    "header",
    [
        {"typ": "JWT"},
        {"typ": None},
        {"typ": "dpop+jwt"},
        {"typ": "logout+jwt"},
        {"typ": 5},
        {"kid": "unknown"},
        {"kid": None},
        {"kid": ["one"]},
        {"kid": ""},
        {"crit": ["exp"]},
        {"crit": 5},
        {"b64": False},
        {"zip": "DEF"},
        {"jku": "https://attacker.example/jwks"},
        {"x5u": "https://attacker.example/cert"},
        {"x5c": ["AA"]},
        {"jwk": {"kty": "EC"}},
    ],
)
async def test_wrong_headers_are_refused(api: GuardedApi, header: dict[str, Any]) -> None:
    assert is_invalid(await api.get(token=api.issuer.token(header=header)))


async def test_a_key_that_comes_with_the_token_proves_nothing(api: GuardedApi) -> None:
    own = ECKey.generate_key("P-256")
    for header in ({"jwk": own.as_dict(private=False)}, {"kid": "one"}, {"kid": own.thumbprint()}):
        assert is_invalid(await api.get(token=api.issuer.token(header=header, key=own)))


@pytest.mark.requirement("S74")
async def test_none_is_no_algorithm(api: GuardedApi) -> None:
    for name in ("none", "None", "NONE", "", None, 5):
        assert is_invalid(await api.get(token=api.issuer.token(header={"alg": name}, key=None)))


@pytest.mark.requirement("S74")
async def test_the_public_key_is_no_secret(api: GuardedApi) -> None:
    """The oldest confusion: HMAC with what everybody knows."""
    api.issuer.key = rsa_key()
    pem, jwk = rsa_key().as_pem(private=False), json.dumps(rsa_key().as_dict(private=False)).encode()
    for secret in (pem, jwk, b"", b"x"):
        token = api.issuer.token(header={"alg": "HS256", "kid": "rsa"}, key=secret)
        assert is_invalid(await api.get(token=token))


async def test_a_key_serves_its_own_algorithm_alone(api: GuardedApi) -> None:
    api.issuer.key = rsa_key()
    api.issuer.published = [{**rsa_key().as_dict(private=False), "alg": "PS256"}]

    right = api.issuer.token(header={"alg": "PS256", "kid": "rsa"})
    assert (await api.get(token=right)).status_code == 200
    assert is_invalid(await api.get(token=api.issuer.token(header={"alg": "RS256", "kid": "rsa"})))


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "EdDSA"])
async def test_every_algorithm_of_the_issuer_will_do(api: GuardedApi, algorithm: str) -> None:
    api.issuer.key = OKPKey.generate_key("Ed25519", {"kid": "rsa"}) if algorithm == "EdDSA" else rsa_key()
    token = api.issuer.token(header={"alg": algorithm, "kid": "rsa"})
    assert (await api.get(token=token)).status_code == 200


async def test_an_api_may_accept_fewer_algorithms(api: GuardedApi) -> None:
    api.options["algorithms"] = ("PS256",)
    assert is_invalid(await api.get(token=api.issuer.token()))
    with pytest.raises(ValueError, match="HS256"):
        GuardedApi(options={"algorithms": ("HS256",)}).built()


async def test_an_id_token_is_no_access_token(api: GuardedApi) -> None:
    """Also one whose audience a client has chosen to be this API's name."""
    assert is_invalid(await api.get(token=api.issuer.token(header={"typ": "JWT"}, nonce="n", at_hash="x")))


async def test_garbage_is_refused(api: GuardedApi) -> None:
    header = encoded(b'{"alg":"ES256","kid":"one","typ":"at+jwt"}')
    twice = encoded(b'{"alg":"ES256","alg":"none","kid":"one","typ":"at+jwt"}')
    nested = encoded(b"[" * 10_000)
    right = api.issuer.token()
    for token in (
        "x",
        "a.b.c",
        "..",
        "....",
        "x" * 64,
        "e30.e30.e30",
        f"{header}.e30.",
        f"{header}.bnVsbA.AA",
        f"{twice}.e30.AA",
        f"{nested}.e30.AA",
        right[:-1],
        right + "A",
        right + ".A.A",
        right.replace(".", "..", 1),
        right.rsplit(".", 1)[0] + ".",
        "A" * 20_000 + ".e30.AA",
    ):
        assert is_invalid(await api.get(token=token)), token[:40]
    assert is_invalid(await api.get(headers={b"authorization": "Bearer é.é.é".encode()}))


async def test_claims_that_are_no_object_are_refused(api: GuardedApi) -> None:
    issuer: SmallIssuer = api.issuer
    nothing: list[str] = []
    for claims in (nothing, "x", 5, None):
        token = written({"alg": "ES256", "kid": "one", "typ": "at+jwt"}, claims, issuer.key)
        assert is_invalid(await api.get(token=token))
