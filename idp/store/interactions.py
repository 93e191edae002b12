"""Statements of interactions. Every change asks that the interaction is still open and still at its step."""

import json
from typing import Any

from sqlalchemy import BigInteger, LargeBinary, bindparam, or_, select, update

from idp.records.interaction import BrowserStanding, Interaction, InteractionKind
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.login import interaction

_NOW = bindparam("now", type_=BigInteger)
_OPEN = (
    interaction.c.interaction_id == bindparam("of_interaction"),
    interaction.c.completed_at.is_(None),
    interaction.c.expires_at > _NOW,
)


def _interaction_of(**row: Any) -> Interaction:
    row["kind"] = InteractionKind(row["kind"])
    row["parameters"] = json.loads(row["parameters"])
    row["proofs"] = tuple((factor, at) for factor, at in json.loads(row["proofs"]))
    row["browser_standing"] = BrowserStanding(row["browser_standing"])
    for flag in (
        "is_shared",
        "is_remembering",
        "address_skipped",
        "backup_skipped",
        "recommendation_skipped",
    ):
        row[flag] = bool(row[flag])
    return Interaction(**row)


INTERACTION: Query[Interaction] = Query(
    select(interaction).where(interaction.c.interaction_id == bindparam("of_interaction")),
    into=_interaction_of,
)

INSERT_INTERACTION = insert_into(interaction)

# A new first proof starts over: what somebody else proved, chose or allowed here before counts no more.
PROVE_IDENTITY = Write(
    update(interaction)
    .where(*_OPEN)
    .values(
        subject_id=bindparam("subject"),
        authenticated_at=_NOW,
        proofs=bindparam("proven"),
        proven_password_at=bindparam("password_at", type_=BigInteger),
        proof_digest=bindparam("by_cookie"),
        is_shared=bindparam("shared", type_=BigInteger),
        decision_id=bindparam("decision"),
        risk_outcome=bindparam("outcome"),
        browser_standing=bindparam("browser"),
        session_id=None,
        selected_by=None,
        consented_by=None,
        raised_session_id=None,
        chosen_way="",
        is_remembering=0,
        address_skipped=0,
        backup_skipped=0,
        recommendation_skipped=0,
    )
)

# The proofs that were there are compared: of two that come at once, neither is lost, and none is added to what somebody
# else began meanwhile.
ADD_PROOF = Write(
    update(interaction)
    .where(
        *_OPEN,
        interaction.c.session_id.is_(None),
        interaction.c.subject_id == bindparam("by"),
        interaction.c.authenticated_at.is_not(None),
        interaction.c.proofs == bindparam("former"),
    )
    .values(proofs=bindparam("proven"), proof_digest=bindparam("by_cookie"))
)
"""With `expects=1`: a proof beside the first one, for the same person."""

RAISE_PROOF = Write(
    update(interaction)
    .where(*_OPEN, or_(interaction.c.authenticated_at.is_(None), interaction.c.session_id.is_not(None)))
    .values(
        raised_session_id=bindparam("session"),
        proofs=bindparam("proven"),
        proof_digest=bindparam("by_cookie", type_=LargeBinary),
    )
)
"""With `expects=1`: a factor that a living session lacked, proven by whoever holds that session."""

SPEND_RAISE = Write(
    update(interaction)
    .where(
        *_OPEN,
        interaction.c.raised_session_id == bindparam("session"),
        interaction.c.proofs == bindparam("former"),
    )
    .values(proofs="[]")
)
"""With `expects=1`: the proof became part of the session."""

CHOOSE_WAY = Write(update(interaction).where(*_OPEN).values(chosen_way=bindparam("way")))

REMEMBER_HERE = Write(update(interaction).where(*_OPEN).values(is_remembering=1))

SKIP_ADDRESS = Write(update(interaction).where(*_OPEN).values(address_skipped=1))

SKIP_BACKUP = Write(update(interaction).where(*_OPEN).values(backup_skipped=1))

SKIP_RECOMMENDATION = Write(update(interaction).where(*_OPEN).values(recommendation_skipped=1))

BECOME_SESSION = Write(
    update(interaction)
    .where(
        *_OPEN,
        interaction.c.session_id.is_(None),
        interaction.c.subject_id == bindparam("by"),
        interaction.c.proofs == bindparam("proven"),
    )
    .values(session_id=bindparam("session"))
)

SELECT_ACCOUNT = Write(update(interaction).where(*_OPEN).values(selected_by=bindparam("session")))

GIVE_CONSENT = Write(update(interaction).where(*_OPEN).values(consented_by=bindparam("session")))

COMPLETE = Write(update(interaction).where(*_OPEN).values(completed_at=_NOW))
