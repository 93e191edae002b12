"""Statements of delegations.

Whoever acts under one holds its row (`USE_DELEGATION`, beside the new family), and whoever ends it takes the row first
and the families after it: so an exchange and an end at the same moment leave no token that lives on.
"""

import json
from typing import Any

from sqlalchemy import (
    BigInteger,
    Text,
    bindparam,
    func,
    literal,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from idp.records.account import AccountStatus, Role
from idp.records.delegation import (
    CustomersDelegation,
    Delegation,
    EndedBy,
    OfferedDelegation,
)
from idp.store.endings import revocation
from idp.store.people import IS_OWNER, PEOPLE, PERSON_COLUMNS, person_of
from idp.store.statement import Query, Write
from idp.store.tables.account import account, subject
from idp.store.tables.delegation import delegation
from idp.store.tables.grant import family

_NOW = bindparam("now", type_=BigInteger)
_OF_SUBJECT = bindparam("of_subject", type_=Text)
_OF_DELEGATE = bindparam("of_delegate", type_=Text)
_OF_DELEGATION = bindparam("of_delegation", type_=Text)
# Not by `ended_at`: on PostgreSQL the unique index of the living ones would be read for it, from end to end.
_IS_STANDING = delegation.c.ended_by == literal_column("''")
_IS_LIVING = (_IS_STANDING, delegation.c.expires_at > _NOW)
_IS_ACCEPTED = (delegation.c.accepted_at.is_not(None), *_IS_LIVING)
_MOST_SHOWN = 1_000


def _delegation_of(**row: Any) -> Delegation:
    row["ended_by"] = EndedBy(row["ended_by"])
    return Delegation(**row)


def _offered_of(*, profile: str | None, **row: Any) -> OfferedDelegation:
    found = _delegation_of(**row)
    name = str(json.loads(profile or "{}").get("name") or "") if found.accepted_at is not None else ""
    return OfferedDelegation(delegation=found, delegate_name=name)


def _customers_of(**row: Any) -> CustomersDelegation:
    customer = person_of(row)
    return CustomersDelegation(delegation=_delegation_of(**row), customer=customer)


_CUSTOMERS = select(*delegation.columns, *PERSON_COLUMNS).select_from(
    delegation.join(PEOPLE, delegation.c.subject_id == subject.c.subject_id)
)
_named = bindparam("named", type_=Text)
_NAMED = func.coalesce(
    select(subject.c.subject_id).where(subject.c.sub == _named).scalar_subquery(),
    select(subject.c.subject_id)
    .select_from(PEOPLE)
    .where(account.c.customer_id == _named, IS_OWNER)
    .scalar_subquery(),
)

ACTING_DELEGATION: Query[CustomersDelegation] = Query(
    _CUSTOMERS.where(
        delegation.c.subject_id == _NAMED, delegation.c.delegate_id == _OF_DELEGATE, *_IS_ACCEPTED
    ),
    into=_customers_of,
)
"""What lets `of_delegate`, a subject, act at `now` for `named`, a customer's `sub` or canonical customer ID.

It is for a person's own access token: one with an actor, or from a family with a `delegation_id`, opens nothing more,
or a delegate could act under the delegations of whom they act for. The caller checks `is_usable`, keeps to its scopes
and its `expires_at`, and issues together with `USE_DELEGATION`: `account/delegation_use.py` has all of it.
"""

ACTING_DELEGATIONS: Query[CustomersDelegation] = Query(
    _CUSTOMERS.where(
        delegation.c.delegate_id == _OF_DELEGATE,
        account.c.status == AccountStatus.ACTIVE.value,
        *_IS_ACCEPTED,
    )
    .order_by(account.c.customer_id)
    .limit(_MOST_SHOWN),
    into=_customers_of,
)
"""Everybody for whom `of_delegate` may act at `now`."""

OFFERS_TO_DELEGATE: Query[CustomersDelegation] = Query(
    _CUSTOMERS.where(delegation.c.delegate_id == _OF_DELEGATE, *_IS_LIVING)
    .order_by(delegation.c.accepted_at.is_not(None), delegation.c.delegation_id.desc())
    .limit(_MOST_SHOWN),
    into=_customers_of,
)
"""The living ones of a delegate: what waits for an answer first."""

OFFERS_OF_SUBJECT: Query[OfferedDelegation] = Query(
    select(*delegation.columns, account.c.profile)
    .select_from(
        delegation.outerjoin(subject, delegation.c.delegate_id == subject.c.subject_id).outerjoin(account)
    )
    .where(delegation.c.subject_id == _OF_SUBJECT, *_IS_LIVING)
    .order_by(delegation.c.delegation_id.desc())
    .limit(_MOST_SHOWN),
    into=_offered_of,
)
"""The living ones that a customer offered."""

DELEGATION: Query[CustomersDelegation] = Query(
    _CUSTOMERS.where(delegation.c.delegation_id == _OF_DELEGATION), into=_customers_of
)

LIVING_OFFERS: Query[int] = Query(
    select(func.count().label("count"))
    .select_from(delegation)
    .where(delegation.c.subject_id == _OF_SUBJECT, *_IS_LIVING),
    into=lambda *, count: int(count),
)
"""How many of a customer's are living, taken up or not."""

USE_DELEGATION = Write(
    update(delegation)
    .where(delegation.c.delegation_id == _OF_DELEGATION, *_IS_ACCEPTED)
    .values(used_at=_NOW - _NOW % 60)
)
"""With `expects=1`, beside whatever is issued under it: nothing is once it has ended."""

_living_count = (
    select(func.count())
    .where(delegation.c.subject_id == bindparam("subject_id", type_=Text), *_IS_LIVING)
    .scalar_subquery()
)
_recent_count = (
    select(func.count())
    .where(
        delegation.c.subject_id == bindparam("subject_id", type_=Text),
        delegation.c.created_at > bindparam("since", type_=BigInteger),
    )
    .scalar_subquery()
)
_OFFERED = (
    "delegation_id",
    "subject_id",
    "delegate_id",
    "delegate_customer_id",
    "scope",
    "note",
    "created_at",
    "expires_at",
    "ended_by",
)
_new = select(
    *(bindparam(name, type_=delegation.c[name].type) for name in _OFFERED[:6]),
    _NOW,
    bindparam("until", type_=BigInteger),
    literal("", Text),
).where(
    _living_count < bindparam("most", type_=BigInteger),
    _recent_count < bindparam("most_recent", type_=BigInteger),
)

INSERT_OFFER = Write(insert(delegation).from_select(list(_OFFERED), _new).on_conflict_do_nothing())
"""With `expects=1`, after `KEEP_CUSTOMER` of its customer, so that two at once are counted one after the other: none
once there are `most` living ones, `most_recent` since `since`, or a living one to the same customer ID.
"""

KEEP_CUSTOMER = Write(
    update(account)
    .where(
        account.c.account_id == bindparam("of_account", type_=Text),
        account.c.status == AccountStatus.ACTIVE.value,
        account.c.role == Role.CUSTOMER.value,
        account.c.delete_at.is_(None),
    )
    .values(status=AccountStatus.ACTIVE.value)
)
"""With `expects=1`: holds the row of somebody who may still offer or accept."""

ACCEPT_DELEGATION = Write(
    update(delegation)
    .where(
        delegation.c.delegation_id == _OF_DELEGATION,
        delegation.c.delegate_id == _OF_DELEGATE,
        delegation.c.accepted_at.is_(None),
        *_IS_LIVING,
    )
    .values(accepted_at=_NOW)
)
"""With `expects=1`: only who it was offered to, and only once."""

_END = {"ended_at": _NOW, "expires_at": _NOW}

END_DELEGATION = Write(
    update(delegation)
    .where(
        delegation.c.delegation_id == _OF_DELEGATION,
        or_(
            delegation.c.subject_id == bindparam("of_party", type_=Text),
            delegation.c.delegate_id == bindparam("of_party", type_=Text),
        ),
        *_IS_LIVING,
    )
    .values(_END | {"ended_by": bindparam("by", type_=Text), "told_at": _NOW})
)
"""With `expects=1`: only who takes part in it, who tells the other. `REVOKE_FAMILIES_OF_DELEGATION` comes after it."""

END_EXPIRED_DELEGATIONS = Write(
    update(delegation)
    .where(
        delegation.c.subject_id == _OF_SUBJECT,
        _IS_STANDING,
        delegation.c.expires_at <= _NOW,
    )
    .values(ended_at=delegation.c.expires_at, ended_by=EndedBy.SYSTEM.value)
)
"""Before an offer: what ran out doesn't keep another from being made to the same account."""

_ENDING = update(delegation).where(*_IS_LIVING).values(_END | {"ended_by": EndedBy.SYSTEM.value})
END_DELEGATIONS_OF_CUSTOMER = Write(_ENDING.where(delegation.c.subject_id == _OF_SUBJECT))
END_DELEGATIONS_OF_DELEGATE = Write(_ENDING.where(delegation.c.delegate_id == _OF_SUBJECT))
"""Every living one. `UNTOLD_DELEGATIONS` has both told."""

UNTOLD_DELEGATIONS: Query[CustomersDelegation] = Query(
    _CUSTOMERS.where(delegation.c.told_at.is_(None), delegation.c.expires_at <= _NOW)
    .order_by(delegation.c.expires_at)
    .limit(20),
    into=_customers_of,
)
"""What has ended, by its time or by the system, and nobody was told of it yet."""

TELL_OF_DELEGATION = Write(
    update(delegation)
    .where(
        delegation.c.delegation_id == _OF_DELEGATION,
        delegation.c.expires_at <= _NOW,
        delegation.c.told_at.is_(None),
    )
    .values(
        told_at=_NOW,
        ended_at=func.coalesce(delegation.c.ended_at, delegation.c.expires_at),
        ended_by=EndedBy.SYSTEM.value,
    )
)
"""With `expects=1`: once."""

REVOKE_FAMILIES_OF_DELEGATION = Write(revocation(family.c.delegation_id == _OF_DELEGATION))
_of_customers = select(delegation.c.delegation_id).where(delegation.c.subject_id == _OF_SUBJECT)
_of_delegates = select(delegation.c.delegation_id).where(delegation.c.delegate_id == _OF_SUBJECT)
REVOKE_FAMILIES_OF_CUSTOMERS_DELEGATIONS, REVOKE_FAMILIES_OF_DELEGATES_DELEGATIONS = (
    Write(revocation(family.c.delegation_id.in_(which))) for which in (_of_customers, _of_delegates)
)
"""After their delegations have ended."""

FORGET_NOTES = Write(update(delegation).where(delegation.c.subject_id == _OF_SUBJECT).values(note=""))
"""What a customer wrote goes with their account."""
