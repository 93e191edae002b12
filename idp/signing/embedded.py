"""JWTs signed with the key that they carry: DPoP proofs, RFC 9449 §4.3, items 2 to 7.

Such a signature proves that the sender has this key, and nothing else: whose the key is has to be known from elsewhere.
"""

from functools import lru_cache
from typing import Any

from joserfc.errors import JoseError
from joserfc.util import urlsafe_b64decode

from idp.signing.compact import REGISTRY, BadToken
from idp.signing.foreign import read_claims
from idp.signing.public_keys import PublicKey, read_key_set
from idp.spec.dpop import LARGEST_PROOF, covered_members, proof_key
from idp.spec.errors import InvalidDpopProof

JsonObject = dict[str, Any]


def read_proof(proof: str) -> tuple[JsonObject, JsonObject]:
    """Header and claims of a proof whose signature is right; what they say is for `spec/dpop.check_proof`. Raises
    InvalidDpopProof.
    """
    if len(proof) > LARGEST_PROOF or not proof.isascii() or proof.count(".") != 2:
        raise InvalidDpopProof("DPoP proof: not one JWT in compact serialization, or too large")
    signed, _, encoded_signature = proof.rpartition(".")
    encoded_header, _, encoded_claims = signed.partition(".")
    try:
        header, key = _sender_of(encoded_header)
        claims = read_claims(urlsafe_b64decode(encoded_claims.encode()))
        signature = urlsafe_b64decode(encoded_signature.encode())
        is_right = REGISTRY.algorithms[header["alg"]].verify(signed.encode(), signature, key.key)
    except (BadToken, JoseError, ValueError) as error:
        raise InvalidDpopProof("DPoP proof: not a well-formed JWT", log_reason=str(error)) from None
    if not is_right:
        raise InvalidDpopProof("DPoP proof: jwk does not verify the signature")
    return header, claims


# A client sends the same header again and again, and a key takes longer to read than most of a proof.
@lru_cache(maxsize=1_024)
def _sender_of(encoded_header: str) -> tuple[JsonObject, PublicKey]:
    """A header with the key in it. Raises BadToken, InvalidDpopProof, ValueError."""
    header = read_claims(urlsafe_b64decode(encoded_header.encode()))
    keys = read_key_set({"keys": [covered_members(proof_key(header))]})
    if not keys or header["alg"] not in keys[0].signs:
        raise InvalidDpopProof("DPoP proof: jwk is no key that we could use")
    return header, keys[0]
