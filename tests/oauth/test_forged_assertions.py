"""Whoever pretends to be a client that signs who it is, or has two proofs, or the wrong one. RFC 7523, RFC 8725."""

import hmac
import json
import zlib

import pytest

from tests.oauth.asserting import PATHS, assertion, assertion_claims, present, register_signer
from tests.oauth.wire import refused, tokens_of
from tests.support.client_keys import base64url, client_key, jwks, public_jwk, signed
from tests.support.world import ISSUER, START, World, basic


def _header(alg: str) -> str:
    return base64url(json.dumps({"alg": alg}).encode())


async def _forged(world: World) -> dict[str, str]:
    """What somebody without the key may try."""
    claims = assertion_claims(world)
    own, other = client_key(), client_key("RSA", 1)
    jwk = public_jwk(other)
    pem = own.as_pem(private=False)
    head, payload, signature = signed(claims, own).split(".")
    start = f"{_header('HS256')}.{payload}"
    return {
        "HMAC with the public key": f"{start}.{base64url(hmac.digest(pem, start.encode(), 'sha256'))}",
        "none": f"{_header('none')}.{payload}.",
        "none with a signature": f"{_header('none')}.{payload}.{signature}",
        "None": f"{_header('None')}.{payload}.",
        "no signature": f"{head}.{payload}.",
        "no algorithm": f"{base64url(b'{}')}.{payload}.{signature}",
        "a key of another": signed(claims, other),
        "its own key in the header": signed(claims, other, jwk=jwk),
        "a key by address": signed(claims, other, jku="https://evil.example/jwks"),
        "a certificate by address": signed(claims, other, x5u="https://evil.example/x5u"),
        "a certificate": signed(claims, other, x5c=["MIIB"]),
        "critical extension": signed(claims, own, crit=["exp"], exp=1),
        "unencoded payload": signed(claims, own, crit=["b64"], b64=False),
        "compressed": signed(zlib.compress(json.dumps(claims).encode()), own, zip="DEF"),
        "padded signature": f"{head}.{payload}.{signature}==",
        "cut signature": f"{head}.{payload}.{signature[:-4]}",
        "another payload": f"{head}.{base64url(json.dumps({**claims, 'exp': START + 900}).encode())}.{signature}",
        "payload twice": f"{head}.{payload}.{payload}.{signature}",
        "oversized": signed({**claims, "filler": "x" * 40_000}, own),
        "oversized header": signed(claims, own, filler="x" * 9_000),
        "repeated member": signed(json.dumps(claims)[:-1].encode() + b', "aud": "' + ISSUER.encode() + b'"}', own),
        "not a number": signed(json.dumps({**claims, "exp": float("nan")}).encode(), own),
        "no object": signed(b'["signer"]', own),
        "nested for ever": signed(b'{"a":' * 5_000 + b"1" + b"}" * 5_000, own),
        "access token's type": signed(claims, own, typ="at+jwt"),
        "request object's type": signed(claims, own, typ="oauth-authz-req+jwt"),
        "logout token's type": signed(claims, own, typ="logout+jwt"),
        "request object": signed({"iss": "signer", "aud": ISSUER, "response_type": "code"}, own),
        "encrypted": "a.b.c.d.e",
        "JSON serialization": json.dumps({"protected": head, "payload": payload, "signature": signature}),
        "nothing": "",
        "words": "please let me in",
        "beyond ASCII": "é.é.é",
        "ours": (await tokens_of(world))["id_token"],
        "ours too": (await tokens_of(world))["access_token"],
    }  # fmt: skip


@pytest.mark.requirement("S17", "S74", "S75")
async def test_nothing_forged_authenticates(world: World, subtests: pytest.Subtests) -> None:
    await register_signer(world)

    for name, token in (await _forged(world)).items():
        for path in PATHS:
            with subtests.test(name=name, path=path):
                response = await present(world, token, path)
                refused(response, "invalid_client", 401)
                assert "www-authenticate" not in response.headers
    assert world.outside.fetched == []


async def test_another_clients_assertion_is_of_no_use(sqlite_world: World) -> None:
    await register_signer(sqlite_world)
    await register_signer(sqlite_world, "other", jwks=jwks(public_jwk(client_key("RSA", 1))))

    refused(await present(sqlite_world, assertion(sqlite_world, "other")), "invalid_client", 401)
    refused(await present(sqlite_world, assertion(sqlite_world), client_id="other"), "invalid_request")
    for named in ("manager", "spa", "nobody"):
        refused(await present(sqlite_world, assertion(sqlite_world, named)), "invalid_client", 401)


async def test_two_proofs_at_once_are_refused(sqlite_world: World) -> None:
    """Authlib deviation 15; RFC 6749 §2.3, RFC 7521 §4.2.1."""
    await register_signer(sqlite_world)

    secret = {"client_id": "signer", "client_secret": "x"}
    refused(await present(sqlite_world, assertion(sqlite_world), **secret), "invalid_request")
    response = await sqlite_world.browser().http.post(
        "/token",
        data={
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": assertion(sqlite_world),
        },
        headers={"authorization": basic("machine")},
    )
    refused(response, "invalid_request")


async def test_who_is_registered_to_sign_has_no_other_way(sqlite_world: World) -> None:
    await register_signer(sqlite_world)
    browser = sqlite_world.browser()
    form = {"grant_type": "client_credentials"}

    for sent in ({"client_id": "signer"}, {"client_id": "signer", "client_secret": "signer-secret"}):
        refused(await browser.http.post("/token", data={**form, **sent}), "invalid_client", 401)
    refused(await browser.token("signer", **form), "invalid_client", 401)
    for kind in ("", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"):
        response = await present(sqlite_world, assertion(sqlite_world), client_assertion_type=kind)
        assert "client_assertion_type is not" in refused(response, "invalid_client", 401)


@pytest.mark.requirement("S85")
async def test_no_assertion_is_logged(sqlite_world: World, capsys: pytest.CaptureFixture[str]) -> None:
    await register_signer(sqlite_world)
    token = assertion(sqlite_world, aud="else")

    refused(await present(sqlite_world, token), "invalid_client", 401)

    logged = capsys.readouterr()
    assert "aud is not" in logged.out + logged.err
    assert token.split(".")[2] not in logged.out + logged.err
