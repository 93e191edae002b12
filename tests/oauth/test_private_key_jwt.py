"""Clients that sign who they are, and whoever pretends to. RFC 7523, OpenID Connect Core §9."""

import asyncio
import hmac
import json
import zlib
from typing import Any

import pytest

from idp.store.pruning import PRUNINGS
from tests.oauth.asserting import assertion, assertion_claims, present, register_signer
from tests.oauth.wire import refused, success, tokens_of
from tests.support.client_keys import base64url, client_key, jwks, public_jwk, signed
from tests.support.world import ISSUER, START, World, basic

_PATHS = ("/token", "/revoke", "/introspect")


@pytest.mark.requirement("S17", "S18")
async def test_a_signature_authenticates_at_every_endpoint(world: World) -> None:
    await register_signer(world)

    token = success(await present(world, assertion(world)))["access_token"]
    found = await present(world, assertion(world), "/introspect", token=token)
    assert success(found)["active"] is True
    assert (await present(world, assertion(world), "/revoke", token=token)).status_code == 200
    found = await present(world, assertion(world), "/introspect", token=token)
    assert success(found) == {"active": False}
    success(await present(world, assertion(world), client_id="signer"))


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_each_algorithm_of_ours_may_sign(sqlite_world: World, alg: str) -> None:
    """Authlib deviation 17: PS256 and EdDSA were refused, and HS256 accepted."""
    await register_signer(sqlite_world, jwks=jwks(public_jwk(client_key(alg))))

    token = signed(assertion_claims(sqlite_world), client_key(alg), alg)

    success(await present(sqlite_world, token))


async def test_the_algorithm_that_a_client_registered_is_the_only_one(sqlite_world: World) -> None:
    """Authlib deviation 17: token_endpoint_auth_signing_alg was not looked at."""
    await register_signer(sqlite_world, token_endpoint_auth_signing_alg="PS256")

    success(await present(sqlite_world, signed(assertion_claims(sqlite_world), client_key(), "PS256")))
    response = await present(sqlite_world, signed(assertion_claims(sqlite_world), client_key(), "RS256"))
    assert "alg is not PS256" in refused(response, "invalid_client", 401)


@pytest.mark.parametrize("kid", ["", "one", "unknown to a set whose keys have no names"])
async def test_a_single_key_needs_no_name(sqlite_world: World, kid: str) -> None:
    """The certification suite registers a key without kid."""
    await register_signer(sqlite_world)
    header = {"kid": kid} if kid else {}

    success(await present(sqlite_world, signed(assertion_claims(sqlite_world), client_key(), **header)))


@pytest.mark.requirement("S18")
async def test_an_assertion_is_for_the_issuer_alone(sqlite_world: World, subtests: pytest.Subtests) -> None:
    """RFC 7523bis §4: what was meant for another server, or for several, is none for us."""
    await register_signer(sqlite_world)

    audiences: tuple[object, ...] = (
        None, "", f"{ISSUER}/", f"{ISSUER}/token", "https://else.example", [ISSUER], [ISSUER, "https://else.example"],
        [], {}, 1, ISSUER.upper(),
    )  # fmt: skip
    for audience in audiences:
        with subtests.test(audience=audience):
            response = await present(sqlite_world, assertion(sqlite_world, aud=audience))
            assert "aud is not http://localhost:8000" in refused(response, "invalid_client", 401)


async def test_the_exception_lets_endpoints_be_named(
    sqlite_excepting_world: World, subtests: pytest.Subtests
) -> None:
    world = sqlite_excepting_world
    await register_signer(world)

    for path, audience in (
        ("/token", ISSUER),
        ("/token", f"{ISSUER}/token"),
        ("/introspect", f"{ISSUER}/token"),
        ("/introspect", f"{ISSUER}/introspect"),
        ("/token", [f"{ISSUER}/token"]),
        ("/token", [ISSUER, f"{ISSUER}/token"]),
    ):
        with subtests.test(path=path, audience=audience):
            success(await present(world, assertion(world, aud=audience), path))
    wrong: tuple[object, ...] = (
        f"{ISSUER}/introspect",
        [ISSUER, "https://else.example"],
        [],
        [[ISSUER]],
        None,
    )
    for other in wrong:
        with subtests.test(refused=other):
            refused(await present(world, assertion(world, aud=other)), "invalid_client", 401)


