"""JWTs signed with the key that they carry: DPoP proofs, RFC 9449 §4.3, items 2 to 7.

Such a signature proves that the sender has this key, and nothing else: whose the key is has to be known from elsewhere.
"""

import json
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
    signed, _, signature = proof.rpartition(".")
    try:
        header, claims = (read_claims(urlsafe_b64decode(part.encode())) for part in signed.split("."))
        jwk = proof_key(header)
        key = _key_of(json.dumps(covered_members(jwk)))
        is_right = (
            key is not None
            and header["alg"] in key.signs
            and REGISTRY.algorithms[header["alg"]].verify(
                signed.encode(), urlsafe_b64decode(signature.encode()), key.key
            )
        )
    except (BadToken, JoseError, ValueError) as error:
        raise InvalidDpopProof("DPoP proof: not a well-formed JWT", log_reason=str(error)) from None
    if not is_right:
        raise InvalidDpopProof("DPoP proof: jwk does not verify the signature")
    return header, claims


@lru_cache(maxsize=1_024)
def _key_of(jwk: str) -> PublicKey | None:
    """A client proves the same key again and again."""
    return next(iter(read_key_set({"keys": [json.loads(jwk)]})), None)
