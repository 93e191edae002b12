"""What the suite checks in nearly every module; what it only warns of fails here.

Each function names the module or condition that it stands for; sections are of OpenID Connect Core unless said.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from hashlib import sha256
from math import log2
from typing import Any
from urllib.parse import urlsplit

import httpx2
from joserfc import jws
from joserfc.jwk import KeySet

_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k", "priv"})
_ERROR_MEMBERS = frozenset({"error", "error_description", "error_uri", "state", "session_state", "iss"})
_SKEW_SECONDS = 300
CLAIMS_OF_SCOPE = {
    "openid": ("sub",),
    "profile": (
        *("name", "given_name", "family_name", "middle_name", "nickname", "preferred_username"),
        *("profile", "picture", "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at"),
    ),
    "email": ("email", "email_verified"),
    "address": ("address",),
    "phone": ("phone_number", "phone_number_verified"),
    "offline_access": (),
}
"""§5.4. Whoever may read a profile reads the customer ID too; the suite asks nothing of what it doesn't know."""
# What an ID token may hold that nobody asked for.
_OWN_CLAIMS = frozenset(
    {
        *("iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "acr", "amr", "azp"),
        *("at_hash", "c_hash", "s_hash", "nbf", "jti", "sid", "txn"),
    }
)
_USER_INTERFACE_ERRORS = frozenset(
    {"login_required", "interaction_required", "account_selection_required", "consent_required"}
)


def check_jwks(jwks: Mapping[str, Any]) -> None:
    """Distinct key ids, nothing secret, and only key types that every library knows."""
    keys = jwks["keys"]
    assert keys
    ids = [key["kid"] for key in keys]
    assert all(kid.strip() for kid in ids)
    assert len(set(ids)) == len(ids)
    for key in keys:
        assert not _PRIVATE_MEMBERS & set(key), key["kid"]
        assert key["kty"] in {"RSA", "EC", "OKP"}
        assert key.get("crv", "P-256") in {"P-256", "P-384", "P-521", "Ed25519", "X25519"}


def read_jws(token: str, jwks: Mapping[str, Any], *, algorithm: str) -> dict[str, Any]:
    """The claims of a token of ours, signed with `algorithm` by a key that its `kid` names."""
    header = read_header(token)
    assert header["alg"] == algorithm
    if algorithm == "none":
        assert token.endswith(".")
        return _object(token.split(".")[1])
    assert header["kid"] in {key["kid"] for key in jwks["keys"]}
    signed = jws.deserialize_compact(token, KeySet.import_key_set(dict(jwks)), algorithms=[algorithm])  # type: ignore[arg-type]
    found: dict[str, Any] = json.loads(signed.payload)
    return found


def read_header(token: str) -> dict[str, Any]:
    return _object(token.split(".", maxsplit=1)[0])


def _object(part: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def check_id_token(
    claims: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str, now: int, allowed: Iterable[str]
) -> None:
    """§3.1.3.7 and §5.1, and nothing in it that is for userinfo (§5.4) beside `allowed`."""
    assert claims["iss"] == issuer
    assert claims["aud"] == client_id
    assert now < claims["exp"] < now + 86_400
    assert abs(claims["iat"] - now) <= _SKEW_SECONDS
    assert isinstance(claims["sub"], str)
    assert 0 < len(claims["sub"]) <= 255
    assert claims.get("nonce", "") == nonce
    assert "acr" not in claims or (isinstance(claims["acr"], str) and claims["acr"])
    assert claims.get("auth_time", now) <= now + _SKEW_SECONDS
    assert set(claims) <= _OWN_CLAIMS | set(allowed)
    check_standard_claims({name: value for name, value in claims.items() if name not in _OWN_CLAIMS})


def check_standard_claims(claims: Mapping[str, Any]) -> None:
    """§5.1: each of its type, none empty, null, or the word "null"."""
    for name, value in claims.items():
        match name:
            case "email_verified" | "phone_number_verified":
                assert isinstance(value, bool), name
            case "updated_at":
                assert isinstance(value, int), name
                assert 0 < value < 32_503_680_000, "seconds, not milliseconds"
            case "address":
                assert value
                check_standard_claims({f"address.{part}": text for part, text in value.items()})
            case "birthdate":
                year = int(value[:4])
                assert year == 0 or 1850 <= year <= 2100
                assert len(value) == 4 or date.fromisoformat(value.replace("0000", "2000")) is not None
            case _:
                assert isinstance(value, str), name
                assert value.strip() not in ("", "null"), name


def check_error_answer(answer: Mapping[str, str], *, issuer: str, state: str) -> str:
    """The error of an authorization response, §3.1.2.6, with nothing beside it."""
    assert answer.get("state", "") == state
    assert answer["iss"] == issuer
    assert "code" not in answer
    assert set(answer) <= _ERROR_MEMBERS
    check_error_texts(answer)
    return answer["error"]


def check_error_texts(body: Mapping[str, Any]) -> None:
    """RFC 6749 §4.1.2.1 and §5.2."""
    for name in ("error", "error_description"):
        if name in body:
            assert re.fullmatch(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+", body[name]), name
    assert not re.search(r"[^\x21\x23-\x5b\x5d-\x7e]", body.get("error_uri", ""))


def check_needs_person(error: str) -> None:
    """§3.1.2.6: one of the errors that say that somebody has to be asked."""
    assert error in _USER_INTERFACE_ERRORS


def check_token_error(response: httpx2.Response, error: str) -> None:
    """RFC 6749 §5.2."""
    assert response.status_code == 400, response.text
    assert is_json(response)
    check_error_texts(response.json())
    assert response.json()["error"] == error


def check_token_answer(response: httpx2.Response) -> dict[str, Any]:
    """RFC 6749 §5.1."""
    assert response.status_code == 200, response.text
    assert is_json(response)
    assert "no-store" in response.headers["cache-control"]
    body: dict[str, Any] = response.json()
    assert "error" not in body
    assert body["token_type"].lower() == "bearer"
    assert isinstance(body["expires_in"], int)
    assert body["expires_in"] > 0
    check_unguessable(body["access_token"])
    assert re.fullmatch(r"[\x20-\x7e]+", body["access_token"])
    if "refresh_token" in body:
        check_unguessable(body["refresh_token"])
        assert re.fullmatch(r"[\x20-\x7e]+", body["refresh_token"])
    return body


def check_unguessable(value: str) -> None:
    """RFC 6749 §10.10: long enough for 128 bits, and 96 bits by what its characters tell."""
    counts = Counter(value).values()
    bits = -sum(count * log2(count / len(value)) for count in counts)
    assert len(value) * 8 >= 128
    assert bits >= 96


def half_hash(value: str) -> str:
    """§3.1.3.6 for RS256."""
    return urlsafe_b64encode(sha256(value.encode()).digest()[:16]).rstrip(b"=").decode()


def is_json(response: httpx2.Response) -> bool:
    return response.headers["content-type"].split(";")[0] == "application/json"


def is_https(url: object) -> bool:
    return isinstance(url, str) and urlsplit(url).scheme == "https" and bool(urlsplit(url).hostname)
