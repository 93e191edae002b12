"""Message authentication codes of clients that share a secret with us: RFC 7515 §5.2, RFC 7518 §3.2.

Apart from our signatures, whose registry knows no HMAC: so nothing that was signed with a public key's bytes as a
secret can ever be taken for signed.
"""

import hmac

from joserfc.util import urlsafe_b64decode

_DIGESTS = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
# RFC 7518 §3.2: as many bytes as the digest has, at least.
_LEAST_BYTES = {"HS256": 32, "HS384": 48, "HS512": 64}


def has_mac(token: str, algorithm: str, secret: bytes) -> bool:
    """Whether a JWT in compact serialization was signed with `secret` by `algorithm`, one of `SECRET_ALGORITHMS`."""
    signed, _, encoded = token.rpartition(".")
    if algorithm not in _DIGESTS or len(secret) < _LEAST_BYTES[algorithm]:
        return False
    try:
        sent = urlsafe_b64decode(encoded.encode())
    except ValueError:
        return False
    return hmac.compare_digest(hmac.digest(secret, signed.encode(), _DIGESTS[algorithm]), sent)
