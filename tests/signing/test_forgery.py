"""Tokens that we did not sign, or not for this: RFC 8725 and what was ever wrong with JWT libraries."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey

from idp.records.key import ALGORITHMS, Algorithm
from idp.signing.compact import LARGEST_TOKEN, BadToken, read_header
from idp.signing.keyring import Keyring
from idp.signing.keys import KeyPair
from idp.signing.sealing import RootKeys
from idp.store.database import Database

CLAIMS = {"sub": "alice", "exp": 1_000}
Ring = tuple[Keyring, dict[Algorithm, KeyPair]]


@pytest.fixture
async def ring(
    keyring: Keyring, database: Database, root_keys: RootKeys, pairs: dict[Algorithm, KeyPair]
) -> Ring:
    await database.apply([pair.insertion(root_keys, state="active", now=0) for pair in pairs.values()])
    await keyring.refresh(0)
    return keyring, pairs


def encoded(value: object) -> str:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def with_header(token: str, **members: Any) -> str:
    """`token` under a header that says something else; the signature stays."""
    header, payload, signature = token.split(".")
    former = json.loads(base64.urlsafe_b64decode(header + "=="))
    return f"{encoded({**former, **members})}.{payload}.{signature}"


def refused(keyring: Keyring, token: str, **options: Any) -> None:
    with pytest.raises(BadToken):
        keyring.verify(token, **{"typ": "JWT", **options})


@pytest.mark.requirement("S74")
async def test_a_token_without_signature_is_refused(ring: Ring) -> None:
    keyring, pairs = ring
    for alg in ("none", "None", "", "HS256"):
        header = {"alg": alg, "kid": pairs["ES256"].kid, "typ": "JWT"}
        refused(keyring, f"{encoded(header)}.{encoded(CLAIMS)}.")
    header_part, payload, _ = keyring.sign(CLAIMS, algorithm="ES256", typ="JWT").split(".")
    refused(keyring, f"{header_part}.{payload}.")


@pytest.mark.requirement("S74")
async def test_our_public_key_is_no_hmac_secret(ring: Ring) -> None:
    keyring, pairs = ring
    for pair in pairs.values():
        signed = f"{encoded({'alg': 'HS256', 'kid': pair.kid, 'typ': 'JWT'})}.{encoded(CLAIMS)}"
        mac = hmac.digest(pair.public_jwk.encode(), signed.encode(), hashlib.sha256)
        refused(keyring, f"{signed}.{encoded(mac)}", algorithms=[*ALGORITHMS, "HS256"])


@pytest.mark.requirement("S74")
async def test_a_key_in_the_header_is_not_believed(ring: Ring) -> None:
    keyring, pairs = ring
    theirs = ECKey.generate_key("P-256")
    own = {"alg": "ES256", "kid": pairs["ES256"].kid, "typ": "JWT"}
    for extra in ({}, {"jwk": theirs.as_dict(private=False)}, {"jku": "https://evil.test/jwks"}):
        refused(keyring, jwt.encode({**own, **extra}, CLAIMS, theirs))


@pytest.mark.requirement("S74")
@pytest.mark.parametrize(
    "extra",
    [
        {"crit": ["exp"]},
        {"crit": []},
        {"crit": ["b64"], "b64": False},
        {"b64": True},
        {"x5u": "https://evil.test/cert"},
        {"x5c": ["AAAA"]},
        {"zip": "DEF"},
        {"kid": 1},
        {"kid": None},
        {"typ": ["JWT"]},
    ],
)
async def test_a_header_that_is_not_ours_is_refused(ring: Ring, extra: dict[str, Any]) -> None:
    keyring, _ = ring
    refused(keyring, with_header(keyring.sign(CLAIMS, algorithm="ES256", typ="JWT"), **extra))


@pytest.mark.requirement("S74")
async def test_a_key_serves_its_own_algorithm_alone(ring: Ring) -> None:
    keyring, pairs = ring
    for algorithm, pair in pairs.items():
        token = keyring.sign(CLAIMS, algorithm=algorithm, typ="JWT")
        for other in pairs.values():
            if other != pair:
                refused(keyring, with_header(token, alg=other.algorithm))
                refused(keyring, with_header(token, kid=other.kid))
                refused(keyring, with_header(token, alg=other.algorithm, kid=other.kid))


async def test_a_token_for_another_use_is_refused(ring: Ring) -> None:
    keyring, _ = ring
    token = keyring.sign(CLAIMS, algorithm="ES256", typ="at+jwt")
    refused(keyring, token, typ="JWT")
    refused(keyring, token, typ=("JWT", "logout+jwt"))
    refused(keyring, token, typ="at+jwt", algorithms=["RS256"])
    assert keyring.verify(token, typ="at+jwt", algorithms=["ES256"]) == CLAIMS


async def test_every_altered_character_is_noticed(ring: Ring) -> None:
    keyring, _ = ring
    token = keyring.sign(CLAIMS, algorithm="ES256", typ="JWT")
    for at, character in enumerate(token):
        refused(keyring, token[:at] + ("A" if character != "A" else "Q") + token[at + 1 :])
        refused(keyring, token[:at])
    for longer in (token + "=", token + "A", token + ".", token + "\n", " " + token):
        refused(keyring, longer)


@pytest.mark.requirement("S76")
async def test_an_expired_token_is_refused_when_the_time_is_asked_for(ring: Ring) -> None:
    keyring, _ = ring
    token = keyring.sign(CLAIMS, algorithm="ES256", typ="JWT")
    assert keyring.verify(token, typ="JWT", now=999) == CLAIMS
    refused(keyring, token, now=1_000)
    for expires_at in (None, "2000", 2_000.5):
        refused(keyring, keyring.sign({"exp": expires_at}, algorithm="ES256", typ="JWT"), now=1)
    refused(keyring, keyring.sign({}, algorithm="ES256", typ="JWT"), now=1)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "..",
        "a.b.c",
        "a.b",
        "a.b.c.d",
        "é.b.c",
        "A" * (LARGEST_TOKEN + 1),
        "A" * 600 + ".b.c",
        f"{encoded([1])}.b.c",
        f"{encoded('alg kid typ b64')}.b.c",
        f"{encoded(['alg', 'kid', 'typ'])}.b.c",
        f"{encoded(b'[' * 380)}.b.c",
        f"{encoded(bytes([255, 254]))}.b.c",
        f"{encoded({})}.b.c",
    ],
)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(BadToken):
        read_header(token)


@given(st.text())
def test_no_text_breaks_the_reading_of_a_header(text: str) -> None:
    with pytest.raises(BadToken):
        read_header(text)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_json_breaks_the_reading_of_a_header(value: Any) -> None:
    with pytest.raises(BadToken):
        read_header(f"{encoded(value)}.e30.AA")
