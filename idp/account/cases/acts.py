"""What agents do to a case. Each act is one transaction: a new version of the case, a line of its history, an audit
event, and the mails; or nothing at all, where the case is not the one that the agent saw.
"""

from idp.account.agent import Agent
from idp.account.cases.deciding import CaseRefusal, check_act
from idp.account.cases.effects import Doing, Wanted, effects_of
from idp.account.cases.file import CaseFile, active_agent, load_file
from idp.account.office import Office
from idp.records.account import Person
from idp.records.event import Event, EventType, Occasion
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.statement import Effect

__all__ = ["Wanted", "perform", "refusal_of"]


async def perform(office: Office, occasion: Occasion, agent: Agent, wanted: Wanted) -> CaseRefusal | None:
    """Do it, or say why not. Who the agent is now decides, not who they were when they signed in. A refusal is audited,
    and changes nothing.
    """
    person = await office.database.one(PERSON_BY_SUBJECT, subject_id=agent.subject_id)
    file = await load_file(office.database, wanted.case_id)
    refusal = await _done(office, occasion, file, person, wanted)
    if refusal is None:
        office.outbox.wake()
    else:
        await office.database.apply([_refused(office, occasion, file, wanted, refusal)])
    return refusal


async def refusal_of(office: Office, occasion: Occasion, agent: Agent, wanted: Wanted) -> CaseRefusal | None:
    """Why an act would not be done now, audited as if it had been tried. Something has to happen before it."""
    person = await office.database.one(PERSON_BY_SUBJECT, subject_id=agent.subject_id)
    file = await load_file(office.database, wanted.case_id)
    refusal = _check(file, person, wanted)
    if refusal is not None:
        await office.database.apply([_refused(office, occasion, file, wanted, refusal)])
    return refusal


def _check(file: CaseFile | None, person: Person | None, wanted: Wanted) -> CaseRefusal | None:
    if file is None or person is None:
        return CaseRefusal.UNKNOWN
    # What the agent sees has to be said first: on another version everything else may be a misunderstanding.
    if file.case.version != wanted.version:
        return CaseRefusal.CHANGED
    return check_act(file, wanted.act, active_agent(person))


async def _done(
    office: Office, occasion: Occasion, file: CaseFile | None, person: Person | None, wanted: Wanted
) -> CaseRefusal | None:
    if refusal := _check(file, person, wanted):
        return refusal
    assert file is not None
    assert person is not None
    found = effects_of(Doing(office=office, occasion=occasion, file=file, person=person), wanted)
    if isinstance(found, CaseRefusal):
        return found
    return None if await office.database.apply([*wanted.also, *found]) else CaseRefusal.CHANGED


def _refused(
    office: Office, occasion: Occasion, file: CaseFile | None, wanted: Wanted, refusal: CaseRefusal
) -> Effect:
    event = Event(
        type=EventType.SUPPORT_REFUSED,
        actor=occasion.actor,
        outcome="failure",
        reason=refusal.value,
        subject_id=file.case.subject_id if file is not None else None,
        details={"case": file.case.reference if file is not None else "", "act": wanted.act.value},
    )
    return office.audit.effect(event, occasion.circumstances, now=occasion.now)
