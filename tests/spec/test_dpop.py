"""What a DPoP proof has to say. RFC 9449 §4, RFC 7638."""

import pytest

from idp.records.key import ALGORITHMS
from idp.spec.dpop import PROOF_ALGORITHMS, access_token_hash, check_proof, proof_key, thumbprint
from idp.spec.errors import InvalidDpopProof, UseDpopNonce

# RFC 9449 §4.1 and §7.1: the examples.
JWK = {
    "kty": "EC",
    "x": "l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
    "y": "9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA",
    "crv": "P-256",
}
HEADER = {"typ": "dpop+jwt", "alg": "ES256", "jwk": JWK}
JKT = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
TOKEN = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
CLAIMS = {
    "jti": "e1j3V_bKic8-LAEB",
    "htm": "GET",
    "htu": "https://resource.example.org/protectedresource",
    "iat": 1_562_262_618,
    "ath": "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo",
}
THERE = {"method": "GET", "urls": ["https://resource.example.org/protectedresource"], "now": 1_562_262_618}


def test_the_example_of_the_specification_is_right() -> None:
    found = check_proof(HEADER, CLAIMS, **THERE, access_token=TOKEN)  # type: ignore[arg-type]

    assert (found.jkt, found.jti, found.expires_at) == (JKT, "e1j3V_bKic8-LAEB", 1_562_262_618 + 91)
    assert access_token_hash(TOKEN) == CLAIMS["ath"]


def test_the_example_of_a_thumbprint_is_right() -> None:
    """RFC 7638 §3.1. What a key has besides is not covered."""
    modulus = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3ok"
        "njhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu"
        "6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8a"
        "wapJzKnqDKgw"
    )
    key = {"kty": "RSA", "n": modulus, "e": "AQAB", "alg": "RS256", "kid": "2011-04-29"}
    assert thumbprint(key) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"


def test_proofs_are_signed_with_what_our_tokens_are_but_for_what_new_keys_need_not_know() -> None:
    assert (*PROOF_ALGORITHMS, "RS256") == (*ALGORITHMS[1:], ALGORITHMS[0])


def test_the_nonce_is_asked_about_last() -> None:
    """So that a client is never sent to fetch one for a proof that would be refused anyway."""
    asked: list[str] = []

    def accepts(nonce: str) -> bool:
        asked.append(nonce)
        return nonce == "right"

    for claims in (CLAIMS, {**CLAIMS, "nonce": "wrong"}):
        with pytest.raises(UseDpopNonce):
            check_proof(HEADER, claims, **THERE, accepts_nonce=accepts)  # type: ignore[arg-type]
    with pytest.raises(InvalidDpopProof):
        check_proof(HEADER, {**CLAIMS, "htm": "PUT"}, **THERE, accepts_nonce=accepts)  # type: ignore[arg-type]
    check_proof(HEADER, {**CLAIMS, "nonce": "right"}, **THERE, accepts_nonce=accepts)  # type: ignore[arg-type]
    assert asked == ["", "wrong", "right"]


def test_one_of_several_addresses_will_do() -> None:
    urls = ["https://other.example/", "https://RESOURCE.example.org:443/x/../protectedresource"]
    check_proof(HEADER, CLAIMS, method="GET", urls=urls, now=1_562_262_618)


@pytest.mark.parametrize("kty", [None, 1, ["EC"], "oct", "AKP"])
def test_a_key_of_no_known_kind_is_refused(kty: object) -> None:
    with pytest.raises(InvalidDpopProof):
        proof_key({**HEADER, "jwk": {**JWK, "kty": kty}})
