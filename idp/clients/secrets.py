"""The secrets of clients, as they are made and stored: RFC 6749 §2.3.1, OpenID Connect Core §9.

A digest is all that we keep, but of clients that sign with their secret (client_secret_jwt): theirs is sealed besides,
bound to its row.
"""

import hashlib
from base64 import urlsafe_b64encode

from idp.records.client import Client
from idp.records.ports import Entropy
from idp.signing.sealing import RootKeys, Sealed
from idp.store.clients import INSERT_SECRET
from idp.store.seals import CLIENT_SECRETS
from idp.store.statement import Effect

# RFC 6749 §10.10 asks for 128 bits; the fast digest at rest wants no less than it has itself.
_SECRET_BYTES = 32
# In base64 these are the 64 characters that HS512 needs at least (RFC 7518 §3.2).
_SIGNING_BYTES = 48


def random_secret(entropy: Entropy, client: Client) -> str:
    count = _SIGNING_BYTES if client.signs_with_secret else _SECRET_BYTES
    return urlsafe_b64encode(entropy.token_bytes(count)).rstrip(b"=").decode()


def insert_secret(
    entropy: Entropy, root_keys: RootKeys | None, client: Client, secret: str, now: int
) -> Effect:
    """The row that makes it work. `root_keys` may be None for clients that don't sign with it."""
    secret_id = entropy.uuid7(now)
    sealed = _sealed(root_keys, secret_id, secret) if client.signs_with_secret else None
    return INSERT_SECRET.effect(
        secret_id=secret_id,
        client_id=client.client_id,
        digest=hashlib.sha256(secret.encode()).digest(),
        sealed=sealed.sealed if sealed else None,
        root_key_id=sealed.root_key_id if sealed else None,
        created_at=now,
    )


def read_secrets(root_keys: RootKeys, client: Client, now: int) -> tuple[bytes, ...]:
    """The living secrets that a client signs with. Raises `UnknownRootKey`, `SealBroken`."""
    return tuple(
        root_keys.open(
            secret.sealed, root_key_id=secret.root_key_id, binding=CLIENT_SECRETS.binding(secret.secret_id)
        )
        for secret in client.secrets
        if secret.sealed is not None and secret.root_key_id is not None and secret.is_alive(now)
    )


def _sealed(root_keys: RootKeys | None, secret_id: str, secret: str) -> Sealed:
    if root_keys is None:
        raise TypeError("what a client signs with is sealed, which needs root keys")
    return root_keys.seal(secret.encode(), binding=CLIENT_SECRETS.binding(secret_id))
