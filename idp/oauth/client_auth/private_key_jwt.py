"""private_key_jwt: a client signs who it is with a key that it registered. RFC 7523 §3, OpenID Connect Core §9."""

from collections.abc import Collection, Mapping

from idp.clients.keys import ClientKeys
from idp.oauth.client_auth.assertion import (
    ASSERTION_TYPE,
    AssertionFacts,
    check_claims,
    check_header,
    read_assertion,
    use_of,
    wrong,
)
from idp.oauth.client_auth.presented import Presented
from idp.records.client import Client
from idp.records.key import ALGORITHMS, SECRET_ALGORITHMS
from idp.signing.compact import BadToken
from idp.signing.foreign import candidates, read_foreign_header, verify_foreign
from idp.store.statement import Effect

__all__ = ["ASSERTION_TYPE", "NAMES", "check", "load", "read"]

NAMES: tuple[str, ...] = ("private_key_jwt",)


def read(authorization: str, form: Mapping[str, str]) -> Presented | None:
    """Any assertion that no secret signed: what it is signed with is told when it is checked."""
    return read_assertion(form, NAMES[0], algorithms=ALGORITHMS, others=SECRET_ALGORITHMS)


async def load(presented: Presented, client: Client, keys: ClientKeys, now: int) -> AssertionFacts:
    """With the client's keys; fetched anew where none fits, if that is allowed again."""
    header = read_foreign_header(presented.assertion)
    known = await keys.find(client, now)
    if not candidates(header, known):
        known = await keys.find(client, now, lacking=header.kid)
    return AssertionFacts(keys=known, digest=use_of(presented, client))


def check(
    presented: Presented, client: Client, facts: AssertionFacts, *, audiences: Collection[str], now: int
) -> Effect:
    """What remembers the use of a right assertion. Raises InvalidClient."""
    try:
        check_header(presented.assertion, client)
        if not facts.keys:
            raise BadToken("the client has no usable key; are jwks or jwks_uri right?")
        claims = verify_foreign(presented.assertion, facts.keys, algorithms=ALGORITHMS)
    except BadToken as error:
        raise wrong(str(error)) from None
    return check_claims(claims, client, facts, audiences=audiences, now=now)
