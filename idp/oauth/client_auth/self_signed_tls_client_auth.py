"""self_signed_tls_client_auth: a client shows one of the certificates that it registered. RFC 8705 §2.2.

The certificates are in its keys (`x5c`), here or at its `jwks_uri`; nobody else has to vouch for them.
"""

from collections.abc import Iterable, Mapping

from cryptography.hazmat.primitives.hashes import SHA256

from idp.clients.keys import ClientKeys
from idp.oauth.client_auth.presented import Presented
from idp.records.client import Client
from idp.signing.public_keys import PublicKey
from idp.spec.errors import InvalidClient
from idp.web.certificate import Certificate

NAMES: tuple[str, ...] = ("self_signed_tls_client_auth",)


def read(authorization: str, form: Mapping[str, str]) -> Presented | None:
    """Never: `client_id` alone says it (RFC 8705 §2), which `none` reads."""
    return None


async def load(certificate: Certificate, client: Client, keys: ClientKeys, now: int) -> tuple[PublicKey, ...]:
    """The client's keys; fetched anew where none has this certificate, if that is allowed again."""
    known = await keys.find(client, now)
    return known if _is_among(certificate, known) else await keys.find(client, now, lacking="")


def check(certificate: Certificate, keys: Iterable[PublicKey]) -> None:
    """Raises InvalidClient, whose text is for the client's developer."""
    if not _is_among(certificate, keys):
        raise InvalidClient("the client certificate is none of those that the client registered (jwks, x5c)")


def _is_among(certificate: Certificate, keys: Iterable[PublicKey]) -> bool:
    fingerprint = certificate.parsed.fingerprint(SHA256())
    return any(key.certificate == fingerprint for key in keys)
