"""`/support`: find an account by what a caller says: a customer ID, an address, or the reference of a case.

What is typed has to be right: nothing is completed, nothing resembles anything, so nobody reads customers off a list.
The trail keeps a keyed digest of the term, so that searches for one person can be found together and name nobody.
"""

import hmac
import re
from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from idp.account.agent import Agent, may_see
from idp.events.masking import masked_email
from idp.login.front_door import FrontDoor
from idp.records.account import Person
from idp.records.case import Case, CaseStatus
from idp.signing.secrets import Purpose
from idp.spec.identifier import CustomerIdKey, EmailKey, read_identifier
from idp.store.accounts import PEOPLE_BY_BACKUP_EMAIL, PERSON_BY_CUSTOMER_ID, PERSON_BY_EMAIL
from idp.store.cases import CASE_BY_REFERENCE
from idp.support.visit import CASES, HOME, StaffVisit
from idp.support.words import said_status
from idp.web.locale import Message

_REFERENCE = re.compile(r"([0-9A-Z]{4})[\s-]?([0-9A-Z]{4})")
_LONGEST = 400
_MISSING = Message("Enter a customer ID, an e-mail address or the reference of a case")
_NOTHING = Message(
    "Nothing has exactly this customer ID, e-mail address or reference. Ask the caller to spell it again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Whom a term may mean. One address can be primary at one account and backup at others."""

    people: tuple[Person, ...] = ()
    case: Case | None = None


async def show(visit: StaffVisit) -> Response:
    return _page(visit)


async def submit(visit: StaffVisit) -> Response:
    form = await visit.read_form()
    term = form.get("term", "").strip()
    if not term or len(term) > _LONGEST:
        return _page(visit, status=422, error=_MISSING)
    if used_up := await visit.spend_search(details={"term": _digest(visit.door, term)}):
        return used_up
    found = await _find(visit, term)
    if found.case is not None:
        return RedirectResponse(f"{CASES}/{found.case.case_id}", 303)
    if len(found.people) == 1:
        return RedirectResponse(account_path(found.people[0]), 303)
    if not found.people:
        return _page(visit, status=422, term=term, error=_NOTHING)
    return _page(visit, term=term, people=found.people)


def account_path(person: Person) -> str:
    return f"/support/accounts/{person.account_id}"


def seen_by(agent: Agent, people: tuple[Person, ...]) -> tuple[Person, ...]:
    """Those whom the agent may see, each once."""
    each = {person.account_id: person for person in people}
    return tuple(person for person in each.values() if may_see(agent, person))


async def _find(visit: StaffVisit, term: str) -> Found:
    everybody = await _people(visit.door, term)
    people = seen_by(visit.agent, everybody)
    for person in everybody:
        if person not in people:
            await visit.refuse("above_rank", person.subject_id)
    return Found(people=people, case=None if everybody else await _case(visit.door, term))


async def _people(door: FrontDoor, term: str) -> tuple[Person, ...]:
    found: list[Person | None] = []
    match read_identifier(term, suffix=door.settings.customer_id.suffix):
        case CustomerIdKey(value):
            found.append(await door.database.one(PERSON_BY_CUSTOMER_ID, customer_id=value))
        case EmailKey(value):
            found.append(await door.database.one(PERSON_BY_EMAIL, email_key=value))
            found += await door.database.all(PEOPLE_BY_BACKUP_EMAIL, email_key=value)
        case None:
            pass
    return tuple(person for person in found if person is not None)


async def _case(door: FrontDoor, term: str) -> Case | None:
    written = _REFERENCE.fullmatch(term.upper())
    if written is None:
        return None
    case = await door.database.one(CASE_BY_REFERENCE, of_reference="-".join(written.groups()))
    return case if case is not None and case.status is not CaseStatus.DRAFT else None


def _page(
    visit: StaffVisit,
    *,
    status: int = 200,
    term: str = "",
    error: Message | None = None,
    people: tuple[Person, ...] = (),
) -> Response:
    return visit.render(
        "support/search.html",
        status=status,
        **visit.form(),
        here=HOME,
        term=term,
        errors={"term": error} if error else {},
        people=[
            {
                "url": account_path(person),
                "name": person.name,
                "customer_id": person.customer_id,
                "email": masked_email(person.primary_email) if person.primary_email else "",
                "status": said_status(person),
            }
            for person in people
        ],
    )


def _digest(door: FrontDoor, term: str) -> str:
    canonical = read_identifier(term, suffix=door.settings.customer_id.suffix)
    key = door.secrets.newest(Purpose.IDENTIFIER)
    name = canonical.value if canonical else term.upper()
    return hmac.digest(key.value, name.encode(), "sha256").hex()[:32]
