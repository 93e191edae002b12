"""Unblocking an account by its two mailboxes: a code to the primary address and one to the backup address.

For whoever blocked their account and has no second factor (`account/unblocking.py`). Both codes are entered on one
page. Each has its own tries, and neither counts without the other.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.events.masking import masked_email
from idp.login.codes import LONGEST_TYPED, NewCode, looks_like_code
from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.prompts.email_code_page import CODE_MISSING, CODE_UNREADABLE, wrong_code
from idp.login.prompts.prompted import Prompted
from idp.login.proving import proving_subject, record_proof
from idp.login.recovery_form import LOST_MAILBOX_PATH
from idp.login.sending import Asker, asker_of, forgive
from idp.login.sent_code import Carrier, Errand, guess, is_answerable, newest_challenge, send_code
from idp.records.account import Person
from idp.records.event import Event, EventType
from idp.records.factor import Challenge
from idp.spec.assurance import Amr, Proof
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.challenges import REDEEM_CHALLENGE
from idp.store.statement import Effect
from idp.web.circumstances import circumstances_of
from idp.web.locale import Message

ASK = Ask.UNBLOCK
PATH = ASK.value
TURNS = frozenset({ASK})

_OVER = Message("These codes work no more. Ask for new ones.")


class Mailbox(StrEnum):
    """Also the name of its field."""

    PRIMARY = "primary"
    BACKUP = "backup"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request for the page."""

    door: FrontDoor
    request: Request
    prompted: Prompted
    person: Person
    asker: Asker

    def address(self, mailbox: Mailbox) -> str:
        person = self.person
        return (person.primary_email if mailbox is Mailbox.PRIMARY else person.backup_email) or ""

    def errand(self, mailbox: Mailbox) -> Errand:
        return Errand(
            kind=f"unblock-{mailbox}",
            interaction_id=self.prompted.interaction.interaction_id,
            subject_id=self.person.subject_id,
            recipient=masked_email(self.address(mailbox)),
        )

    async def challenge(self, mailbox: Mailbox) -> Challenge | None:
        """The open challenge of a mailbox."""
        found = await newest_challenge(self.door, self.errand(mailbox))
        return found if found is not None and is_answerable(found, self.prompted.now) else None


