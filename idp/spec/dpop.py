"""DPoP proofs: what one has to say, so that its sender is known to hold a key. RFC 9449 §4.2 and §4.3, RFC 7638.

Pure. Whoever received the proof verifies its signature with the key that `proof_key` finds in it, and remembers `jti`.
Resource servers check theirs with the same functions.
"""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from idp.spec.errors import InvalidDpopProof, UseDpopNonce

PROOF_HEADER = "dpop"
NONCE_HEADER = "dpop-nonce"
PROOF_ALGORITHMS = ("PS256", "ES256", "EdDSA")
"""That a proof may be signed with. FAPI 2.0 Security Profile §5.4.1 has no RS256, and keys for proofs are new ones."""
LARGEST_PROOF = 8_192
LONGEST_PAST_SECONDS = 60
LONGEST_AHEAD_SECONDS = 30
"""FAPI 2.0 Security Profile §5.3.2.1 has 10 seconds accepted and 60 refused."""

_LONGEST_JTI = 256
_TYPE = "dpop+jwt"
_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
# Other ways to name a key, and what would change how the proof is read.
_REFUSED = frozenset({"crit", "b64", "zip", "enc", "jku", "x5u", "x5c"})
# RFC 7638 §3.2, by `kty`: what the thumbprint covers; and the curve and algorithms that such a key is accepted with.
_COVERED = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}
_CURVES = {"EC": "P-256", "OKP": "Ed25519"}
_SIGNS = {"RSA": ("PS256",), "EC": ("ES256",), "OKP": ("EdDSA",)}
# Characters of 4,096 and of 32 bits: anybody may send a key, and larger ones take long to verify with.
_LONGEST_MODULUS, _LONGEST_EXPONENT = 684, 6
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A right proof: `jkt` is the thumbprint of its key. Its `jti` is to be remembered until `expires_at`, when the
    proof would no longer be accepted anyway.
    """

    jkt: str
    jti: str
    expires_at: int


def check_proof(
    header: Mapping[str, Any],
    claims: Mapping[str, Any],
    *,
    method: str,
    urls: Collection[str],
    now: int,
    access_token: str = "",
    accepts_nonce: Callable[[str], bool] | None = None,
) -> Proof:
    """§4.3, for a proof whose signature was verified. Raises InvalidDpopProof, and UseDpopNonce last of all.

    `urls` are those that the endpoint is known by, as configured. `access_token` is the one that came with the proof,
    at a resource. `accepts_nonce` is asked about the proof's nonce, empty where it has none.
    """
    jkt = thumbprint(proof_key(header))
    jti, nonce = claims.get("jti"), claims.get("nonce", "")
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_JTI:
        raise _wrong(f"jti is not a text of 1 to {_LONGEST_JTI} characters")
    if claims.get("htm") != method:
        raise _wrong(f"htm is not {method}")
    _check_url(claims.get("htu"), urls)
    expires_at = _check_times(claims, now)
    if access_token and claims.get("ath") != access_token_hash(access_token):
        raise _wrong("ath is not the hash of the access token")
    if not isinstance(nonce, str):
        raise _wrong("nonce is not a text")
    if accepts_nonce is not None and not accepts_nonce(nonce):
        raise UseDpopNonce("the proof needs the nonce of the header DPoP-Nonce")  # §8 and §9
    return Proof(jkt=jkt, jti=jti, expires_at=expires_at)


def proof_key(header: Mapping[str, Any]) -> dict[str, Any]:
    """The public key in a proof's header, to verify its signature with. Raises InvalidDpopProof."""
    if header.get("typ") != _TYPE:
        raise _wrong(f"typ is not {_TYPE}")
    if refused := sorted(_REFUSED & header.keys()):
        raise _wrong(f"the header member {refused[0]} is not accepted")
    alg, jwk = header.get("alg"), header.get("jwk")
    if alg not in PROOF_ALGORITHMS:
        raise _wrong(f"alg is not {' or '.join(PROOF_ALGORITHMS)}")
    if not isinstance(jwk, dict):
        raise _wrong("the header has no jwk")
    if _PRIVATE & jwk.keys():
        raise _wrong("jwk holds a private or symmetric key: send the public half alone, and replace this key")
    kty = jwk.get("kty")
    if not isinstance(kty, str) or alg not in _SIGNS.get(kty, ()) or jwk.get("crv") != _CURVES.get(kty):
        raise _wrong("jwk is not a key for this alg")
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", alg) != alg:
        raise _wrong("jwk is a key for another use")
    if not all(isinstance(jwk.get(name), str) and jwk[name] for name in _COVERED[kty]):
        raise _wrong("jwk lacks a member")
    if len(jwk.get("n", "")) > _LONGEST_MODULUS or len(jwk.get("e", "")) > _LONGEST_EXPONENT:
        raise _wrong("jwk is too large")
    return jwk


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """The SHA-256 thumbprint of an RSA, EC or OKP key, base64url: RFC 7638 §3. `jwk` has the members of its `kty`."""
    return _thumbprint(tuple(covered_members(jwk).items()))


