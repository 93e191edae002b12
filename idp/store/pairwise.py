"""Statements of pairwise subjects: the `sub` that a sector's clients know a person by."""

from sqlalchemy import Text, bindparam, select

from idp.records.account import Person
from idp.records.grant import PairwiseSubject
from idp.store.people import PERSON_COLUMNS, person_of
from idp.store.statement import Query, insert_into
from idp.store.tables.account import account, subject
from idp.store.tables.grant import pairwise_subject

PAIRWISE_SUB: Query[str] = Query(
    select(pairwise_subject.c.sub).where(
        pairwise_subject.c.subject_id == bindparam("of_subject", type_=Text),
        pairwise_subject.c.sector == bindparam("of_sector", type_=Text),
    ),
    into=lambda *, sub: str(sub),
)

INSERT_PAIRWISE = insert_into(pairwise_subject, or_nothing=True)
"""Of two first uses at once one is kept, and both read it."""

PUBLIC_SUB: Query[str] = Query(
    select(subject.c.sub)
    .select_from(pairwise_subject.join(subject))
    .where(
        pairwise_subject.c.sub == bindparam("of_sub", type_=Text),
        pairwise_subject.c.sector == bindparam("of_sector", type_=Text),
    ),
    into=lambda *, sub: str(sub),
)
"""The `sub` of a person's own, by the one of a sector."""

PERSON_BY_PAIRWISE_SUB: Query[Person] = Query(
    select(*PERSON_COLUMNS)
    .select_from(pairwise_subject.join(subject).join(account))
    .where(pairwise_subject.c.sub == bindparam("of_sub", type_=Text)),
    into=lambda **row: person_of(row),
)
"""Nobody once the account is deleted: these rows go with it."""

PAIRWISE_OF_SUBJECT: Query[PairwiseSubject] = Query(
    select(pairwise_subject.c.sector, pairwise_subject.c.sub, pairwise_subject.c.created_at)
    .where(pairwise_subject.c.subject_id == bindparam("of_subject", type_=Text))
    .order_by(pairwise_subject.c.sector),
    into=PairwiseSubject,
)
