"""Public keys that somebody pastes into a form: PEM (RFC 7468), an X.509 certificate, a JWK or a JWK set.

They become a JWK set, as it is registered; what `public_keys.py` refuses is refused in it. A certificate is kept in
`x5c` (RFC 7517 §4.7), as RFC 8705 §2.2.2 wants it.
"""

import json
import warnings
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, OKPKey, RSAKey

from idp.signing.public_keys import LARGEST_SET, BadKeySet, read_key_set

_PEM, _PRIVATE, _CERTIFICATE = "-----BEGIN ", "PRIVATE KEY-----", "-----BEGIN CERTIFICATE-----"
_SECRET_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})


class PrivateKeyPasted(BadKeySet):
    """What was to stay secret has been sent."""


class NoUsableKey(BadKeySet):
    """It can be read, and nothing that we verify can be made with it."""


def read_pasted(text: str) -> dict[str, Any]:
    """The JWK set of what was pasted. Raises `BadKeySet`, and of its kinds `PrivateKeyPasted` and `NoUsableKey`."""
    text = text.strip()
    if len(text) > LARGEST_SET:
        raise BadKeySet(f"is larger than {LARGEST_SET} bytes")
    if _PRIVATE in text:
        raise PrivateKeyPasted("is a private key")
    found = _from_pem(text) if text.startswith(_PEM) else _from_json(text)
    if any(_SECRET_MEMBERS & key.keys() for key in found["keys"] if isinstance(key, Mapping)):
        raise PrivateKeyPasted("holds a private or symmetric key")
    usable = read_key_set(found)
    # A certificate proves itself in the TLS handshake, whatever its key signs with there.
    if not any(key.signs for key in usable) and not (usable and any("x5c" in key for key in found["keys"])):
        raise NoUsableKey("holds no key that can be used")
    return found


def _from_pem(text: str) -> dict[str, Any]:
    try:
        if _CERTIFICATE in text:
            return {"keys": [_certificate(one) for one in x509.load_pem_x509_certificates(text.encode())]}
        return {"keys": [_jwk(load_pem_public_key(text.encode()))]}
    except (ValueError, TypeError, JoseError) as error:
        raise BadKeySet("is not PEM that we can read") from error


def _certificate(certificate: x509.Certificate) -> dict[str, Any]:
    der = certificate.public_bytes(Encoding.DER)
    return {**_jwk(certificate.public_key()), "x5c": [b64encode(der).decode()]}


def _jwk(key: PublicKeyTypes) -> dict[str, Any]:
    """Raises NoUsableKey for a kind of key that no algorithm of ours has."""
    pem = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for kind in (RSAKey, ECKey, OKPKey):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", SecurityWarning)
                found = kind.import_key(pem)
        except SecurityWarning:
            raise NoUsableKey("holds a key that is too short") from None
        except (ValueError, JoseError):
            continue
        return {**found.as_dict(private=False), "kid": found.thumbprint()}
    raise NoUsableKey("holds a key of another kind")


def _from_json(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise BadKeySet("is neither PEM nor JSON") from None
    if isinstance(found, dict) and "kty" in found:
        found = {"keys": [found]}
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise BadKeySet("is not a JWK set")
    return found
