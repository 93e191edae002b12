"""A case's file: the case with the facts that decide on it, loaded together."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.account.agent import Agent, agent_of
from idp.account.cases.documents import counts
from idp.account.domains import is_owned
from idp.records.account import AccountStatus, Person, SubjectId
from idp.records.case import Case, CaseDocument
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.cases import CASE, DISABLED_AT, DOCUMENTS_OF_CASE
from idp.store.database import Database
from idp.store.recovering import LAST_FACTOR_AT


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFile:
    """`target` is whose account it is about; `proposer` and `approver` are who they are now, None where they are no
    agents any more. `disabled_at`: since when nobody signs in to the account. `factor_at`: when a second factor of it
    was last used or added. `owns_domain`: whether the domain that was chosen is the account's; the person never learns
    it.
    """

    case: Case
    documents: Sequence[CaseDocument] = ()
    target: Person | None = None
    disabled_at: int | None = None
    factor_at: int | None = None
    proposer: Person | None = None
    approver: Person | None = None
    owns_domain: bool = False

    @property
    def counted_documents(self) -> int:
        """How many documents show something."""
        return sum(counts(self.case, document) for document in self.documents)

    @property
    def is_shown(self) -> bool:
        """Whether documents, or a domain of the account, show whose it is."""
        has_domain = self.owns_domain and self.case.domain_proven_at is not None
        return has_domain or self.counted_documents > 0


async def load_file(db: Database, case_id: str) -> CaseFile | None:
    """The file of a case, as it is now."""
    case = await db.one(CASE, of_case=case_id)
    if case is None:
        return None
    target = await _person(db, case.subject_id)
    is_closed = target is not None and target.status.is_closed
    return CaseFile(
        case=case,
        documents=await db.all(DOCUMENTS_OF_CASE, of_case=case_id),
        target=target,
        disabled_at=await db.one(DISABLED_AT, of_account=target.account_id) if target and is_closed else None,
        factor_at=await db.one(LAST_FACTOR_AT, of_subject=target.subject_id) if target else None,
        proposer=await find_staff(db, case.proposed_by),
        approver=await find_staff(db, case.approved_by),
        owns_domain=await is_owned(db, case.domain, target.account_id) if target and case.domain else False,
    )


async def find_staff(db: Database, subject_id: SubjectId | None) -> Person | None:
    """Somebody who is an active agent now, whatever they were."""
    person = await _person(db, subject_id)
    return person if person is not None and is_active_staff(person) else None


def is_active_staff(person: Person) -> bool:
    return person.role.is_staff and person.status is AccountStatus.ACTIVE


def active_agent(person: Person | None) -> Agent | None:
    return agent_of(person) if person is not None and is_active_staff(person) else None


async def _person(db: Database, subject_id: SubjectId | None) -> Person | None:
    return await db.one(PERSON_BY_SUBJECT, subject_id=subject_id) if subject_id else None
