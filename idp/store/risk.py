"""Statements of the risk decision: habits, counts, decisions, and recent failures."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.records.risk import Decision, Outcome
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.risk import risk_count, risk_decision, risk_profile, velocity

VALUES_EACH = 17
"""How many values of a feature one query can ask for: those that habits hold, and the one that is seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredProfile:
    subject_id: str
    sign_ins: int
    habits: str
    updated_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCount:
    feature: str
    value: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredWindow:
    key: str
    failures: int
    unknown: int
    successes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeDecision:
    interaction_id: str
    at: int
    enforced: str


PROFILE: Query[StoredProfile] = Query(
    select(risk_profile).where(risk_profile.c.subject_id == bindparam("of_subject")),
    into=StoredProfile,
)

INSERT_PROFILE = insert_into(risk_profile, or_nothing=True)
"""With `expects=1`: somebody else's first sign-in was quicker."""

UPDATE_PROFILE = Write(
    update(risk_profile)
    .where(
        risk_profile.c.subject_id == bindparam("of_subject"),
        risk_profile.c.sign_ins == bindparam("former_sign_ins", type_=BigInteger),
        risk_profile.c.habits == bindparam("former_habits"),
    )
    .values(
        habits=bindparam("learnt"),
        sign_ins=risk_profile.c.sign_ins + 1,
        updated_at=bindparam("now", type_=BigInteger),
    )
)
"""With `expects=1`: of two sign-ins that learn at once, one learns again from what the other left."""


COUNTED = ("country", "asn", "agent", "system")

COUNTS: Query[StoredCount] = Query(
    select(risk_count.c.feature, risk_count.c.value, risk_count.c.count).where(
        or_(
            (risk_count.c.feature == "all") & (risk_count.c.value == ""),
            *(
                (risk_count.c.feature == feature)
                & risk_count.c.value.in_([bindparam(f"{feature}_{n}") for n in range(VALUES_EACH)])
                for feature in COUNTED
            ),
        )
    ),
    into=StoredCount,
)
"""The counts of up to `VALUES_EACH` values of each feature: bind parameters `country_0` …, and of everybody."""

COUNT_ONE = Write(
    insert(risk_count)
    .values(feature=bindparam("feature"), value=bindparam("value"), count=1)
    .on_conflict_do_update(
        index_elements=[risk_count.c.feature, risk_count.c.value], set_={"count": risk_count.c.count + 1}
    )
)

VELOCITY_KEYS = 11
VELOCITY: Query[StoredWindow] = Query(
    select(velocity.c.key, velocity.c.failures, velocity.c.unknown, velocity.c.successes).where(
        velocity.c.key.in_([bindparam(f"key_{n}") for n in range(VELOCITY_KEYS)])
    ),
    into=StoredWindow,
)

COUNT_ATTEMPT = Write(
    insert(velocity)
    .values(
        key=bindparam("key"),
        window_at=bindparam("window_at", type_=BigInteger),
        failures=bindparam("failed", type_=BigInteger),
        unknown=bindparam("nameless", type_=BigInteger),
        successes=bindparam("succeeded", type_=BigInteger),
    )
    .on_conflict_do_update(
        index_elements=[velocity.c.key],
        set_={
            "failures": velocity.c.failures + bindparam("failed", type_=BigInteger),
            "unknown": velocity.c.unknown + bindparam("nameless", type_=BigInteger),
            "successes": velocity.c.successes + bindparam("succeeded", type_=BigInteger),
        },
    )
)


def decision_of(**row: Any) -> Decision:
    row["outcome"], row["enforced"] = Outcome(row["outcome"]), Outcome(row["enforced"])
    row["reasons"] = tuple(row["reasons"].split())
    row["terms"], row["features"] = json.loads(row["terms"]), json.loads(row["features"])
    return Decision(**row)


INSERT_DECISION = insert_into(risk_decision)

DECISION: Query[Decision] = Query(
    select(risk_decision).where(risk_decision.c.decision_id == bindparam("of_decision")), into=decision_of
)

RECENT_DECISIONS: Query[MadeDecision] = Query(
    select(risk_decision.c.interaction_id, risk_decision.c.at, risk_decision.c.enforced)
    .where(risk_decision.c.subject_id == bindparam("of_subject"))
    .order_by(risk_decision.c.decision_id.desc())
    .limit(bindparam("most", type_=BigInteger)),
    into=MadeDecision,
)

COMPLETE_DECISION = Write(
    update(risk_decision)
    .where(risk_decision.c.decision_id == bindparam("of_decision"), risk_decision.c.completed_at.is_(None))
    .values(completed_at=bindparam("now", type_=BigInteger))
)
"""With `expects=1`: a sign-in is learnt from once."""

DECISIONS_AFTER: Query[Decision] = Query(
    select(risk_decision)
    .where(risk_decision.c.decision_id > bindparam("after"))
    .order_by(risk_decision.c.decision_id)
    .limit(bindparam("most", type_=BigInteger)),
    into=decision_of,
)
"""A page of all decisions, the oldest first; `after` is the last of the page before, empty for the first."""

DECISIONS_OF_SUBJECT: Query[Decision] = Query(
    select(risk_decision)
    .where(risk_decision.c.subject_id == bindparam("of_subject"))
    .order_by(risk_decision.c.decision_id.desc())
    .limit(bindparam("most", type_=BigInteger)),
    into=decision_of,
)
"""Somebody's decisions, the newest first."""
