"""What the person adds to their case: documents, a proven address, a domain. A case that waits for them goes on then,
at the place in the queue that it had.

Each function answers False, with nothing kept, where the case changed meanwhile: load it and try again.
"""

from collections.abc import Sequence

from idp.account.cases.file import load_file
from idp.account.cases.history import CUSTOMER, SYSTEM, recorded
from idp.account.office import Office
from idp.records.case import Case, CaseKind, CaseStatus, DocumentKind, What
from idp.records.event import EventType, Occasion
from idp.spec.identifier import canonical_email
from idp.store.case_changes import ANSWER_CASE, PROVE_ADDRESS, PROVE_DOMAIN, RESUME_CASE, SET_DOMAIN
from idp.store.statement import Effect

_ADDABLE = (CaseStatus.DRAFT, CaseStatus.OPEN, CaseStatus.WAITING, CaseStatus.PROPOSED)
_CHANGEABLE = (CaseStatus.DRAFT, CaseStatus.OPEN, CaseStatus.WAITING)


def takes_documents(case: Case) -> bool:
    """Whether the person may add a document now."""
    return case.status in _ADDABLE


def takes_address(case: Case) -> bool:
    """Whether the person may prove an address: before the form was sent, where we reach them; afterwards where a
    cancellation led to the documents.
    """
    return case.status is CaseStatus.DRAFT or (case.status in _CHANGEABLE and _lacks_address(case))


def takes_domain(case: Case) -> bool:
    """Whether the person may choose a domain, or have it looked at."""
    return case.status in _CHANGEABLE


async def add_document(
    office: Office, occasion: Occasion, case: Case, kind: DocumentKind, *, insertion: Sequence[Effect]
) -> bool:
    """Keep a document: `insertion` are the effects that store it, sealed."""
    if not takes_documents(case):
        return False
    resumes = case.status is CaseStatus.WAITING and not _lacks_address(case)
    change = (RESUME_CASE if resumes else ANSWER_CASE).effect(
        expects=1, of_case=case.case_id, seen_version=case.version, now=occasion.now
    )
    event = EventType.DOCUMENT_ADDED
    line = recorded(office, occasion, case, What.DOCUMENT, event, author=CUSTOMER, detail=kind.value)
    return await office.database.apply([change, *insertion, *line])


async def prove_address(
    office: Office, occasion: Occasion, case: Case, address: str, *, redemption: Sequence[Effect]
) -> bool:
    """Keep an address whose code was right; `redemption` uses the code up (`AddressProof.redeem`). Nothing shows
    whether another account has it: that is looked at when the case applies.
    """
    if not takes_address(case):
        return False
    change = PROVE_ADDRESS.effect(
        expects=1,
        of_case=case.case_id,
        seen_version=case.version,
        proven_email=address,
        proven_key=canonical_email(address),
        now=occasion.now,
    )
    line = recorded(office, occasion, case, What.ADDRESS_PROVEN, EventType.CASE_CHANGED, author=CUSTOMER)
    resumed = _resumed(case, occasion.now) if await _is_shown(office, case) else []
    return await office.database.apply([*redemption, change, *resumed, *line])


async def choose_domain(office: Office, occasion: Occasion, case: Case, domain: str, token: str) -> bool:
    """Which domain the person proves themselves by, and what has to be published there. Empty texts for none."""
    if not takes_domain(case):
        return False
    change = SET_DOMAIN.effect(
        expects=1,
        of_case=case.case_id,
        seen_version=case.version,
        of_domain=domain,
        of_token=token,
        now=occasion.now,
    )
    event = EventType.CASE_CHANGED
    line = recorded(office, occasion, case, What.DOMAIN_CHOSEN, event, author=CUSTOMER, detail=domain)
    return await office.database.apply([change, *line])


async def prove_domain(office: Office, occasion: Occasion, case: Case, *, how: str) -> bool:
    """The system found there what it should. `how`: dns or file."""
    if not takes_domain(case) or not case.domain:
        return False
    change = PROVE_DOMAIN.effect(expects=1, of_case=case.case_id, seen_version=case.version, now=occasion.now)
    event = EventType.CASE_CHANGED
    line = recorded(office, occasion, case, What.DOMAIN_PROVEN, event, author=SYSTEM, detail=how)
    resumed = [] if _lacks_address(case) else _resumed(case, occasion.now)
    return await office.database.apply([change, *resumed, *line])


def _lacks_address(case: Case) -> bool:
    return case.kind is CaseKind.MAILBOX_DOCUMENTS and case.new_email_verified_at is None


async def _is_shown(office: Office, case: Case) -> bool:
    """Looked up for a case that waits, and for no form: what is known of an account must not show in its time."""
    file = await load_file(office.database, case.case_id) if case.status is CaseStatus.WAITING else None
    return file is not None and file.is_shown


def _resumed(case: Case, now: int) -> list[Effect]:
    """The case goes on, if it waited: after one other change in the same transaction."""
    if case.status is not CaseStatus.WAITING:
        return []
    return [RESUME_CASE.effect(expects=1, of_case=case.case_id, seen_version=case.version + 1, now=now)]