_WRONG_CLAIMS: list[tuple[dict[str, Any], str]] = [
    ({"iss": None}, "iss and sub"),
    ({"iss": "manager"}, "iss and sub"),
    ({"iss": ["signer"]}, "iss and sub"),
    ({"sub": None}, "sub is not a client_id"),
    ({"sub": ["signer"]}, "sub is not a client_id"),
    ({"sub": "signer\0"}, "sub is not a client_id"),
    ({"sub": "\ud800"}, "not a JSON object"),  # No database and no digest takes half a character.
    ({"jti": "\ud800"}, "not a JSON object"),
    ({"exp": None}, "exp is missing"),
    ({"exp": START - 31}, "exp is past"),
    ({"exp": START - 300}, "exp is past"),
    ({"exp": START + 3_700}, "exp is more than"),
    ({"exp": 1e300}, "exp is more than"),
    ({"exp": -1}, "exp is past"),
    ({"exp": str(START + 60)}, "exp is not a time"),
    ({"exp": True}, "exp is not a time"),
    ({"exp": [START]}, "exp is not a time"),
    ({"nbf": START + 61}, "nbf is in the future"),
    ({"nbf": "now"}, "nbf is not a time"),
    ({"iat": START + 61}, "iat is in the future"),
    ({"iat": {}}, "iat is not a time"),
    ({"jti": None}, "jti is not"),
    ({"jti": ""}, "jti is not"),
    ({"jti": 7}, "jti is not"),
    ({"jti": "x" * 257}, "jti is not"),
]


@pytest.mark.requirement("S18", "S19", "S76")
async def test_wrong_claims_are_named(sqlite_world: World, subtests: pytest.Subtests) -> None:
    await register_signer(sqlite_world)

    for claims, why in _WRONG_CLAIMS:
        with subtests.test(claims=claims):
            response = await present(sqlite_world, assertion(sqlite_world, **claims))
            assert why in refused(response, "invalid_client", 401)


@pytest.mark.requirement("S19")
async def test_clocks_may_differ_a_little(sqlite_world: World) -> None:
    await register_signer(sqlite_world)

    success(await present(sqlite_world, assertion(sqlite_world, iat=START + 10, nbf=START + 10)))
    success(await present(sqlite_world, assertion(sqlite_world, exp=START - 10)))
    success(await present(sqlite_world, assertion(sqlite_world, exp=START + 3_600, iat=None)))
    success(await present(sqlite_world, assertion(sqlite_world, exp=START + 59.5)))


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
        for path in _PATHS:
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


@pytest.mark.requirement("S18")
async def test_an_assertion_serves_once(world: World) -> None:
    await register_signer(world)
    token = assertion(world)

    success(await present(world, token))

    for path in _PATHS:
        assert "jti was used before" in refused(await present(world, token, path), "invalid_client", 401)
    again = assertion(world, jti="mine")
    success(await present(world, again))
    refused(await present(world, assertion(world, jti="mine", exp=START + 90)), "invalid_client", 401)


async def test_the_same_jti_of_another_client_is_another(sqlite_world: World) -> None:
    await register_signer(sqlite_world)
    await register_signer(sqlite_world, "other")

    success(await present(sqlite_world, assertion(sqlite_world, jti="same")))
    success(await present(sqlite_world, assertion(sqlite_world, "other", jti="same")))


@pytest.mark.requirement("S18")
async def test_a_refused_request_spends_it_too(world: World) -> None:
    """Who finds the request in a log must not be able to send it again, corrected."""
    await register_signer(world)
    token = assertion(world)

    refused(await present(world, token, scope="nobody:knows"), "invalid_scope")

    refused(await present(world, token), "invalid_client", 401)


