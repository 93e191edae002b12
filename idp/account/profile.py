"""Changing what customers say of themselves. What two browsers change at once is not lost unseen."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from idp.events.audit import Audit
from idp.records.account import Person, StoredProfile
from idp.records.event import Event, EventType, Occasion
from idp.store.database import Database
from idp.store.profiles import CHANGE_PROFILE, PROFILE

_VERSION_LENGTH = 16


async def stored_profile(db: Database, person: Person) -> StoredProfile:
    """As it is now."""
    found = await db.one(PROFILE, of_account=person.account_id)
    assert found is not None
    return found


def version_of(stored: StoredProfile) -> str:
    """What a form carries, so that it replaces only what its page showed."""
    state = json.dumps([stored.profile, stored.language, stored.kind, stored.country])
    return hashlib.sha256(state.encode()).hexdigest()[:_VERSION_LENGTH]


async def change_profile(
    db: Database,
    audit: Audit,
    occasion: Occasion,
    person: Person,
    former: StoredProfile,
    *,
    claims: Mapping[str, Any],
    language: str,
    kind: str,
    country: str,
) -> bool:
    """Store it all. False, with nothing changed, if it is not `former` any more. The trail names the claims alone."""
    before = json.loads(former.profile)
    changed = sorted(name for name in {*before, *claims} if before.get(name) != claims.get(name))
    changed += [
        name
        for name, old, new in (
            ("language", former.language, language),
            ("kind", former.kind, kind),
            ("account_country", former.country, country),
        )
        if old != new
    ]
    if not changed:
        return True
    event = Event(
        type=EventType.PROFILE_CHANGED,
        actor=occasion.actor,
        subject_id=person.subject_id,
        details={"changed": changed},
    )
    effects = [
        CHANGE_PROFILE.effect(
            expects=1,
            of_account=person.account_id,
            former_profile=former.profile,
            former_language=former.language,
            former_kind=former.kind,
            former_country=former.country,
            new_profile=json.dumps(claims),
            new_language=language,
            new_kind=kind,
            new_country=country,
            now=occasion.now,
        ),
        audit.effect(event, occasion.circumstances, now=occasion.now),
    ]
    return await db.apply(effects)
