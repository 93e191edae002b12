"""What both accounts learn of a delegation: their mails, and their parts of the audit trail.

Whoever did it gets the mail about a change of their own security, with the link of “This wasn’t me”; the other one gets
one that names them by their customer ID alone. A name, or a note, would be a stranger's words in a mail of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.account.address_mails import Whence, change_mails
from idp.account.office import Office
from idp.records.account import AccountStatus, Person
from idp.records.delegation import CustomersDelegation, Delegation, EndedBy
from idp.records.event import Event, EventType, Occasion
from idp.store.statement import Effect

PATH = "/account/delegations"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """When and by whom it is done, and from where in words."""

    occasion: Occasion
    whence: Whence = field(default_factory=Whence)


def offered(
    office: Office,
    notice: Notice,
    customer: Person,
    delegate: Person | None,
    *,
    customer_id: str,
    scope: str,
    delegation_id: str,
) -> list[Effect]:
    """An offer to `customer_id`, whose account is `delegate`'s if it may act for others."""
    details: dict[str, str | int | list[str]] = {"delegation": delegation_id, "scope": scope}
    kind = EventType.DELEGATION_OFFERED
    effects = [
        _event(office, notice, kind, customer, details, side="customer", other=customer_id),
        *_own_mails(office, notice, customer, "delegation-offered", customer_id),
    ]
    if delegate is not None:
        effects.append(
            _event(office, notice, kind, delegate, details, side="delegate", other=customer.customer_id)
        )
        effects += _mails(office, notice, delegate, "offered", customer.customer_id)
    return effects


def accepted(
    office: Office, notice: Notice, customer: Person, delegate: Person, delegation: Delegation
) -> list[Effect]:
    kind = EventType.DELEGATION_ACCEPTED
    details = _details(delegation)
    return [
        _event(office, notice, kind, customer, details, side="customer", other=delegate.customer_id),
        _event(office, notice, kind, delegate, details, side="delegate", other=customer.customer_id),
        *_own_mails(office, notice, delegate, "delegation-accepted", customer.customer_id),
        *_mails(office, notice, customer, "accepted", delegate.customer_id),
    ]


def ended(
    office: Office, notice: Notice, found: CustomersDelegation, delegate: Person | None, *, by: EndedBy
) -> list[Effect]:
    """By either, or by the system: time, or what became of either account. An offer that nobody took up ends without a
    word to its customer unless it was declined, or they would learn that somebody could have.
    """
    delegation, customer = found.delegation, found.customer
    is_accepted = delegation.accepted_at is not None
    is_declined = by is EndedBy.DELEGATE and not is_accepted
    kind = EventType.DELEGATION_DECLINED if is_declined else EventType.DELEGATION_ENDED
    details = _details(delegation)
    effects = [
        _event(
            office,
            notice,
            kind,
            customer,
            details,
            side="customer",
            other=delegation.delegate_customer_id,
            by=by.value,
        )
    ]
    if by is EndedBy.CUSTOMER:
        effects += _own_mails(office, notice, customer, "delegation-ended", delegation.delegate_customer_id)
    elif is_accepted or is_declined:
        what = "declined" if is_declined else "ended-for-customer"
        effects += _mails(office, notice, customer, what, delegation.delegate_customer_id)
    if delegate is None:
        return effects
    effects.append(
        _event(
            office, notice, kind, delegate, details, side="delegate", other=customer.customer_id, by=by.value
        )
    )
    if not is_accepted:
        return effects
    if by is not EndedBy.DELEGATE:
        effects += _mails(office, notice, delegate, "ended-for-delegate", customer.customer_id)
    else:
        effects += _own_mails(office, notice, delegate, "delegation-ended", customer.customer_id)
    return effects


def _own_mails(office: Office, notice: Notice, person: Person, what: str, other: str) -> list[Effect]:
    """To who did it, at every proven address."""
    return change_mails(
        office,
        person,
        what,
        person.proven_addresses,
        whence=notice.whence,
        detail=other,
        now=notice.occasion.now,
    )


def _mails(office: Office, notice: Notice, person: Person, what: str, other: str) -> list[Effect]:
    """To the other one, while their account is active."""
    if person.status is not AccountStatus.ACTIVE:
        return []
    now = notice.occasion.now
    context = {"what": what, "other": other, "page_url": office.settings.issuer + PATH, "at": now}
    return [
        office.outbox.mail(
            "delegation",
            to=address,
            locale=person.language or office.settings.language.default,
            context=context,
            subject_id=person.subject_id,
            now=now,
        )
        for address in dict.fromkeys(person.proven_addresses)
    ]


def _details(delegation: Delegation) -> dict[str, str | int | list[str]]:
    return {"delegation": delegation.delegation_id, "scope": delegation.scope}


def _event(
    office: Office,
    notice: Notice,
    kind: EventType,
    person: Person,
    details: Mapping[str, str | int | list[str]],
    *,
    side: str,
    other: str,
    by: str = "",
) -> Effect:
    """`other` is the customer ID of the other one, `side` whether `person` is the customer or the delegate of it."""
    occasion = notice.occasion
    event = Event(
        type=kind,
        actor=occasion.actor,
        subject_id=person.subject_id,
        reason=by,
        details={**details, "side": side, "other": other},
    )
    return office.audit.effect(event, occasion.circumstances, now=occasion.now)