async def test_a_wrong_one_spends_nothing(sqlite_world: World) -> None:
    """Or a stranger who guesses a jti could use it up."""
    await register_signer(sqlite_world)
    claims = assertion_claims(sqlite_world)

    refused(await present(sqlite_world, signed(claims, client_key("RSA", 1))), "invalid_client", 401)
    refused(
        await present(sqlite_world, signed({**claims, "aud": "else"}, client_key())), "invalid_client", 401
    )

    success(await present(sqlite_world, signed(claims, client_key())))


@pytest.mark.requirement("S18")
async def test_of_a_hundred_at_once_one_wins(world: World) -> None:
    await register_signer(world)
    token = assertion(world)

    responses = await asyncio.gather(*(present(world, token, _PATHS[at % 3]) for at in range(100)))

    assert sorted(response.status_code for response in responses) == [200, *[401] * 99]
    [(remembered,)] = await world.rows("SELECT count(*) FROM replay")
    assert remembered == 1


async def test_what_is_over_is_forgotten(world: World) -> None:
    await register_signer(world)
    success(await present(world, assertion(world)))

    async def prune(now: int) -> int:
        for pruning in PRUNINGS:
            assert await world.house.database.apply([pruning.effect(now, is_full=False)])
        [(left,)] = await world.rows("SELECT count(*) FROM replay")
        return int(left)

    assert await prune(START + 80_000) == 1
    assert await prune(START + 90_000) == 0


async def test_keys_are_fetched_and_fetched_again_for_a_new_one(world: World) -> None:
    """OpenID Connect Core §10.1.1: a client rotates its keys by publishing them."""
    address = "https://signer.example/jwks"
    await register_signer(world, jwks_uri=address)
    old, new = client_key(), client_key("RSA", 1)
    world.outside.documents[address] = json.dumps(jwks(public_jwk(old, kid="old"))).encode()

    success(await present(world, signed(assertion_claims(world), old, kid="old")))
    success(await present(world, signed(assertion_claims(world), old, kid="old")))
    assert world.outside.fetched == [address]

    world.outside.documents[address] = json.dumps(jwks(public_jwk(new, kid="new"))).encode()
    world.clock.pass_(60)
    success(await present(world, signed(assertion_claims(world), new, kid="new")))
    assert world.outside.fetched == [address] * 2
    refused(await present(world, signed(assertion_claims(world), old, kid="old")), "invalid_client", 401)


@pytest.mark.requirement("S79")
async def test_invented_names_of_keys_cause_no_flood(sqlite_world: World) -> None:
    address = "https://signer.example/jwks"
    await register_signer(sqlite_world, jwks_uri=address)
    sqlite_world.outside.documents[address] = json.dumps(jwks(public_jwk(client_key(), kid="k"))).encode()
    success(await present(sqlite_world, signed(assertion_claims(sqlite_world), client_key(), kid="k")))
    sqlite_world.clock.pass_(60)

    for number in range(50):
        token = signed(assertion_claims(sqlite_world), client_key("RSA", 1), kid=f"invented-{number}")
        refused(await present(sqlite_world, token), "invalid_client", 401)

    assert len(sqlite_world.outside.fetched) == 2


async def test_keys_that_are_not_to_be_had_are_told(sqlite_world: World) -> None:
    await register_signer(sqlite_world, jwks_uri="https://gone.example/jwks")

    response = await present(sqlite_world, assertion(sqlite_world))

    assert "no usable key" in refused(response, "invalid_client", 401)


@pytest.mark.requirement("S85")
async def test_no_assertion_is_logged(sqlite_world: World, capsys: pytest.CaptureFixture[str]) -> None:
    await register_signer(sqlite_world)
    token = assertion(sqlite_world, aud="else")

    refused(await present(sqlite_world, token), "invalid_client", 401)

    logged = capsys.readouterr()
    assert "aud is not" in logged.out + logged.err
    assert token.split(".")[2] not in logged.out + logged.err
