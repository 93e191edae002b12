"""Statements of sessions, devices and consents."""

import json
from typing import Any

from sqlalchemy import BigInteger, bindparam, case, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.records.session import Consent, Session, SignedIn
from idp.store.people import PEOPLE, PERSON_COLUMNS, person_of
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.account import subject
from idp.store.tables.login import consent, session

_SESSION_COLUMNS = tuple(column for column in session.columns if column.name not in ("digest", "told_at"))


def _session_of(row: dict[str, Any]) -> Session:
    row["amr"] = tuple(json.loads(row["amr"]))
    row["is_shared"] = bool(row["is_shared"])
    return Session(**row)


def _signed_in_of(**row: Any) -> SignedIn:
    person = person_of(row)
    return SignedIn(session=_session_of(row), person=person)


_SIGNED_IN = select(*_SESSION_COLUMNS, *PERSON_COLUMNS).select_from(
    session.join(PEOPLE, session.c.subject_id == subject.c.subject_id)
)

SIGNED_IN: Query[SignedIn] = Query(
    _SIGNED_IN.where(session.c.digest == bindparam("of_digest")), into=_signed_in_of
)

SESSION_BY_SID: Query[SignedIn] = Query(
    _SIGNED_IN.where(session.c.sid == bindparam("of_sid")), into=_signed_in_of
)

SESSIONS_OF_SUBJECT: Query[Session] = Query(
    select(*_SESSION_COLUMNS)
    .where(session.c.subject_id == bindparam("of_subject"), session.c.ended_at.is_(None))
    .order_by(session.c.seen_at.desc()),
    into=lambda **row: _session_of(row),
)

INSERT_SESSION = insert_into(session)

TOUCH_SESSION = Write(
    update(session)
    .where(session.c.session_id == bindparam("of_session"), session.c.ended_at.is_(None))
    .values(seen_at=bindparam("now", type_=BigInteger))
)

# The same by its tokens: whoever works in an application uses the session, though they never come to us.
USE_SESSION = Write(
    update(session)
    .where(
        session.c.session_id == bindparam("of_session"),
        session.c.ended_at.is_(None),
        session.c.seen_at <= bindparam("now", type_=BigInteger) - 60,
    )
    .values(seen_at=bindparam("now", type_=BigInteger))
)

# Beside an issue, so that nothing is issued from a session that ended since it was loaded.
KEEP_SESSION = Write(
    update(session)
    .where(session.c.session_id == bindparam("of_session"), session.c.ended_at.is_(None))
    .values(ended_at=None)
)

# The same person signs in again: the cookie changes, and `sid` and the session's families live on.
RENEW_SESSION = Write(
    update(session)
    .where(
        session.c.session_id == bindparam("of_session"),
        session.c.subject_id == bindparam("of_subject"),
        session.c.ended_at.is_(None),
    )
    .values(
        digest=bindparam("new_digest"),
        authenticated_at=bindparam("proven_at", type_=BigInteger),
        acr=bindparam("reached"),
        amr=bindparam("methods"),
        seen_at=bindparam("now", type_=BigInteger),
        idle_seconds=bindparam("idle", type_=BigInteger),
        expires_at=bindparam("until", type_=BigInteger),
        is_shared=bindparam("shared", type_=BigInteger),
        user_agent=bindparam("browser"),
        country=bindparam("in_country"),
        place=bindparam("at_place"),
        device_id=bindparam("in_device"),
        factor_at=bindparam("factor_proven_at", type_=BigInteger),
    )
)

# A factor that the session lacked: what it reached rises; when the person signed in stays, as does how long it lives.
RAISE_SESSION = Write(
    update(session)
    .where(
        session.c.session_id == bindparam("of_session"),
        session.c.subject_id == bindparam("of_subject"),
        session.c.ended_at.is_(None),
    )
    .values(
        digest=bindparam("new_digest"),
        acr=bindparam("reached"),
        amr=bindparam("methods"),
        seen_at=bindparam("now", type_=BigInteger),
        factor_at=bindparam("now", type_=BigInteger),
    )
)
"""With `expects=1`."""

# A device that was set up in the session was proven in it.
PROVE_FACTOR = Write(
    update(session)
    .where(
        session.c.session_id == bindparam("of_session"),
        session.c.subject_id == bindparam("of_subject"),
        session.c.ended_at.is_(None),
    )
    .values(factor_at=bindparam("now", type_=BigInteger))
)
"""With `expects=1`."""

CONSENT: Query[Consent] = Query(
    select(consent.c.client_id, consent.c.scope, consent.c.created_at, consent.c.updated_at).where(
        consent.c.subject_id == bindparam("of_subject"),
        consent.c.client_id == bindparam("of_client"),
        consent.c.revoked_at.is_(None),
    ),
    into=lambda **row: _consent_of(row),
)

CONSENTS_OF_SUBJECT: Query[Consent] = Query(
    select(consent.c.client_id, consent.c.scope, consent.c.created_at, consent.c.updated_at)
    .where(consent.c.subject_id == bindparam("of_subject"), consent.c.revoked_at.is_(None))
    .order_by(consent.c.updated_at.desc()),
    into=lambda **row: _consent_of(row),
)

RECORD_CONSENT = Write(
    insert(consent)
    .values(
        subject_id=bindparam("subject_id"),
        client_id=bindparam("client_id"),
        scope=bindparam("scope"),
        created_at=bindparam("now", type_=BigInteger),
        updated_at=bindparam("now", type_=BigInteger),
        revoked_at=None,
    )
    .on_conflict_do_update(
        index_elements=[consent.c.subject_id, consent.c.client_id],
        set_={
            "scope": bindparam("scope"),
            "created_at": case(
                (consent.c.revoked_at.is_(None), consent.c.created_at),
                else_=bindparam("now", type_=BigInteger),
            ),
            "updated_at": bindparam("now", type_=BigInteger),
            "revoked_at": None,
        },
    )
)


def _consent_of(row: dict[str, Any]) -> Consent:
    return Consent(
        client_id=row["client_id"],
        scopes=frozenset(row["scope"].split()),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
