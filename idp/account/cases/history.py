"""The two records of everything that happens in a case: a line of its history, and an audit event."""

from idp.account.office import Office
from idp.records.case import Case, What
from idp.records.event import Event, EventType, Occasion
from idp.store.cases import INSERT_ENTRY
from idp.store.statement import Effect

CUSTOMER = "customer"
SYSTEM = "system"


def recorded(
    office: Office,
    occasion: Occasion,
    case: Case,
    what: What,
    kind: EventType,
    *,
    author: str,
    detail: str = "",
    subject_id: str | None = None,
) -> list[Effect]:
    """`author` is "customer", "system", or the subject of an agent; `detail` stays in the case and is not audited.
    `subject_id` where the case has another subject by now.
    """
    event = Event(
        type=kind,
        actor=occasion.actor,
        subject_id=subject_id or case.subject_id,
        reason=what.value,
        details={"case": case.reference, "kind": case.kind.value},
    )
    return [
        entry(office, case.case_id, what, author=author, detail=detail, now=occasion.now),
        office.audit.effect(event, occasion.circumstances, now=occasion.now),
    ]


def entry(office: Office, case_id: str, what: What, *, author: str, detail: str = "", now: int) -> Effect:
    """A line of the history alone."""
    return INSERT_ENTRY.effect(
        entry_id=office.entropy.uuid7(now),
        case_id=case_id,
        author=author,
        what=what.value,
        detail=detail,
        at=now,
    )