async def show(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    visit = await _visit(door, request, prompted)
    if all([await newest_challenge(door, visit.errand(mailbox)) is None for mailbox in Mailbox]):
        wait = await _send(visit)
        return await _page(visit, wait=wait)
    return await _page(visit)


async def submit(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    form = await door.read_form(request, prompted.path(ASK))
    visit = await _visit(door, request, prompted)
    if form.get("action") == "resend":
        if wait := await _send(visit):
            return await _page(visit, wait=wait)
        return RedirectResponse(prompted.path(ASK), 303)
    typed = {mailbox: form.get(mailbox.value, "") for mailbox in Mailbox}
    unfit = {mailbox.value: _unfit(text) for mailbox, text in typed.items() if not looks_like_code(text)}
    if unfit:
        return await _page(visit, status=422, typed=typed, errors=unfit)
    return await _compare(visit, typed)


async def _visit(door: FrontDoor, request: Request, prompted: Prompted) -> Visit:
    person = await door.database.one(PERSON_BY_SUBJECT, subject_id=proving_subject(prompted))
    assert person is not None  # Who proved a password has an account; they are disabled, never deleted.
    asker = await asker_of(door, request, person.subject_id, prompted.now)
    return Visit(door=door, request=request, prompted=prompted, person=person, asker=asker)


async def _send(visit: Visit) -> int:
    """A code to each mailbox. 0, or the seconds to wait."""
    waits = [await _send_to(visit, mailbox) for mailbox in Mailbox]
    return max(waits)


async def _send_to(visit: Visit, mailbox: Mailbox) -> int:
    door, person, now = visit.door, visit.person, visit.prompted.now

    def carry(code: NewCode) -> Carrier:
        seen, language = door.seen(visit.request), person.language or visit.prompted.locale
        lifetime = door.settings.code.lifetime_seconds
        mail = door.outbox.mail(
            "unblock-code",
            to=visit.address(mailbox),
            locale=language,
            context={
                "code": code.text,
                "minutes": lifetime // 60,
                "browser": seen.browser_text,
                "place": seen.place_in(language),
                "at": now,
            },
            subject_id=person.subject_id,
            now=now,
            lifetime_seconds=lifetime,
        )
        return Carrier(message_id=str(mail.values["message_id"]), effects=[mail])

    return await send_code(door, visit.errand(mailbox), visit.asker, carry, now)


async def _compare(visit: Visit, typed: dict[Mailbox, str]) -> Response:
    """The backup's code is compared once the primary's is right, so a slip costs one try and not two."""
    door, now, redeeming = visit.door, visit.prompted.now, []
    for mailbox, text in typed.items():
        challenge = await visit.challenge(mailbox)
        if challenge is None:
            return await _page(visit, status=422, errors={"form": _OVER})
        guessed = await guess(door, challenge, visit.asker, text, now)
        if guessed.wait_seconds:
            return await _page(visit, typed=typed, wait=guessed.wait_seconds)
        if not guessed.is_right:
            await door.database.apply([_failure(visit)])
            [words] = wrong_code(guessed.challenge).values()
            errors = {mailbox.value: words}
            return await _page(visit, status=422, typed=typed, errors=errors)
        redeeming.append(REDEEM_CHALLENGE.effect(expects=1, of_challenge=challenge.challenge_id, now=now))
    answer = await record_proof(door, visit.prompted, Proof.MAILBOXES, [*redeeming, *forgive(visit.asker)])
    return answer or visit.prompted.to_dispatcher()


def _failure(visit: Visit) -> Effect:
    event = Event(
        type=EventType.PROOF_FAILED,
        outcome="failure",
        reason="wrong_code",
        actor="anonymous",
        subject_id=visit.person.subject_id,
        client_id=visit.prompted.interaction.client_id or None,
        factor=Amr.EMAIL,
    )
    return visit.door.audit.effect(event, circumstances_of(visit.request), now=visit.prompted.now)


def _many(wait: int) -> Message:
    return Message(
        "Many codes were asked for or tried. Wait %(wait)s, then try again.",
        {"wait": timedelta(seconds=wait)},
    )


def _unfit(text: str) -> Message:
    return CODE_UNREADABLE if text.strip() else CODE_MISSING


async def _page(
    visit: Visit,
    *,
    status: int = 200,
    typed: dict[Mailbox, str] | None = None,
    errors: dict[str, Message] | None = None,
    wait: int = 0,
) -> Response:
    door, prompted = visit.door, visit.prompted
    shown = {mailbox: text[:LONGEST_TYPED] for mailbox, text in (typed or {}).items()}
    open_ones = [await visit.challenge(mailbox) is not None for mailbox in Mailbox]
    if wait:
        errors = {"form": _many(wait)}
    return door.pages.render(
        visit.request,
        "unblock.html",
        status=429 if wait else status,
        locale=prompted.locale,
        headers={"Retry-After": str(wait)} if wait else None,
        **prompted.form(door, ASK),
        is_open=all(open_ones),
        is_numeric=door.settings.code.is_numeric,
        primary=masked_email(visit.address(Mailbox.PRIMARY)),
        backup=masked_email(visit.address(Mailbox.BACKUP)),
        typed_primary=shown.get(Mailbox.PRIMARY, ""),
        typed_backup=shown.get(Mailbox.BACKUP, ""),
        minutes=door.settings.code.lifetime_seconds // 60,
        errors=errors or {},
        lost_url=f"{LOST_MAILBOX_PATH}&from={prompted.interaction.interaction_id}",
        sign_in_url=prompted.path(Ask.LOGIN),
    )
