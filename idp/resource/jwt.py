"""Access tokens that are JWTs: RFC 9068 §4. Signature first, claims (`claims.py`) after."""

from collections.abc import Mapping
from typing import Any

from idp.resource.issuer import Issuer
from idp.resource.jws import BadJws, read_jws
from idp.spec.errors import InvalidToken

_TYPES = frozenset({"at+jwt", "application/at+jwt"})
# A key that the token brings or points to proves nothing, and an extension that must be understood is not.
_REFUSED = frozenset({"crit", "b64", "zip", "jku", "jwk", "x5u", "x5c"})


async def verified_claims(value: str, issuer: Issuer, algorithms: tuple[str, ...]) -> Mapping[str, Any]:
    """The claims that the issuer signed. Raises InvalidToken, IssuerUnavailable."""
    try:
        token = read_jws(value)
    except BadJws as error:
        raise _wrong(str(error)) from None
    header = token.header
    algorithm, kid, typ = header.get("alg"), header.get("kid"), header.get("typ")
    if not isinstance(algorithm, str) or algorithm not in algorithms:
        raise _wrong("alg is not accepted")
    if not isinstance(typ, str) or typ.lower() not in _TYPES:
        raise _wrong("typ is not that of an access token")  # An ID token, say.
    if _REFUSED & header.keys():
        raise _wrong("the header has a member that is not accepted")
    if not isinstance(kid, str) or not kid:
        raise _wrong("kid is missing")
    key = await issuer.key(kid, algorithm)
    if key is None or not token.is_signed_by(key, algorithm):
        raise _wrong("not signed by the issuer")
    return token.claims


def _wrong(why: str) -> InvalidToken:
    return InvalidToken("the access token is malformed, expired or not for this API", log_reason=why)
