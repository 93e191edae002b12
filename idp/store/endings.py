"""Statements that end things at once: sessions, families, consents. Each is one update on an index.

A session's own families (`is_offline` 0) end with it; offline ones only where a statement says so. With a family ends
all that was exchanged from it (RFC 8693), and what was exchanged from that.
"""

from sqlalchemy import BigInteger, BindParameter, ColumnElement, Update, bindparam, select, update

from idp.store.statement import Write
from idp.store.tables.factor import security
from idp.store.tables.grant import family
from idp.store.tables.login import consent, device, session

_NOW = bindparam("now", type_=BigInteger)


def _end_sessions(*which: ColumnElement[bool]) -> Write:
    return Write(update(session).where(*which, session.c.ended_at.is_(None)).values(ended_at=_NOW))


def revocation(*which: ColumnElement[bool]) -> Update:
    """The end of some families, and of what was exchanged from them. Takes `now` and `reason`.

    An exchange of the same instant may be missed here; whoever asks about such a token looks at its whole lineage
    (`store/exchanges.py`), and finds that it ended.
    """
    ended = select(family.c.family_id).where(*which).cte("ended", recursive=True)
    exchanged = family.alias("exchanged")
    ended = ended.union(select(exchanged.c.family_id).where(exchanged.c.parent_id == ended.c.family_id))
    return (
        update(family)
        .where(family.c.family_id.in_(select(ended.c.family_id)), family.c.revoked_at.is_(None))
        .values(revoked_at=_NOW, revoked_reason=bindparam("reason"))
    )


_OF_SUBJECT: BindParameter[str] = bindparam("of_subject")
_OF_SESSION: BindParameter[str] = bindparam("of_session")
_KEPT: BindParameter[str] = bindparam("kept_session")

END_SESSION = _end_sessions(session.c.session_id == _OF_SESSION)
END_SUBJECTS_SESSION = _end_sessions(session.c.session_id == _OF_SESSION, session.c.subject_id == _OF_SUBJECT)
"""With `expects=1`: nobody ends another's session by its identifier."""

END_SESSIONS = _end_sessions(session.c.subject_id == _OF_SUBJECT)
END_OTHER_SESSIONS = _end_sessions(session.c.subject_id == _OF_SUBJECT, session.c.session_id != _KEPT)

REVOKE_FAMILIES_OF_SESSION = Write(revocation(family.c.session_id == _OF_SESSION, family.c.is_offline == 0))
REVOKE_WHOLE_SESSION = Write(revocation(family.c.session_id == _OF_SESSION))
"""Offline ones too: whoever held the session was not its owner."""

REVOKE_FAMILIES_OF_SESSIONS = Write(revocation(family.c.subject_id == _OF_SUBJECT, family.c.is_offline == 0))
REVOKE_FAMILIES_OF_OTHER_SESSIONS = Write(
    revocation(
        family.c.subject_id == _OF_SUBJECT,
        family.c.is_offline == 0,
        family.c.session_id.is_distinct_from(_KEPT),
    )
)
REVOKE_FAMILIES_OF_SUBJECT = Write(revocation(family.c.subject_id == _OF_SUBJECT))
"""Offline ones too."""

REVOKE_FAMILIES_OF_APPLICATION = Write(
    revocation(family.c.subject_id == _OF_SUBJECT, family.c.client_id == bindparam("of_client"))
)
"""Offline ones too."""

REVOKE_FAMILIES_OF_CLIENT = Write(revocation(family.c.client_id == bindparam("of_client")))
"""Of every subject, without an index of its own: deleting a client is rare, and a family's insertion is not."""

REVOKE_CONSENT = Write(
    update(consent)
    .where(
        consent.c.subject_id == _OF_SUBJECT,
        consent.c.client_id == bindparam("of_client"),
        consent.c.revoked_at.is_(None),
    )
    .values(revoked_at=_NOW, updated_at=_NOW)
)

FORGET_DEVICES = Write(
    update(device)
    .where(device.c.subject_id == _OF_SUBJECT, device.c.revoked_at.is_(None))
    .values(revoked_at=_NOW)
)

END_REPORT = Write(update(security).where(security.c.subject_id == _OF_SUBJECT).values(stolen_at=None))
"""A new password makes good what was stolen: sign-ins are judged as ever."""
