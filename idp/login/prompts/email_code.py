"""The e-mail code: proof of the mailbox, where a sign-in is risky and its owner is not asked for a factor of their own.

The first look at the page sends a code; reloads, the back button and other tabs don't. A code proves no more than the
mailbox: it never stands in for a factor, and adds nothing to `acr` (`spec/assurance.py`).
"""

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.reporting import not_me_link
from idp.events.masking import masked_email
from idp.login.codes import NewCode, looks_like_code
from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.prompts.email_code_page import (
    CODE_MISSING,
    CODE_OVER,
    CODE_UNREADABLE,
    code_page,
    later_page,
    many_guesses_page,
    wrong_code,
)
from idp.login.prompts.prompted import Prompted
from idp.login.proving import proving_subject, record_proof
from idp.login.sending import asker_of, forgive
from idp.login.sent_code import Carrier, Errand, guess, is_answerable, newest_challenge, send_code
from idp.records.account import Person
from idp.records.event import Event, EventType
from idp.records.factor import Challenge
from idp.spec.assurance import Amr, Proof
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.challenges import REDEEM_CHALLENGE
from idp.web.circumstances import circumstances_of

ASK = Ask.EMAIL_CODE
PATH = ASK.value
TURNS = frozenset({ASK})
KIND = "email-code"
_LOST_MAILBOX = "lost-mailbox"
_OTHER_WAY = "other-way"


async def show(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    errand, person = await _errand(door, prompted)
    if person.primary_email is None:
        return RedirectResponse(prompted.path(_LOST_MAILBOX), 303)
    challenge = await newest_challenge(door, errand)
    if _is_first_look(challenge, prompted):
        return await _send(door, request, prompted, errand, person)
    return await code_page(door, request, prompted, challenge)


async def submit(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    form = await door.read_form(request, prompted.path(ASK))
    if form.get("action") == _OTHER_WAY:
        return RedirectResponse(prompted.path(_OTHER_WAY), 303)
    errand, person = await _errand(door, prompted)
    if form.get("action") == "resend":
        return await _send(door, request, prompted, errand, person)
    challenge = await newest_challenge(door, errand)
    typed = form.get("code", "")
    if challenge is None or not is_answerable(challenge, prompted.now):
        return await code_page(door, request, prompted, challenge, status=422, errors={"form": CODE_OVER})
    if not looks_like_code(typed):
        message = CODE_UNREADABLE if typed.strip() else CODE_MISSING
        return await code_page(
            door, request, prompted, challenge, status=422, typed=typed, errors={"code": message}
        )
    return await _compare(door, request, prompted, challenge, typed)


def _is_first_look(challenge: Challenge | None, prompted: Prompted) -> bool:
    """Whether nothing was sent yet since the person proved who they are. What was sent before and still counts, counts
    after the password was entered again, too.
    """
    if challenge is None:
        return True
    proven_at = prompted.interaction.authenticated_at or 0
    return not is_answerable(challenge, prompted.now) and challenge.created_at < proven_at


async def _errand(door: FrontDoor, prompted: Prompted) -> tuple[Errand, Person]:
    person = await door.database.one(PERSON_BY_SUBJECT, subject_id=proving_subject(prompted))
    assert person is not None  # Who proved a password has an account; they are disabled, never deleted.
    errand = Errand(
        kind=KIND,
        interaction_id=prompted.interaction.interaction_id,
        subject_id=person.subject_id,
        recipient=masked_email(person.primary_email or ""),
    )
    return errand, person


async def _send(
    door: FrontDoor, request: Request, prompted: Prompted, errand: Errand, person: Person
) -> Response:
    """Send a code, or say when one can be sent. 303, so that a reload sends nothing."""
    if person.primary_email is None:
        return RedirectResponse(prompted.path(_LOST_MAILBOX), 303)

    def carry(code: NewCode) -> Carrier:
        return _mail(door, request, prompted, person, code)

    asker = await asker_of(door, request, person.subject_id, prompted.now)
    wait = await send_code(door, errand, asker, carry, prompted.now)
    challenge = await newest_challenge(door, errand)
    if wait:
        return await later_page(door, request, prompted, challenge, wait)
    if request.method == "POST":
        return RedirectResponse(prompted.path(ASK), 303)
    return await code_page(door, request, prompted, challenge)


def _mail(door: FrontDoor, request: Request, prompted: Prompted, person: Person, code: NewCode) -> Carrier:
    assert person.primary_email is not None
    seen, language = door.seen(request), person.language or prompted.locale
    about = {"challenge_id": code.challenge_id, "interaction_id": prompted.interaction.interaction_id}
    link, link_effect = not_me_link(door.entropy, person.subject_id, about, now=prompted.now)
    lifetime = door.settings.code.lifetime_seconds
    mail = door.outbox.mail(
        "email-code",
        to=person.primary_email,
        locale=language,
        context={
            "code": code.text,
            "application": prompted.client.mailed_name(language) if prompted.client else "",
            "browser": seen.browser_text,
            "place": seen.place_in(language),
            "at": prompted.now,
            "not_me_url": door.settings.issuer + link,
            "minutes": lifetime // 60,
        },
        subject_id=person.subject_id,
        now=prompted.now,
        lifetime_seconds=lifetime,
    )
    event = Event(
        type=EventType.CODE_SENT,
        actor=f"subject:{person.subject_id}",
        subject_id=person.subject_id,
        client_id=prompted.interaction.client_id or None,
        factor=Amr.EMAIL,
    )
    audit = door.audit.effect(event, circumstances_of(request), now=prompted.now)
    return Carrier(message_id=str(mail.values["message_id"]), effects=(mail, link_effect, audit))


async def _compare(
    door: FrontDoor, request: Request, prompted: Prompted, challenge: Challenge, typed: str
) -> Response:
    subject_id = proving_subject(prompted)
    asker = await asker_of(door, request, subject_id, prompted.now)
    guessed = await guess(door, challenge, asker, typed, prompted.now)
    if guessed.wait_seconds:
        return await many_guesses_page(door, request, prompted, guessed.challenge, guessed.wait_seconds)
    if guessed.is_right:
        redeem = REDEEM_CHALLENGE.effect(expects=1, of_challenge=challenge.challenge_id, now=prompted.now)
        answer = await record_proof(door, prompted, Proof.EMAIL_CODE, [redeem, *forgive(asker)])
        # Not recorded: another tab was quicker, or somebody began anew here. The dispatcher knows.
        return answer or prompted.to_dispatcher()
    event = Event(
        type=EventType.PROOF_FAILED,
        outcome="failure",
        reason="wrong_code",
        actor="anonymous",
        subject_id=subject_id,
        client_id=prompted.interaction.client_id or None,
        factor=Amr.EMAIL,
    )
    await door.database.apply([door.audit.effect(event, circumstances_of(request), now=prompted.now)])
    return await code_page(
        door,
        request,
        prompted,
        guessed.challenge,
        status=422,
        typed=typed,
        errors=wrong_code(guessed.challenge),
    )
