"""Whether all that an exchanged token rests on still stands: what it was exchanged from, and whoever acts in it.

RFC 8693 says nothing of what becomes of a token whose subject token was revoked, or whose actor was turned off. Here it
is worth nothing then, as soon as anybody asks.
"""

from collections.abc import Mapping
from typing import Any

from idp.clients.registry import Clients
from idp.records.account import AccountStatus
from idp.records.grant import Family, Standing
from idp.spec.actor import Actor, actor_of
from idp.store.accounts import PERSON_BY_SUB
from idp.store.database import Database
from idp.store.exchanges import LINEAGE
from idp.store.pairwise import PERSON_BY_PAIRWISE_SUB


async def stands(
    database: Database,
    clients: Clients,
    claims: Mapping[str, Any],
    family: Family | Standing | None,
    now: int,
) -> bool:
    """Whether it does. Of a token that was not exchanged, nothing has to be asked."""
    if family is not None and family.parent_id is not None:
        line = await database.all(LINEAGE, of_family=family.family_id)
        if all(ancestor.parent_id is not None for ancestor in line):
            return False  # Where it began is gone.
        if not all(ancestor.stands for ancestor in line):
            return False
        for client_id in {ancestor.client_id for ancestor in line}:
            if await clients.find(client_id, now) is None:
                return False
    if (
        family is not None
        and family.subject_id is None
        and await clients.find(str(claims["sub"]), now) is None
    ):
        return False  # A service that somebody else acts for is off.
    actor = actor_of(claims)
    return all([await _is_active(database, clients, one, now) for one in (actor.chain() if actor else ())])


async def _is_active(database: Database, clients: Clients, actor: Actor, now: int) -> bool:
    if actor.iss:
        return True  # Somebody of a trusted issuer's, who lent their token for as long as it lives.
    if actor.client_id:
        return await clients.find(actor.client_id, now) is not None
    person = await database.one(PERSON_BY_SUB, sub=actor.sub) or await database.one(
        PERSON_BY_PAIRWISE_SUB, of_sub=actor.sub
    )
    return person is not None and person.status is AccountStatus.ACTIVE
