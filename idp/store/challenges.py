"""Statements of challenges: codes that were sent, and what keys sign. Each is met once.

A guess is spent before anything is compared, and committed: 100 guesses at once compare no more than the tries there
are.
"""

from typing import Any

from sqlalchemy import BigInteger, LargeBinary, bindparam, select, update

from idp.records.factor import Challenge
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.login import challenge

_NOW = bindparam("now", type_=BigInteger)
_OPEN = (
    challenge.c.challenge_id == bindparam("of_challenge"),
    challenge.c.redeemed_at.is_(None),
    challenge.c.ended_at.is_(None),
    challenge.c.expires_at > _NOW,
)


def _challenge_of(**row: Any) -> Challenge:
    return Challenge(**row)


CHALLENGE: Query[Challenge] = Query(
    select(challenge).where(challenge.c.challenge_id == bindparam("of_challenge")), into=_challenge_of
)
NEWEST_OF_INTERACTION: Query[Challenge] = Query(
    select(challenge)
    .where(
        challenge.c.interaction_id == bindparam("of_interaction"), challenge.c.kind == bindparam("of_kind")
    )
    .order_by(challenge.c.challenge_id.desc())
    .limit(1),
    into=_challenge_of,
)
NEWEST_OF_SESSION: Query[Challenge] = Query(
    select(challenge)
    .where(challenge.c.session_id == bindparam("of_session"), challenge.c.kind == bindparam("of_kind"))
    .order_by(challenge.c.challenge_id.desc())
    .limit(1),
    into=_challenge_of,
)

CHALLENGE_BY_DIGEST: Query[Challenge] = Query(
    select(challenge).where(
        challenge.c.interaction_id == bindparam("of_interaction"),
        challenge.c.kind == bindparam("of_kind"),
        challenge.c.digest == bindparam("of_digest", type_=LargeBinary),
    ),
    into=_challenge_of,
)
"""What a key signed names its challenge."""

INSERT_CHALLENGE = insert_into(challenge)

BEGIN_CHALLENGE = insert_into(challenge, or_nothing=True)
"""With `expects=1`, and an identifier that is counted: of several requests that begin the same one, one does."""

SEND_AGAIN = Write(
    update(challenge)
    .where(
        *_OPEN,
        challenge.c.tries_left > 0,
        challenge.c.sent_at <= bindparam("sent_before", type_=BigInteger),
        challenge.c.sends < bindparam("most_sends", type_=BigInteger),
    )
    .values(
        former_digest=challenge.c.digest,
        former_until=challenge.c.expires_at,
        digest=bindparam("new_digest", type_=LargeBinary),
        key_id=bindparam("new_key"),
        message_id=bindparam("new_message"),
        sends=challenge.c.sends + 1,
        sent_at=_NOW,
        expires_at=bindparam("until", type_=BigInteger),
    ),
    defaults={"new_message": None},
)
"""With `expects=1`: another code, not too soon and not too often. The one before stays valid for the rest of its own
time; tries are shared."""

SPEND_GUESS = Write(
    update(challenge).where(*_OPEN, challenge.c.tries_left > 0).values(tries_left=challenge.c.tries_left - 1)
)
"""With `expects=1`, alone in its transaction: a guess may be compared."""

REDEEM_CHALLENGE = Write(update(challenge).where(*_OPEN).values(redeemed_at=_NOW))
"""With `expects=1`: met once."""

END_CHALLENGE = Write(
    update(challenge)
    .where(challenge.c.challenge_id == bindparam("of_challenge"), challenge.c.ended_at.is_(None))
    .values(ended_at=_NOW)
)
"""The owner says that it is not theirs."""
