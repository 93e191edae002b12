"""Watching an account: while it is, every sign-in owes more than the password, in known browsers too.

Support does it for somebody who fears for their account; the owner's own report (`reporting.py`) is the same flag. A
new password ends it.
"""

from idp.events.audit import Audit
from idp.records.account import SubjectId
from idp.records.event import Event, EventType, Occasion
from idp.records.ports import Entropy
from idp.store.database import Database
from idp.store.factors import REPORT_STOLEN, STANDING

_USER_HANDLE_BYTES = 32


async def watch_account(
    db: Database,
    audit: Audit,
    entropy: Entropy,
    occasion: Occasion,
    subject_id: SubjectId,
    *,
    is_watched: bool,
    reason: str = "",
) -> bool:
    """Begin or end it. False if nothing changes."""
    standing = await db.one(STANDING, of_subject=subject_id)
    if standing is None or (standing.stolen_at is not None) == is_watched:
        return False
    kind = EventType.ACCOUNT_WATCHED if is_watched else EventType.ACCOUNT_UNWATCHED
    event = Event(type=kind, actor=occasion.actor, subject_id=subject_id, reason=reason)
    return await db.apply(
        [
            REPORT_STOLEN.effect(
                subject_id=subject_id,
                user_handle=entropy.token_bytes(_USER_HANDLE_BYTES),
                stolen_at=occasion.now if is_watched else None,
            ),
            audit.effect(event, occasion.circumstances, now=occasion.now),
        ]
    )
