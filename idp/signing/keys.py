"""Key pairs: generate, import, seal and open them. RFC 7517, RFC 7638, RFC 8037.

RSA keys have 2048 bits: NIST SP 800-57 accepts them until 2030 and ours live for months, while 3072 bits would triple
the cost of every RS256 signature, already the dearest step of a token request. Who wants 128-bit strength has ES256.
"""

import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
    load_pem_private_key,
)
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from idp.records.key import ENCRYPTION_ALGORITHMS, Algorithm, KeyAlgorithm, KeyState, OwnKey
from idp.signing.sealing import RootKeys
from idp.store.own_keys import ENCRYPTION_KEY_WRITES, SIGNING_KEY_WRITES, KeyWrites
from idp.store.statement import Effect

PrivateKey = RSAPrivateKey | EllipticCurvePrivateKey | Ed25519PrivateKey
JoseKey = RSAKey | ECKey | OKPKey

_RSA_BITS = 2048
_LARGEST_RSA_BITS = 4096
_GENERATE: Mapping[KeyAlgorithm, Callable[[], PrivateKey]] = {
    "RS256": lambda: generate_rsa(public_exponent=65537, key_size=_RSA_BITS),
    "PS256": lambda: generate_rsa(public_exponent=65537, key_size=_RSA_BITS),
    "ES256": lambda: generate_ec(SECP256R1()),
    "EdDSA": Ed25519PrivateKey.generate,
    "RSA-OAEP-256": lambda: generate_rsa(public_exponent=65537, key_size=_RSA_BITS),
    "ECDH-ES": lambda: generate_ec(SECP256R1()),
}


class UnusableKey(Exception):
    """A key that we can't use; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyPair:
    """A key before it is stored: the private half as PKCS #8, the public half as a JWK."""

    kid: str
    algorithm: KeyAlgorithm
    public_jwk: str
    pkcs8: bytes = field(repr=False)

    def insertion(self, root_keys: RootKeys, *, state: KeyState, now: int) -> Effect:
        """The row; expects that no other node was quicker."""
        sealed = root_keys.seal(self.pkcs8, binding=key_binding(self.kid, self.algorithm))
        return writes_of(self.algorithm).insert.effect(
            expects=1,
            kid=self.kid,
            algorithm=self.algorithm,
            state=state,
            public_jwk=self.public_jwk,
            sealed=sealed.sealed,
            root_key_id=sealed.root_key_id,
            created_at=now,
            activated_at=now if state == "active" else None,
        )


def generate_key(algorithm: KeyAlgorithm) -> KeyPair:
    """A new key. RSA takes about 0.1 s of processor: call it in a thread."""
    return _key_pair(_GENERATE[algorithm](), algorithm)


def read_private_key(text: bytes, algorithm: Algorithm) -> KeyPair:
    """A key from elsewhere, unencrypted PEM or a private JWK. Raises `UnusableKey`."""
    private = _from_jwk(text, algorithm) if text.lstrip().startswith(b"{") else _from_pem(text)
    match private, algorithm:
        case RSAPrivateKey(), "RS256" | "PS256":
            if not _RSA_BITS <= private.key_size <= _LARGEST_RSA_BITS:
                raise UnusableKey(
                    f"an RSA key has {_RSA_BITS} to {_LARGEST_RSA_BITS} bits, not {private.key_size}"
                )
        case EllipticCurvePrivateKey(), "ES256":
            if not isinstance(private.curve, SECP256R1):
                raise UnusableKey(f"ES256 needs the curve P-256, not {private.curve.name}")
        case Ed25519PrivateKey(), "EdDSA":
            pass
        case _:
            raise UnusableKey(f"{algorithm} can't use this kind of key")
    return _key_pair(private, algorithm)


def private_key(row: OwnKey, root_keys: RootKeys) -> JoseKey:
    """What signs with `row`, or decrypts. Raises `UnknownRootKey`, `SealBroken`."""
    pkcs8 = root_keys.open(
        row.sealed, root_key_id=row.root_key_id, binding=key_binding(row.kid, row.algorithm)
    )
    # The seal proves that these are the bytes which we wrote; proving the primes once more would take 30 ms.
    private = load_der_private_key(pkcs8, None, unsafe_skip_rsa_key_validation=True)
    return _jose_key(private, row.algorithm)


def public_key(row: OwnKey) -> JoseKey:
    """The public half of `row`."""
    key = JWKRegistry.import_key(json.loads(row.public_jwk))
    assert isinstance(key, RSAKey | ECKey | OKPKey)
    return key


def key_binding(kid: str, algorithm: KeyAlgorithm) -> str:
    """What a sealed private key is bound to: its row."""
    return f"{'encryption_key' if algorithm in ENCRYPTION_ALGORITHMS else 'signing_key'}:{kid}"


def writes_of(algorithm: KeyAlgorithm) -> KeyWrites:
    """The statements of the table that has the keys of `algorithm`."""
    return ENCRYPTION_KEY_WRITES if algorithm in ENCRYPTION_ALGORITHMS else SIGNING_KEY_WRITES


def _key_pair(private: PrivateKey, algorithm: KeyAlgorithm) -> KeyPair:
    key = _jose_key(private, algorithm)
    kid = key.thumbprint()
    use = "enc" if algorithm in ENCRYPTION_ALGORITHMS else "sig"
    members = key.as_dict(private=False, kid=kid, use=use, alg=algorithm)
    pkcs8 = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return KeyPair(kid=kid, algorithm=algorithm, public_jwk=json.dumps(members, sort_keys=True), pkcs8=pkcs8)


def _jose_key(private: Any, algorithm: KeyAlgorithm) -> JoseKey:
    match algorithm:
        case "RS256" | "PS256" | "RSA-OAEP-256":
            return RSAKey.import_key(private)
        case "ES256" | "ECDH-ES":
            return ECKey.import_key(private)
        case "EdDSA":
            return OKPKey.import_key(private)


def _from_pem(text: bytes) -> PrivateKey:
    try:
        return load_pem_private_key(text, None)  # type: ignore[return-value]
    except TypeError as error:
        raise UnusableKey(
            "the key is encrypted: decrypt it first, for example with `openssl pkey`"
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise UnusableKey("neither a private key in PEM nor a private JWK") from error


def _from_jwk(text: bytes, algorithm: Algorithm) -> PrivateKey:
    try:
        with warnings.catch_warnings():
            # joserfc warns of weak keys; we refuse them.
            warnings.simplefilter("error", SecurityWarning)
            members = json.loads(text)
            key = JWKRegistry.import_key(members)
    except SecurityWarning as warning:
        raise UnusableKey(f"too weak: {warning}") from warning
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise UnusableKey("not a JWK") from error
    if members.get("alg", algorithm) != algorithm or members.get("use", "sig") != "sig":
        raise UnusableKey(
            f"the JWK is for {members.get('alg', members.get('use'))}, not for signing {algorithm}"
        )
    if not isinstance(key, RSAKey | ECKey | OKPKey) or key.private_key is None:
        raise UnusableKey("the JWK holds no private key")
    return key.private_key  # type: ignore[return-value]
