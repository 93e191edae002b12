"""Statements of the word that goes to applications when a session ends.

A session that has ended and whose applications were not told is itself what waits: whoever ends it, for whatever
reason, writes that in the same transaction, and can't forget to.
"""

from sqlalchemy import BigInteger, bindparam, func, select, update

from idp.records.session import EndedSession, SessionClient
from idp.store.statement import Query, Write
from idp.store.tables.account import subject
from idp.store.tables.grant import family
from idp.store.tables.login import session

BATCH = 20

ENDED_SESSIONS: Query[EndedSession] = Query(
    select(session.c.session_id)
    .where(
        session.c.ended_at.is_not(None),
        session.c.told_at.is_(None),
        session.c.ended_at >= bindparam("since", type_=BigInteger),
    )
    .order_by(session.c.ended_at)
    .limit(BATCH),
    into=EndedSession,
)

TELL_OF_SESSION = Write(
    update(session)
    .where(session.c.session_id == bindparam("of_session"), session.c.told_at.is_(None))
    .values(told_at=bindparam("now", type_=BigInteger))
)
"""With `expects=1`: another node may have done it meanwhile."""

CLIENTS_OF_SESSION: Query[SessionClient] = Query(
    select(
        family.c.client_id,
        func.max(func.coalesce(func.nullif(family.c.sub, ""), subject.c.sub)).label("sub"),
        family.c.sid,
    )
    .select_from(family.join(subject, family.c.subject_id == subject.c.subject_id))
    .where(family.c.session_id == bindparam("of_session"), family.c.parent_id.is_(None))
    .group_by(family.c.client_id, family.c.sid)
    .order_by(func.min(family.c.created_at), family.c.client_id),
    into=SessionClient,
)
"""Every application that was issued anything in a session, the first one first, whether or not it can use that still:
a session of its own may have begun with it. With what was exchanged none has.
"""
