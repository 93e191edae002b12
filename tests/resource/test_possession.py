"""Tokens that are bound to a key are worth nothing without it: RFC 9449 §7, RFC 8705 §3."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.requests import Request

from idp.resource import Nonces, Replays, from_header, from_tls
from idp.resource.certificate import thumbprint_of
from tests.resource.conftest import GuardedApi
from tests.resource.issuing import API, NOW, Prover, rsa_key


def refused(response: httpx2.Response, error: str, scheme: str = "DPoP") -> None:
    challenge = response.headers["www-authenticate"]
    assert response.status_code == 401
    assert challenge.startswith(f"{scheme} ")
    assert f'error="{error}"' in challenge
    assert ('algs="' in challenge) is (scheme == "DPoP")


def bound_token(api: GuardedApi, prover: Prover) -> str:
    return api.issuer.token(cnf={"jkt": prover.jkt})


async def test_a_bound_token_opens_the_api_with_its_proof(api: GuardedApi) -> None:
    prover = Prover()
    token = bound_token(api, prover)
    assert (await api.proven(token, prover.proof(token))).status_code == 200
    assert (await api.proven(token, prover.proof(token))).status_code == 200


async def test_a_bound_token_is_no_bearer_token(api: GuardedApi) -> None:
    prover = Prover()
    token = bound_token(api, prover)
    refused(await api.get(token=token), "invalid_token", "Bearer")
    refused(await api.get(token=token, headers={"dpop": prover.proof(token)}), "invalid_token", "Bearer")


async def test_a_bearer_token_is_no_dpop_token(api: GuardedApi) -> None:
    token = api.issuer.token()
    refused(await api.proven(token, Prover().proof(token)), "invalid_token")


async def test_a_proof_is_accepted_once(api: GuardedApi) -> None:
    prover = Prover()
    token = bound_token(api, prover)
    proof = prover.proof(token)
    assert (await api.proven(token, proof)).status_code == 200
    refused(await api.proven(token, proof), "invalid_dpop_proof")
    api.clock.at += 30
    refused(await api.proven(token, proof), "invalid_dpop_proof")


async def test_another_key_proves_nothing(api: GuardedApi) -> None:
    token = bound_token(api, Prover())
    refused(await api.proven(token, Prover().proof(token)), "invalid_token")


@pytest.mark.parametrize(
    "claims",
    [
        {"ath": "x"},
        {"ath": None},
        {"htu": f"{API}/payment"},
        {"htu": "https://attacker.example/invoices"},
        {"htu": None},
        {"htm": "POST"},
        {"iat": NOW - 61},
        {"iat": NOW + 31},
        {"iat": None},
        {"jti": None},
        {"jti": 5},
    ],
)
async def test_wrong_proofs_are_refused(api: GuardedApi, claims: dict[str, Any]) -> None:
    prover = Prover()
    token = bound_token(api, prover)
    refused(await api.proven(token, prover.proof(token, **claims)), "invalid_dpop_proof")


async def test_a_proof_names_the_path_as_it_was_sent(api: GuardedApi) -> None:
    prover = Prover()
    token = bound_token(api, prover)
    for path, named, status in (
        ("/files/a%20b", "/files/a%20b", 200),
        ("/files/a%20b", "/files/%61%20b", 200),
        ("/files/a%2Fb", "/files/a%2Fb", 200),
        ("/files/a%2Fb", "/files/a/b", 401),
        ("/files/%C3%A9?x=1", "/files/%C3%A9", 200),
        ("/files/a", "/files/b", 401),
    ):
        proof = prover.proof(token, htu=f"{API}{named}")
        response = await api.get(path, token=token, scheme="DPoP", headers={"dpop": proof})
        assert response.status_code == status, (path, named)


async def test_a_proof_for_another_token_is_refused(api: GuardedApi) -> None:
    prover = Prover()
    token = bound_token(api, prover)
    refused(await api.proven(token, prover.proof(token + "x")), "invalid_dpop_proof")


async def test_forged_proofs_are_refused(api: GuardedApi) -> None:
    prover, stranger = Prover(), Prover()
    token = bound_token(api, prover)
    for proof in (
        stranger.proof(token, header={"jwk": prover.jwk}),
        prover.proof(token, header={"typ": "JWT"}),
        prover.proof(token, header={"jwk": prover.key.as_dict(private=True)}),
        prover.proof(token, header={"jwk": {"kty": "oct", "k": "AA"}}),
        prover.proof(token, header={"jwk": "x"}),
        prover.proof(token, header={"crit": ["x"]}),
        prover.proof(token)[:-4] + "AAAA",
        prover.proof(token).rsplit(".", 1)[0] + ".",
        "x",
        "x" * 9_000,
    ):
        refused(await api.proven(token, proof), "invalid_dpop_proof")
    refused(await api.get(token=token, scheme="DPoP"), "invalid_dpop_proof")


async def test_strange_proofs_are_refused_like_any_other(api: GuardedApi) -> None:
    """Half a character, which is no text; and a key that is too small for any signature."""
    api.options["nonces"] = Nonces(secret=b"s" * 32, clock=api.clock)
    prover = Prover()
    token = bound_token(api, prover)
    small = {"kty": "RSA", "n": "_____________w", "e": "AQAB"}
    for proof in (
        prover.proof(token, jti="\ud800"),
        prover.proof(token, nonce="\ud800"),
        Prover(key=rsa_key()).proof(token, header={"alg": "PS256", "jwk": small}),
    ):
        refused(await api.proven(token, proof), "invalid_dpop_proof")


async def test_two_proofs_are_refused(api: GuardedApi) -> None:
    prover = Prover()
    token = bound_token(api, prover)
    headers = [("authorization", f"DPoP {token}"), *(("dpop", prover.proof(token)) for _ in range(2))]
    await api.get()
    response = await api.http.get("/invoices", headers=headers)  # type: ignore[union-attr]
    refused(response, "invalid_dpop_proof")


async def test_what_is_remembered_of_proofs_is_bounded_and_fails_closed(api: GuardedApi) -> None:
    api.options["seen_proofs"] = Replays(clock=api.clock, most=2)
    prover = Prover()
    token = bound_token(api, prover)
    assert (await api.proven(token, prover.proof(token))).status_code == 200
    assert (await api.proven(token, prover.proof(token))).status_code == 200
    refused(await api.proven(token, prover.proof(token)), "invalid_dpop_proof")
    api.clock.at += 120
    assert (await api.proven(token, prover.proof(token, iat=NOW + 120))).status_code == 200


async def test_an_api_may_want_nonces(api: GuardedApi) -> None:
    api.options["nonces"] = Nonces(secret=b"s" * 32, clock=api.clock)
    prover = Prover()
    token = bound_token(api, prover)
    response = await api.proven(token, prover.proof(token))
    refused(response, "use_dpop_nonce")
    nonce = response.headers["dpop-nonce"]
    answer = await api.proven(token, prover.proof(token, nonce=nonce))
    assert answer.status_code == 200
    assert answer.headers["dpop-nonce"] == nonce
    refused(await api.proven(token, prover.proof(token, nonce="x")), "use_dpop_nonce")
    api.clock.at += 121
    refused(await api.proven(token, prover.proof(token, nonce=nonce, iat=NOW + 121)), "use_dpop_nonce")


async def test_an_api_may_take_bound_tokens_alone(api: GuardedApi) -> None:
    api.options["requires_possession"] = True
    prover = Prover()
    token = bound_token(api, prover)
    refused(await api.get(token=api.issuer.token()), "invalid_token")
    assert (await api.proven(token, prover.proof(token))).status_code == 200
    described = (await api.get("/.well-known/oauth-protected-resource")).json()
    assert described["dpop_bound_access_tokens_required"] is True


async def test_a_confirmation_of_another_kind_is_met_by_nobody(api: GuardedApi) -> None:
    for confirmation in ({}, {"kid": "x"}, "x", {"jkt": 5}, {"x5t#S256": ""}):
        refused(await api.get(token=api.issuer.token(cnf=confirmation)), "invalid_token", "Bearer")


@cache
def certificate() -> tuple[bytes, str]:
    """Self-signed, as DER and PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "machine")])
    began = datetime(2026, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=3_650))
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM).decode()
    return made.public_bytes(serialization.Encoding.DER), pem


