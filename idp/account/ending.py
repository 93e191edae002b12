"""Ending sessions, and what was issued in them; withdrawing an application.

A session's own families end with it. Offline ones live until they are revoked, the password changes or the account
is disabled. Every ending is an update or two on an index, however many rows it meets, and holds at once everywhere.
"""

from typing import Any

from idp.events.audit import Audit
from idp.records.account import SubjectId
from idp.records.event import Event, EventType, Occasion
from idp.store.database import Database
from idp.store.endings import (
    END_OTHER_SESSIONS,
    END_SESSION,
    END_SESSIONS,
    END_SUBJECTS_SESSION,
    REVOKE_CONSENT,
    REVOKE_FAMILIES_OF_APPLICATION,
    REVOKE_FAMILIES_OF_OTHER_SESSIONS,
    REVOKE_FAMILIES_OF_SESSION,
    REVOKE_FAMILIES_OF_SESSIONS,
    REVOKE_FAMILIES_OF_SUBJECT,
)
from idp.store.statement import Effect


def sign_out_effects(
    audit: Audit, occasion: Occasion, *, session_id: str, subject_id: SubjectId, reason: str = "sign_out"
) -> list[Effect]:
    """End a session whose cookie was shown, with its families. A second time changes nothing but the audit trail."""
    return [
        END_SESSION.effect(of_session=session_id, now=occasion.now),
        REVOKE_FAMILIES_OF_SESSION.effect(of_session=session_id, now=occasion.now, reason=reason),
        _event(audit, occasion, EventType.SESSION_ENDED, subject_id, session_id=session_id, reason=reason),
    ]


async def end_session(
    db: Database, audit: Audit, occasion: Occasion, *, subject_id: SubjectId, session_id: str
) -> bool:
    """End one of a subject's sessions, from a list. False if it is not theirs, or has ended."""
    return await db.apply(
        [
            END_SUBJECTS_SESSION.effect(
                of_session=session_id, of_subject=subject_id, now=occasion.now, expects=1
            ),
            REVOKE_FAMILIES_OF_SESSION.effect(
                of_session=session_id, now=occasion.now, reason="session_ended"
            ),
            _event(
                audit, occasion, EventType.SESSION_ENDED, subject_id, session_id=session_id, reason="by_owner"
            ),
        ]
    )


async def end_other_sessions(
    db: Database, audit: Audit, occasion: Occasion, *, subject_id: SubjectId, kept_session_id: str
) -> None:
    """End every session but one."""
    kept: dict[str, Any] = {"of_subject": subject_id, "kept_session": kept_session_id, "now": occasion.now}
    await db.apply(
        [
            END_OTHER_SESSIONS.effect(**kept),
            REVOKE_FAMILIES_OF_OTHER_SESSIONS.effect(reason="session_ended", **kept),
            _event(audit, occasion, EventType.SESSIONS_ENDED, subject_id, reason="others_by_owner"),
        ]
    )


async def end_all_sessions(db: Database, audit: Audit, occasion: Occasion, *, subject_id: SubjectId) -> None:
    """End every session."""
    await db.apply(
        [
            END_SESSIONS.effect(of_subject=subject_id, now=occasion.now),
            REVOKE_FAMILIES_OF_SESSIONS.effect(
                of_subject=subject_id, now=occasion.now, reason="session_ended"
            ),
            _event(audit, occasion, EventType.SESSIONS_ENDED, subject_id, reason="all_by_owner"),
        ]
    )


async def revoke_application(
    db: Database, audit: Audit, occasion: Occasion, *, subject_id: SubjectId, client_id: str
) -> None:
    """Withdraw the consent that an application has, and everything that it was issued, offline or not."""
    which: dict[str, Any] = {"of_subject": subject_id, "of_client": client_id, "now": occasion.now}
    await db.apply(
        [
            REVOKE_CONSENT.effect(**which),
            REVOKE_FAMILIES_OF_APPLICATION.effect(reason="consent_revoked", **which),
            _event(audit, occasion, EventType.CONSENT_REVOKED, subject_id, client_id=client_id),
        ]
    )


def end_everything(subject_id: SubjectId, *, now: int, reason: str) -> list[Effect]:
    """Every session and everything issued, offline or not. Whoever uses it records why."""
    return [
        END_SESSIONS.effect(of_subject=subject_id, now=now),
        REVOKE_FAMILIES_OF_SUBJECT.effect(of_subject=subject_id, now=now, reason=reason),
    ]


def _event(
    audit: Audit,
    occasion: Occasion,
    kind: EventType,
    subject_id: SubjectId,
    *,
    session_id: str | None = None,
    client_id: str | None = None,
    reason: str = "",
) -> Effect:
    event = Event(
        type=kind,
        actor=occasion.actor,
        subject_id=subject_id,
        session_id=session_id,
        client_id=client_id,
        reason=reason,
    )
    return audit.effect(event, occasion.circumstances, now=occasion.now)
