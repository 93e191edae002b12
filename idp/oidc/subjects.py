"""Subject identifiers: who somebody is to a client. OpenID Connect Core §8.

A public client knows a person by their own `sub`; a pairwise one by a random `sub` that its sector alone has, made when
it is first needed and stored, so that nobody can compute one from another. A family keeps the one that it was issued
with, which its tokens, userinfo, introspection and logout tokens repeat.
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Collection
from urllib.parse import urlsplit

from idp.clients.places_asked import sector_hosts
from idp.records.account import Person
from idp.records.client import Client
from idp.records.ports import Entropy
from idp.spec.errors import InvalidClientMetadata
from idp.store.database import Database
from idp.store.pairwise import INSERT_PAIRWISE, PAIRWISE_SUB, PUBLIC_SUB

_SUB_BYTES = 20
_ANYBODYS = frozenset({"localhost", "127.0.0.1", "::1"})
_SUB = re.compile(r"[A-Za-z0-9_-]{1,64}")
# No `sub` has a space in it.
_NOBODY = "no body"


def sector_of(client: Client) -> str:
    """The host whose clients know people by the same `sub` (§8.1), or empty for a client that knows everybody's own.

    Addresses that anybody has, such as localhost, or that have no host make no sector: such a client is one by itself.
    Raises InvalidClientMetadata where several hosts need a sector_identifier_uri to be one.
    """
    if client.subject_type != "pairwise":
        return ""
    if client.sector_identifier_uri:
        return urlsplit(client.sector_identifier_uri).hostname or ""
    owned = {host for host in sector_hosts(client) if host and host not in _ANYBODYS}
    if len(owned) > 1:
        raise InvalidClientMetadata("redirect_uris of several hosts need a sector_identifier_uri")
    return owned.pop() if owned else f"client:{client.client_id}"


async def sub_for(database: Database, entropy: Entropy, person: Person, client: Client, now: int) -> str:
    """What the client knows the person by; made if it is the first time. Raises InvalidClientMetadata."""
    sector = sector_of(client)
    if not sector:
        return person.sub
    of = {"of_subject": person.subject_id, "of_sector": sector}
    if known := await database.one(PAIRWISE_SUB, **of):
        return known
    sub = urlsafe_b64encode(entropy.token_bytes(_SUB_BYTES)).rstrip(b"=").decode()
    insert = INSERT_PAIRWISE.effect(subject_id=person.subject_id, sector=sector, sub=sub, created_at=now)
    await database.apply([insert])
    # Somebody else may have been quicker: theirs counts then.
    kept = await database.one(PAIRWISE_SUB, **of)
    assert kept is not None
    return kept


async def subjects_of_hint(database: Database, client: Client, subs: Collection[str]) -> frozenset[str]:
    """People's own `sub`, by what a client calls them in id_token_hint or `claims`. A pairwise client that names
    somebody in another way means nobody, or it could find out whose a `sub` of another sector is.
    """
    sector = sector_of(client)
    if not sector:
        return frozenset(subs)
    return frozenset([await _own_sub(database, sector, sub) for sub in subs])


async def _own_sub(database: Database, sector: str, sub: str) -> str:
    if not _SUB.fullmatch(sub):  # Also what no database would take: strangers write `claims`.
        return _NOBODY
    return await database.one(PUBLIC_SUB, of_sub=sub, of_sector=sector) or _NOBODY
