"""JWTs that others signed: clients' assertions and request objects, software statements. RFC 7515, RFC 7519, RFC 8725.

A header says which key and algorithm; only what the client registered decides. No key ever comes with the token, and no
extension is understood, so none may be critical.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from math import isinf
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry
from joserfc.util import urlsafe_b64decode

from idp.records.key import ALGORITHMS
from idp.signing.compact import REGISTRY, BadToken
from idp.signing.public_keys import PublicKey

LARGEST_FOREIGN_TOKEN = 32_768
_LARGEST_HEADER = 8_192
_REFUSED = frozenset({"crit", "b64", "jku", "jwk", "x5u", "x5c", "zip", "enc", "epk"})
_MOST_TRIED = 4

# As the registry of our own tokens, whose headers are shorter: some libraries send a long `kid` or an `x5t`. What a
# header has besides is ignored (RFC 7515 §4), but for what is refused above.
_REGISTRY = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
_REGISTRY.algorithms = REGISTRY.algorithms
_REGISTRY.max_header_length = _LARGEST_HEADER
_REGISTRY.max_payload_length = LARGEST_FOREIGN_TOKEN


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignHeader:
    """Not yet to be believed. `kid` and `typ` are empty where absent; `typ` is lower-case, without `application/`."""

    alg: str
    kid: str
    typ: str


def read_foreign_header(token: str) -> ForeignHeader:
    """The header of a JWS in compact serialization. Raises `BadToken`."""
    if len(token) > LARGEST_FOREIGN_TOKEN or not token.isascii() or token.count(".") != 2:
        raise BadToken("not a JWT in compact serialization, or too large")
    encoded = token.partition(".")[0]
    if len(encoded) > _LARGEST_HEADER:
        raise BadToken("the header is too large")
    try:
        members = json.loads(urlsafe_b64decode(encoded.encode()), object_pairs_hook=unrepeated)
    except (ValueError, RecursionError) as error:
        raise BadToken("the header is not a JSON object") from error
    if not isinstance(members, dict):
        raise BadToken("the header is not a JSON object")
    if refused := sorted(_REFUSED & members.keys()):
        raise BadToken(f"the header member {refused[0]} is not accepted")
    texts = {name: members.get(name, "") for name in ("alg", "kid", "typ")}
    if not all(isinstance(text, str) for text in texts.values()):
        raise BadToken("alg, kid or typ is not a text")
    typ = texts["typ"].lower().removeprefix("application/")
    return ForeignHeader(alg=texts["alg"], kid=texts["kid"], typ=typ)


def verify_foreign(token: str, keys: Iterable[PublicKey], *, algorithms: Collection[str]) -> dict[str, Any]:
    """The claims of a JWT signed by one of `keys` with one of `algorithms`, of which `none` is never one. Raises
    `BadToken`; every claim is for the caller to check.
    """
    check_signature(token, keys, algorithms=algorithms)
    return read_unverified(token)


def check_signature(token: str, keys: Iterable[PublicKey], *, algorithms: Collection[str]) -> None:
    """As `verify_foreign`, whatever the payload is. Raises `BadToken`."""
    header = read_foreign_header(token)
    if header.alg not in algorithms or header.alg == "none":
        raise BadToken(f"alg {header.alg[:32]} is not accepted here")
    for key in candidates(header, keys)[:_MOST_TRIED]:
        try:
            jws.deserialize_compact(token, key.key, registry=_REGISTRY)
        except (JoseError, ValueError):
            continue
        return
    raise BadToken("no registered key verifies the signature")


def candidates(header: ForeignHeader, keys: Iterable[PublicKey]) -> Sequence[PublicKey]:
    """Keys that may have signed it: of this kid if one is named and known, for signatures, and of this algorithm."""
    fitting = [
        key
        for key in keys
        if header.alg in key.signs and key.use in ("", "sig") and key.algorithm in ("", header.alg)
    ]
    named = [key for key in fitting if key.kid == header.kid]
    return named if header.kid and named else [key for key in fitting if not header.kid or not key.kid]


def read_unsigned(token: str) -> dict[str, Any]:
    """The claims of a JWT whose alg is none and whose signature is empty (RFC 7519 §6). Raises `BadToken`."""
    header = read_foreign_header(token)
    if header.alg != "none" or not token.endswith("."):
        raise BadToken("not an unsigned JWT")
    return read_unverified(token)


def read_unverified(token: str) -> dict[str, Any]:
    """What a compact JWT says, whoever may have written it: to look up whose it claims to be. Raises `BadToken`."""
    if len(token) > LARGEST_FOREIGN_TOKEN or not token.isascii() or token.count(".") != 2:
        raise BadToken("not a JWT in compact serialization, or too large")
    try:
        content = urlsafe_b64decode(token.split(".")[1].encode())
    except ValueError as error:
        raise BadToken("the claims are not in base64url") from error
    return read_claims(content)


def read_claims(content: str | bytes) -> dict[str, Any]:
    """A JSON object as strict as claims of others must be. Raises `BadToken`."""
    try:
        claims = json.loads(
            content, object_pairs_hook=unrepeated, parse_constant=_no_number, parse_float=_finite
        )
        # RFC 8259 §8.2: an escape can write half a character, which no database, address or digest takes.
        json.dumps(claims, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadToken("the claims are not a JSON object") from error
    if not isinstance(claims, dict):
        raise BadToken("the claims are not a JSON object")
    return claims


def unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """RFC 7515 §4: a repeated member name is refused rather than one of them chosen."""
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a member is repeated")
    return dict(pairs)


def _finite(number: str) -> float:
    """Python reads 1e400 as infinite, which no whole number of seconds is."""
    if isinf(value := float(number)):
        raise ValueError(f"{number[:32]} is too large")
    return value


def _no_number(constant: str) -> None:
    """Python reads NaN and Infinity, which are no JSON (RFC 8259 §6), and no time is before or after NaN."""
    raise ValueError(f"{constant} is not a number")
