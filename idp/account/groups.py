"""Groups: names that the operator gives to sets of people, so that rules count for them (`factors.required_groups`).

A role is a group of its own accord, so no group has a role's name.
"""

import json
import re
from collections.abc import Collection

from idp.account.problem import BadGroup, ChangedMeanwhile
from idp.events.audit import Audit
from idp.records.account import Person, Role
from idp.records.event import Event, EventType, Occasion
from idp.store.accounts import GROUPS_OF_ACCOUNT, UPDATE_GROUPS
from idp.store.database import Database

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


async def change_groups(
    db: Database,
    audit: Audit,
    occasion: Occasion,
    person: Person,
    *,
    add: Collection[str] = (),
    remove: Collection[str] = (),
) -> tuple[str, ...]:
    """The groups afterwards, sorted; the role is not among them. Raises `BadGroup`, `ChangedMeanwhile`."""
    for name in add:
        if not _NAME.fullmatch(name) or name in set(Role):
            raise BadGroup(name)
    former = await db.one(GROUPS_OF_ACCOUNT, of_account=person.account_id)
    assert former is not None  # Whoever has a person has its account.
    groups = tuple(sorted({*json.loads(former), *add} - {*remove}))
    if groups == tuple(json.loads(former)):
        return groups
    event = Event(
        type=EventType.GROUPS_CHANGED,
        actor=occasion.actor,
        subject_id=person.subject_id,
        details={"groups": list(groups)},
    )
    changed = UPDATE_GROUPS.effect(
        expects=1,
        of_account=person.account_id,
        former=former,
        groups=json.dumps(groups),
        now=occasion.now,
    )
    if not await db.apply([changed, audit.effect(event, occasion.circumstances, now=occasion.now)]):
        raise ChangedMeanwhile
    return groups
