"""Statements of interactions. Every change asks that the interaction is still open and still at its step."""

import json
from typing import Any

from sqlalchemy import BigInteger, bindparam, select, update

from idp.records.interaction import Interaction, InteractionKind
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
    row["is_shared"] = bool(row["is_shared"])
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
        session_id=None,
        selected_by=None,
        consented_by=None,
    )
)

BECOME_SESSION = Write(
    update(interaction)
    .where(*_OPEN, interaction.c.session_id.is_(None), interaction.c.subject_id == bindparam("by"))
    .values(session_id=bindparam("session"))
)

SELECT_ACCOUNT = Write(update(interaction).where(*_OPEN).values(selected_by=bindparam("session")))

GIVE_CONSENT = Write(update(interaction).where(*_OPEN).values(consented_by=bindparam("session")))

COMPLETE = Write(update(interaction).where(*_OPEN).values(completed_at=_NOW))
