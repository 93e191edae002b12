"""JSON Web Encryption (RFC 7516, RFC 7518 §4 and §5): to a client's key, and with our own keys back.

Compact serialization, public-key algorithms alone, no compression (a few bytes can unpack to millions). RSA1_5 is not
known here: its padding tells an attacker what went wrong.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwe import JWERegistry
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.util import urlsafe_b64decode

from idp.signing.compact import BadToken
from idp.signing.public_keys import PublicKey

RSA_ALGORITHMS = ("RSA-OAEP-256", "RSA-OAEP")
EC_ALGORITHMS = ("ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW")
KEY_ALGORITHMS = (*RSA_ALGORITHMS, *EC_ALGORITHMS)
CONTENT_ALGORITHMS = ("A256GCM", "A128GCM", "A128CBC-HS256", "A256CBC-HS512")
DEFAULT_CONTENT_ALGORITHM = "A128CBC-HS256"
"""OpenID Connect Registration §2, where a client registers the other half alone."""
LARGEST_ENCRYPTED = 65_536
_LARGEST_HEADER = 4_096
_MEMBERS = frozenset({"alg", "enc", "kid", "cty", "typ", "epk", "apu", "apv"})

_REGISTRY = JWERegistry(algorithms=[*KEY_ALGORITHMS, *CONTENT_ALGORITHMS])
_REGISTRY.max_protected_header_length = _LARGEST_HEADER
_REGISTRY.max_ciphertext_length = LARGEST_ENCRYPTED


class NoEncryptionKey(Exception):
    """A client that wants encrypted answers has no key for it."""


def is_encrypted(token: str) -> bool:
    """Whether a token has the five parts of a JWE."""
    return token.count(".") == 4


def encryption_key(keys: Iterable[PublicKey], algorithm: str) -> PublicKey:
    """The key to encrypt to: one that says so itself comes first. Raises `NoEncryptionKey`."""
    kinds = (RSAKey,) if algorithm in RSA_ALGORITHMS else (ECKey, OKPKey)
    fitting = [
        key
        for key in keys
        if isinstance(key.key, kinds) and key.use in ("", "enc") and key.algorithm in ("", algorithm)
    ]
    if not fitting:
        raise NoEncryptionKey(f"no key of the client is for {algorithm}")
    return min(fitting, key=lambda key: (key.use != "enc", key.algorithm != algorithm))


def encrypt(content: str, key: PublicKey, *, algorithm: str, content_algorithm: str, cty: str = "") -> str:
    """A compact JWE. `cty` is JWT where the content is one (RFC 7519 §5.2)."""
    header = {"alg": algorithm, "enc": content_algorithm}
    header |= {"kid": key.kid} if key.kid else {}
    header |= {"cty": cty} if cty else {}
    return jwe.encrypt_compact(header, content.encode(), key.key, registry=_REGISTRY)


def decrypt(token: str, keys: Sequence[tuple[str, RSAKey | ECKey]]) -> str:
    """What was encrypted to one of our keys, each with its `kid`. Raises `BadToken`, which never says why."""
    header = _header(token)
    named = [key for kid, key in keys if kid == header.get("kid")]
    kind = RSAKey if header["alg"] in RSA_ALGORITHMS else ECKey
    for key in named or [key for _, key in keys]:
        if isinstance(key, kind):
            try:
                content = jwe.decrypt_compact(token, key, registry=_REGISTRY).plaintext
                return (content or b"").decode("ascii")
            except (JoseError, ValueError):
                continue
    raise BadToken("it can't be decrypted")


def _header(token: str) -> dict[str, Any]:
    encoded = token.partition(".")[0]
    if len(token) > LARGEST_ENCRYPTED or not token.isascii() or len(encoded) > _LARGEST_HEADER:
        raise BadToken("the encrypted token is too large")
    try:
        members = json.loads(urlsafe_b64decode(encoded.encode()))
    except (ValueError, RecursionError) as error:
        raise BadToken("the header is not JSON") from error
    if not isinstance(members, dict) or not members.keys() <= _MEMBERS:
        raise BadToken("the header has members that are not accepted")
    if members.get("alg") not in KEY_ALGORITHMS or members.get("enc") not in CONTENT_ALGORITHMS:
        raise BadToken("the token is encrypted in a way that is not accepted")
    return members
