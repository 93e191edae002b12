"""What a session is called to a client: the claim `sid` (OpenID Connect Front-Channel Logout 1.0 §3).

Clients that know people by their own `sub` are all told the same, which their pages may share. Whoever knows them by
that of a sector (Core §8.1) is told one of that sector's own: two sectors that found the same `sid` would know that two
of their `sub` are one person.
"""

import hashlib

from idp.oidc.subjects import sector_of
from idp.records.client import Client
from idp.records.session import Session

_DOMAIN = "sid:"
_LENGTH = 32


def sid_for(session: Session, client: Client) -> str:
    """Made of the session's identifier, which never leaves us. Raises InvalidClientMetadata."""
    sector = sector_of(client)
    if not sector:
        return session.sid
    return hashlib.sha256(f"{_DOMAIN}{session.session_id} {sector}".encode()).hexdigest()[:_LENGTH]