async def test_a_certificate_comes_from_a_trusted_proxy(api: GuardedApi) -> None:
    api.options["certificate"] = from_header("x-ssl-cert", trusted_proxies=("192.0.2.0/24",))
    der, pem = certificate()
    token = api.issuer.token(cnf={"x5t#S256": thumbprint_of(der)})
    for shown in (quote(pem), f":{b64encode(der).decode()}:"):
        assert (await api.get(token=token, headers={"x-ssl-cert": shown})).status_code == 200
    for shown in ("", "x", "::", ":*:", quote(pem.replace("M", "N", 1)), f":{b64encode(b'other').decode()}:"):
        refused(await api.get(token=token, headers={"x-ssl-cert": shown}), "invalid_token", "Bearer")
    refused(await api.get(token=token), "invalid_token", "Bearer")


async def test_nobody_else_is_believed_about_certificates(api: GuardedApi) -> None:
    api.options["certificate"] = from_header("x-ssl-cert", trusted_proxies=("198.51.100.0/24", "::1/128"))
    der, pem = certificate()
    token = api.issuer.token(cnf={"x5t#S256": thumbprint_of(der)})
    refused(await api.get(token=token, headers={"x-ssl-cert": quote(pem)}), "invalid_token", "Bearer")


async def test_without_a_certificate_of_its_own_an_api_refuses_bound_tokens(api: GuardedApi) -> None:
    der, _ = certificate()
    token = api.issuer.token(cnf={"x5t#S256": thumbprint_of(der)})
    refused(await api.get(token=token), "invalid_token", "Bearer")


def test_a_server_that_ends_tls_itself_knows_the_certificate() -> None:
    """The TLS extension of ASGI has PEM."""
    der, pem = certificate()
    scope = {"type": "http", "extensions": {"tls": {"client_cert_chain": [pem]}}}
    assert from_tls(Request(scope)) == thumbprint_of(der)
    assert from_tls(Request({"type": "http"})) == ""
