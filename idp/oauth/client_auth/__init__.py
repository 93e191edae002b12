"""Client authentication: RFC 6749 §2.3, RFC 7523, RFC 8705. A method is one file and one line here."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Protocol

from idp.clients.keys import ClientKeys
from idp.oauth.client_auth import (
    basic,
    client_secret_jwt,
    none,
    post,
    private_key_jwt,
    self_signed_tls_client_auth,
    tls_client_auth,
)
from idp.oauth.client_auth.assertion import AssertionFacts
from idp.oauth.client_auth.presented import Presented
from idp.records.client import Client
from idp.signing.public_keys import PublicKey
from idp.signing.sealing import RootKeys
from idp.signing.trust_anchors import TrustAnchors
from idp.spec.errors import InvalidClient, InvalidRequest
from idp.store.statement import Effect
from idp.web.certificate import Certificate


class Method(Protocol):
    """A module of this folder."""

    NAMES: tuple[str, ...]

    def read(self, authorization: str, form: Mapping[str, str]) -> Presented | None:
        """What the request presents by this method, or None. Raises InvalidClient if it is malformed."""


METHODS: tuple[Method, ...] = (
    basic,
    post,
    client_secret_jwt,
    private_key_jwt,
    tls_client_auth,
    self_signed_tls_client_auth,
    none,
)
METHOD_NAMES = tuple(name for method in METHODS for name in method.NAMES)
CONFIDENTIAL_METHOD_NAMES = tuple(name for name in METHOD_NAMES if name not in none.NAMES)
CERTIFICATE_METHOD_NAMES = (*tls_client_auth.NAMES, *self_signed_tls_client_auth.NAMES)


def read_presented(
    authorization: str, form: Mapping[str, str], certificate: Certificate | None = None
) -> Presented:
    """The one way in which this request authenticates its client. With a certificate, `client_id` alone may be the name
    of a public client, or of one that the certificate proves (RFC 8705 §2): its registration tells.

    Raises InvalidRequest for two at once or a body `client_id` that names another client (§2.3: a client MUST NOT use
    more than one method), InvalidClient for none at all.
    """
    found = [presented for method in METHODS if (presented := method.read(authorization, form)) is not None]
    if len(found) > 1:
        raise InvalidRequest("more than one client authentication method")
    if not found:
        raise InvalidClient("client authentication is missing")
    presented = found[0]
    if form.get("client_id", presented.client_id) != presented.client_id:
        raise InvalidRequest("client_id is not that of the authenticated client")
    if certificate is not None and presented.method in none.NAMES:
        return replace(presented, accepts=(*none.NAMES, *CERTIFICATE_METHOD_NAMES))
    return presented


async def load_assertion(
    presented: Presented, client: Client | None, *, keys: ClientKeys, root_keys: RootKeys, now: int
) -> AssertionFacts | None:
    """What an assertion is checked with, if the client authenticates with one like this."""
    if client is None or not presented.assertion or not presented.is_registered(client):
        return None
    if client.signs_with_secret:
        return client_secret_jwt.load(presented, client, root_keys, now)
    return await private_key_jwt.load(presented, client, keys, now)


def check_assertion(
    presented: Presented, client: Client, facts: AssertionFacts, *, audiences: Collection[str], now: int
) -> Effect:
    """What remembers the use of a right assertion. Raises InvalidClient."""
    if client.signs_with_secret:
        return client_secret_jwt.check(presented, client, facts, audiences=audiences, now=now)
    return private_key_jwt.check(presented, client, facts, audiences=audiences, now=now)


async def load_certified(
    presented: Presented,
    client: Client | None,
    certificate: Certificate | None,
    *,
    keys: ClientKeys,
    now: int,
) -> tuple[PublicKey, ...]:
    """The keys of a client that authenticates with a certificate among them."""
    if client is None or certificate is None or not presented.is_registered(client):
        return ()
    if client.token_endpoint_auth_method not in self_signed_tls_client_auth.NAMES:
        return ()
    return await self_signed_tls_client_auth.load(certificate, client, keys, now)


def check_certificate(
    certificate: Certificate | None,
    client: Client,
    *,
    keys: tuple[PublicKey, ...],
    anchors: TrustAnchors | None,
    now: int,
) -> None:
    """Whether a client's certificate proves it. Raises InvalidClient."""
    if certificate is None:
        raise InvalidClient("the client certificate is missing")
    if client.token_endpoint_auth_method in tls_client_auth.NAMES:
        tls_client_auth.check(certificate, client, anchors, now)
    else:
        self_signed_tls_client_auth.check(certificate, keys)
