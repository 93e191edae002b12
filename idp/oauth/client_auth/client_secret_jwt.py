"""client_secret_jwt: a client signs who it is with the secret that it shares with us, which so never crosses the
network. OpenID Connect Core §9, RFC 7518 §3.2.

Its secrets are kept sealed beside their digests, for we have to compute what it computed.
"""

from collections.abc import Collection, Mapping

from idp.clients.secrets import read_secrets
from idp.oauth.client_auth.assertion import (
    AssertionFacts,
    check_claims,
    check_header,
    read_assertion,
    use_of,
    wrong,
)
from idp.oauth.client_auth.presented import Presented
from idp.records.client import Client
from idp.records.key import SECRET_ALGORITHMS
from idp.signing.compact import BadToken
from idp.signing.foreign import read_unverified
from idp.signing.sealing import RootKeys
from idp.signing.shared_secrets import has_mac
from idp.store.statement import Effect

NAMES: tuple[str, ...] = ("client_secret_jwt",)


def read(authorization: str, form: Mapping[str, str]) -> Presented | None:
    return read_assertion(form, NAMES[0], algorithms=SECRET_ALGORITHMS, others=())


def load(presented: Presented, client: Client, root_keys: RootKeys, now: int) -> AssertionFacts:
    """With the client's living secrets. Raises `UnknownRootKey`, `SealBroken`."""
    return AssertionFacts(secrets=read_secrets(root_keys, client, now), digest=use_of(presented, client))


def check(
    presented: Presented, client: Client, facts: AssertionFacts, *, audiences: Collection[str], now: int
) -> Effect:
    """What remembers the use of a right assertion. Raises InvalidClient."""
    try:
        header = check_header(presented.assertion, client)
        # Every secret is tried, so that the time doesn't say which one it was.
        fitting = [has_mac(presented.assertion, header.alg, secret) for secret in facts.secrets]
        if not any(fitting):
            raise BadToken("no secret of the client verifies the signature")
        claims = read_unverified(presented.assertion)
    except BadToken as error:
        raise wrong(str(error)) from None
    return check_claims(claims, client, facts, audiences=audiences, now=now)
