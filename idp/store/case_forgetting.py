"""Statements by which cases are forgotten: what a person uploaded and typed goes, and what agents wrote of it. Who
decided what, and when, stays. A form that was never sent goes altogether.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Column, ColumnElement, Text, bindparam, delete, select, update

from idp.records.case import Case, CaseStatus, What
from idp.store.cases import among, case_of
from idp.store.statement import Effect, Query, Write
from idp.store.tables.case import case_document, case_entry, case_link, recovery_case

_NOW = bindparam("now", type_=BigInteger)
_OF_CASE = bindparam("of_case", type_=Text)
# Whose lines hold words, addresses or domains; the others' hold codes.
_IN_WORDS = (
    What.OPENED,
    What.NOTE,
    What.PROPOSED,
    What.WITHDRAWN,
    What.DOMAIN_CHOSEN,
    What.FROZEN,
    What.CANCELLED_AGAIN,
)

UNFORGOTTEN_CASES: Query[Case] = Query(
    select(recovery_case)
    .where(
        recovery_case.c.forgotten_at.is_(None),
        recovery_case.c.closed_at < bindparam("closed_before", type_=BigInteger),
    )
    .limit(100),
    into=case_of,
)
"""Closed long ago, and what the person told is still here."""


class Forgetting(NamedTuple):
    """The statements that forget some cases."""

    cases: Write
    documents: Write
    words: Write
    links: Write

    def effects(self, *, now: int, expects: int | None = None, **whose: Any) -> list[Effect]:
        """For one transaction. `expects` is how many cases there are to forget."""
        return [
            self.cases.effect(expects=expects, now=now, **whose),
            self.documents.effect(now=now, **whose),
            self.words.effect(**whose),
            self.links.effect(**whose),
        ]


def _forgetting(is_meant: Callable[[Column[str]], ColumnElement[bool]]) -> Forgetting:
    return Forgetting(
        cases=Write(
            update(recovery_case)
            .where(
                is_meant(recovery_case.c.case_id),
                recovery_case.c.closed_at.is_not(None),
                recovery_case.c.forgotten_at.is_(None),
            )
            .values(
                typed_identifier="",
                typed_name="",
                reason="",
                new_email=None,
                new_email_key=None,
                domain="",
                domain_token="",
                forgotten_at=_NOW,
            )
        ),
        documents=Write(
            update(case_document)
            .where(is_meant(case_document.c.case_id), case_document.c.deleted_at.is_(None))
            .values(sealed=b"", deleted_at=_NOW)
        ),
        words=Write(
            update(case_entry)
            .where(is_meant(case_entry.c.case_id), among(case_entry.c.what, _IN_WORDS))
            .values(detail="")
        ),
        links=Write(delete(case_link).where(is_meant(case_link.c.case_id))),
    )


FORGET_CASE = _forgetting(lambda case_id: case_id == _OF_CASE)
"""A closed case: takes `of_case`."""

_closed_cases_of_subject = select(recovery_case.c.case_id).where(
    recovery_case.c.subject_id == bindparam("of_subject", type_=Text), recovery_case.c.closed_at.is_not(None)
)
FORGET_CASES_OF_SUBJECT = _forgetting(lambda case_id: case_id.in_(_closed_cases_of_subject))
"""All that are closed: takes `of_subject`."""

STALE_DRAFTS: Query[Case] = Query(
    select(recovery_case)
    .where(
        recovery_case.c.status == CaseStatus.DRAFT.value,
        recovery_case.c.updated_at < bindparam("draft_before", type_=BigInteger),
    )
    .limit(100),
    into=case_of,
)
"""Forms that nobody sent."""

DROP_DRAFT = (
    Write(delete(case_document).where(case_document.c.case_id == _OF_CASE)),
    Write(delete(case_entry).where(case_entry.c.case_id == _OF_CASE)),
)
"""Before `DELETE_DRAFT`, whose rows these belong to. Each takes `of_case`."""

DELETE_DRAFT = Write(
    delete(recovery_case).where(
        recovery_case.c.case_id == _OF_CASE,
        recovery_case.c.status == CaseStatus.DRAFT.value,
        recovery_case.c.version == bindparam("seen_version", type_=BigInteger),
    )
)
"""With `expects=1`: nobody went on with it, or sent it, a moment ago."""
