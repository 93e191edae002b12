"""What a case mails, and to whom: links to who asks, warnings to every address that we know.

An address that nobody has proven gets nothing. Each mail has a link of its own, so that we know which mailbox it was
used from.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from idp.account.cases.contacts import contacts, known_addresses
from idp.account.cases.links import new_case_link
from idp.account.office import Office
from idp.events.masking import masked_email
from idp.records.account import Person
from idp.records.case import AskReason, Case, CaseKind, CaseStatus, DocumentKind, LinkPurpose, RefuseReason
from idp.spec.identifier import canonical_email
from idp.store.cases import END_STATUS_LINKS
from idp.store.statement import Effect

_DAY = 86_400
# A closed case says for a while how it ended.
_AFTERWARDS_DAYS = 60
_AFTER_COOLING_SECONDS = 7 * _DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """One case's mails, at one instant. `person` is whose account it is about, if it is anybody's."""

    office: Office
    case: Case
    person: Person | None
    now: int

    @property
    def recovery_url(self) -> str:
        return self.office.settings.issuer + "/recovery"

    def letter(self, template: str, address: str, **context: Any) -> Effect:
        """Whoever has an address of the account is told its customer ID; whoever only asks is not."""
        office, person = self.office, self.person
        is_owners = person is not None and _is_among(address, person.proven_addresses)
        language = self.case.language or (person.language if person else "")
        return office.outbox.mail(
            template,
            to=address,
            locale=language or office.settings.language.default,
            context={"reference": self.case.reference, "kind": self.case.kind.value, **context},
            subject_id=person.subject_id if person is not None and is_owners else None,
            case_id=self.case.case_id,
            now=self.now,
        )

    def link(self, purpose: LinkPurpose, address: str, *, seconds: int) -> tuple[str, Effect]:
        """The URL of a new link for one address, and its row."""
        entropy, case_id = self.office.entropy, self.case.case_id
        path, effect = new_case_link(entropy, case_id, purpose, address, seconds=seconds, now=self.now)
        return self.office.settings.issuer + path, effect

    def with_links(self, template: str, addresses: Iterable[str], **context: Any) -> list[Effect]:
        """A letter to each address, with a link to the case of its own."""
        seconds = (self.office.settings.recovery.waiting_days + _AFTERWARDS_DAYS) * _DAY
        effects = []
        for address in addresses:
            url, link = self.link(LinkPurpose.STATUS, address, seconds=seconds)
            effects += [link, self.letter(template, address, status_url=url, **context)]
        return effects


def received(writing: Writing) -> list[Effect]:
    """It is in the queue; here is the link to it."""
    days = writing.office.settings.recovery.usual_days
    return writing.with_links("case-received", contacts(writing.case, writing.person), days=days)


def asked(writing: Writing, document: DocumentKind, reason: AskReason) -> list[Effect]:
    """A document is missing, or a better one is needed."""
    recovery = writing.office.settings.recovery
    return writing.with_links(
        "case-asked",
        contacts(writing.case, writing.person),
        document=document.value,
        reason=reason.value,
        days=recovery.usual_days,
        waiting_days=recovery.waiting_days,
    )


def link_again(writing: Writing) -> list[Effect]:
    """The link to the case anew, to who asked. What the same mailbox had before works no more."""
    addresses = contacts(writing.case, writing.person)
    ended = [
        END_STATUS_LINKS.effect(
            of_case=writing.case.case_id, of_key=canonical_email(address) or address, now=writing.now
        )
        for address in addresses
    ]
    return [*ended, *writing.with_links("case-link", addresses)]


def refused(writing: Writing, reason: RefuseReason) -> list[Effect]:
    """To who asked; and to everybody who was told when it changes something, that it does not."""
    who_asked = contacts(writing.case, writing.person)
    letters = [
        writing.letter("case-refused", address, reason=reason.value, recovery_url=writing.recovery_url)
        for address in who_asked
    ]
    was_announced = writing.case.status is CaseStatus.COOLING
    return [*letters, *(_stopped(writing, "refused", but=who_asked) if was_announced else [])]


def withdrawn(writing: Writing) -> list[Effect]:
    """It was approved, and goes back to the agents: to everybody who was told when it changes something."""
    return _stopped(writing, "withdrawn") if writing.case.status is CaseStatus.COOLING else []


def expired(writing: Writing) -> list[Effect]:
    """To who asked; and to everybody, where all were told that it was stopped and waits."""
    case = writing.case
    everybody = case.frozen_at is not None
    addresses = (known_addresses if everybody else contacts)(case, writing.person)
    return _stopped(writing, "expired", to=addresses)


def _stopped(
    writing: Writing, why: str, *, to: Iterable[str] | None = None, but: Iterable[str] = ()
) -> list[Effect]:
    """`apply_at` is when they were told that it happens; 0 where nobody was."""
    addresses = known_addresses(writing.case, writing.person) if to is None else to
    return [
        writing.letter(
            "case-stopped",
            address,
            why=why,
            apply_at=writing.case.apply_at or 0,
            recovery_url=writing.recovery_url,
        )
        for address in addresses
        if not _is_among(address, but)
    ]


def cooling(writing: Writing, *, apply_at: int) -> list[Effect]:
    """To every address; to those of the account with a link each that cancels. Who only asks has none: a case is
    stopped once, and a thief would use that up before its owner can.
    """
    seconds = apply_at - writing.now + _AFTER_COOLING_SECONDS
    owners = writing.person.proven_addresses if writing.person else ()
    context, effects = {"new_address": _new_address(writing.case), "apply_at": apply_at}, []
    for address in known_addresses(writing.case, writing.person):
        url = ""
        if _is_among(address, owners):
            url, link = writing.link(LinkPurpose.CANCEL, address, seconds=seconds)
            effects.append(link)
        effects.append(writing.letter("case-cooling", address, **context, cancel_url=url))
    return effects


def frozen(writing: Writing, *, cancelled_by: str) -> list[Effect]:
    """To every address but the one that cancelled (in its canonical form): how to go on, with documents."""
    known = known_addresses(writing.case, writing.person)
    others = [address for address in known if canonical_email(address) != cancelled_by]
    return writing.with_links("case-frozen", others, by=masked_email(cancelled_by))


def done(writing: Writing, *, next_path: str) -> list[Effect]:
    """It has happened: to every address known before and after. `person` is as they were before."""
    url = writing.office.settings.issuer + next_path
    return [
        writing.letter(
            "case-done", address, new_address=_new_address(writing.case), at=writing.now, next_url=url
        )
        for address in known_addresses(writing.case, writing.person)
    ]


def _is_among(address: str, addresses: Iterable[str]) -> bool:
    return canonical_email(address) in {canonical_email(one) for one in addresses}


def _new_address(case: Case) -> str:
    """Masked: others may read these mailboxes. The address that a code was read back from is the case's."""
    becomes_primary = case.kind in (CaseKind.MAILBOX_BACKUP, CaseKind.MAILBOX_DOCUMENTS)
    return masked_email(case.new_email) if becomes_primary and case.new_email else ""