def covered_members(jwk: Mapping[str, Any]) -> dict[str, Any]:
    """The members that make the key, in the order of RFC 7638 §3.2."""
    return {name: jwk[name] for name in _COVERED[jwk["kty"]]}


def access_token_hash(access_token: str) -> str:
    """The claim `ath`: §4.2."""
    return _digest(access_token.encode())


@lru_cache(maxsize=1_024)
def _thumbprint(members: tuple[tuple[str, Any], ...]) -> str:
    return _digest(json.dumps(dict(members), separators=(",", ":"), ensure_ascii=False).encode())


def _digest(content: bytes) -> str:
    return urlsafe_b64encode(sha256(content).digest()).rstrip(b"=").decode()


def _check_url(htu: object, urls: Collection[str]) -> None:
    """§4.3, item 9. The URL as it was configured is the usual one, and needs no second look."""
    if not isinstance(htu, str) or not htu:
        raise _wrong("htu is missing")
    if htu not in urls and _normal(htu) not in {_normal(url) for url in urls}:
        raise _wrong(f"htu is not {' or '.join(urls)}")


@lru_cache(maxsize=1_024)
def _normal(url: str) -> str:
    """Without query and fragment, and as RFC 3986 §6.2.2 and §6.2.3 have it written. Empty where it is no URL."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    scheme, host = parts.scheme.lower(), parts.hostname or ""
    if scheme not in _DEFAULT_PORTS or not host or "@" in parts.netloc:
        return ""
    shown = f"[{host}]" if ":" in host else host
    suffix = "" if port in (None, _DEFAULT_PORTS[scheme]) else f":{port}"
    return f"{scheme}://{shown}{suffix}{_normal_path(parts.path)}"


def _normal_path(path: str) -> str:
    """§6.2.2.2 and §6.2.2.3: no escape that need not be one, no dot segment."""
    unescaped = _ESCAPE.sub(_needed, path)
    segments: list[str] = []
    for segment in unescaped.split("/")[1:]:
        if segment == "..":
            del segments[-1:]
        elif segment != ".":
            segments.append(segment)
    if unescaped.endswith(("/.", "/..")):
        segments.append("")
    return "/" + "/".join(segments)


def _needed(escape: re.Match[str]) -> str:
    character = chr(int(escape[1], 16))
    return character if _UNRESERVED.match(character) else escape[0].upper()


def _check_times(claims: Mapping[str, Any], now: int) -> int:
    """When the proof will no longer be accepted. `nbf` and `exp` need not be there; where they are, they hold."""
    issued_at = _time(claims, "iat")
    if issued_at is None or not now - LONGEST_PAST_SECONDS <= issued_at <= now + LONGEST_AHEAD_SECONDS:
        raise _wrong("iat is not now; is the client's clock right?")
    not_before, expires_at = _time(claims, "nbf"), _time(claims, "exp")
    if not_before is not None and not not_before <= now + LONGEST_AHEAD_SECONDS:
        raise _wrong("nbf is in the future")
    if expires_at is not None and not expires_at > now - LONGEST_AHEAD_SECONDS:
        raise _wrong("exp is past")
    # Nor by a node whose clock is behind.
    return int(issued_at) + LONGEST_PAST_SECONDS + LONGEST_AHEAD_SECONDS + 1


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    at = claims.get(name)
    if at is not None and (isinstance(at, bool) or not isinstance(at, int | float)):
        raise _wrong(f"{name} is not a time in seconds")
    return at


def _wrong(why: str) -> InvalidDpopProof:
    return InvalidDpopProof(f"DPoP proof: {why}")
