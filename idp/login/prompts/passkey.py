"""Signing in by passkey alone: two factors at once, so nothing else is asked for (WebAuthn §7.2, S51, S55).

Nobody is named before: whichever passkey answers says whose it is, and an unknown one is answered like a wrong one. The
login page has the form; here it goes to.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.passkeys import PasskeyProblem, RelyingParty, Wrong
from idp.account.unblocking import WayBack
from idp.login.assertion import (
    Presented,
    Signed,
    challenge_signed,
    copied_key,
    options,
    read_assertion,
    redeem,
)
from idp.login.device import Presented as Browser
from idp.login.device import presented, standing_of
from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.notices import forget_copied_device
from idp.login.prompts.login_page import blocked_page, delayed_page, login_page, refused_page
from idp.login.prompts.prompted import Prompted
from idp.login.throttle import Key
from idp.login.unblocking import find_way_back
from idp.records.account import AccountStatus, Person, SubjectId
from idp.records.event import Event, EventType
from idp.records.factor import Passkey
from idp.records.risk import Outcome
from idp.risk.occasion import Assessment, SignInOccasion
from idp.spec.token_value import SECRET_BYTES, digest_of, is_same
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.factors import PASSKEY_BY_CREDENTIAL, SECURITY
from idp.store.interactions import PROVE_IDENTITY
from idp.store.statement import Effect
from idp.web.circumstances import circumstances_of
from idp.web.cookies import Cookie
from idp.web.forms import Parameters
from idp.web.locale import Message
from idp.web.metrics import SignInOutcome

PATH = "passkey"
TURNS = None  # As the password: signing in is always possible, also as somebody else.

_FAILURES = {"throttled": EventType.SIGN_IN_THROTTLED, "refused": EventType.SIGN_IN_REFUSED}
_OUTCOMES: Mapping[str, SignInOutcome] = {
    "throttled": "throttled",
    "refused": "refused",
    "disabled": "disabled",
}

_UNFIT = Message(
    "Your browser didn’t ask for a passkey. That needs JavaScript and a browser that knows passkeys."
)
_WRONG = Message("We can’t sign you in with that passkey. Sign in with your password instead.")
_LATE = Message("That took too long. Try your passkey again.")
_COPIED = Message(
    "That passkey answered as a copy of it would, so we no longer accept it. Sign in with your password, then remove"
    " the passkey from your account."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One answer: which passkey it claims to be of, whose that is, what the browser is to them, and the counts that its
    try is spent from.
    """

    door: FrontDoor
    request: Request
    prompted: Prompted
    form: Parameters
    presented: Presented
    passkey: Passkey | None
    person: Person | None
    browser: Browser
    keys: tuple[Key, ...]

    @property
    def now(self) -> int:
        return self.prompted.now


async def show(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    """There is nothing to see here: the form is on the login page."""
    return RedirectResponse(prompted.path(Ask.LOGIN), 303)


async def submit(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    form = await door.read_form(request, prompted.path(PATH))
    match form.get("action"):
        case "options":
            return await options(
                door,
                prompted.interaction,
                "passkey",
                subject_id=None,
                allowed=(),
                locale=prompted.locale,
                now=prompted.now,
            )
        case "continue" if form.get("credential"):
            return await _sign_in(door, request, prompted, form)
        case _:
            return _again(door, request, prompted, _UNFIT)


async def _sign_in(door: FrontDoor, request: Request, prompted: Prompted, form: Parameters) -> Response:
    try:
        answered = read_assertion(form["credential"])
    except PasskeyProblem as problem:
        await _record_failure(door, request, prompted, problem.wrong)
        return _again(door, request, prompted, _WRONG)
    attempt = await _attempt(door, request, prompted, form, answered)
    if wait := await door.throttle.spend(attempt.keys, prompted.now):
        await _record_failure(door, request, prompted, "throttled", person=attempt.person)
        return delayed_page(door, request, prompted, form, wait)
    try:
        person, signed = await _verified(attempt)
    except PasskeyProblem as problem:
        await _record_failure(door, request, prompted, problem.wrong, person=attempt.person)
        return _again(door, request, prompted, _LATE if problem.wrong is Wrong.CHALLENGE else _WRONG)
    if signed.asserted.is_copied:
        effects = copied_key(door, request, person, signed.passkey, factor=PATH, now=prompted.now)
        if await door.database.apply(effects):
            door.outbox.wake()
        return _again(door, request, prompted, _COPIED)
    if person.status is not AccountStatus.ACTIVE:
        await _record_failure(door, request, prompted, "disabled", person=person)
        has_way = await find_way_back(door, person) is not WayBack.SUPPORT
        return blocked_page(door, request, prompted, person, has_way=has_way)
    return await _admit(attempt, person, signed)


async def _attempt(
    door: FrontDoor, request: Request, prompted: Prompted, form: Parameters, answered: Presented
) -> Attempt:
    passkey = await door.database.one(PASSKEY_BY_CREDENTIAL, of_credential=answered.credential_id)
    subject_id = passkey.subject_id if passkey else SubjectId("")
    browser = await presented(door, request, subject_id, door.seen(request).agent, prompted.now)
    device_id = browser.device.device_id if browser.device else None
    return Attempt(
        door=door,
        request=request,
        prompted=prompted,
        form=form,
        presented=answered,
        passkey=passkey,
        person=await door.database.one(PERSON_BY_SUBJECT, subject_id=subject_id),
        browser=browser,
        keys=door.throttle.passkey_keys(circumstances_of(request), device_id=device_id),
    )


async def _verified(attempt: Attempt) -> tuple[Person, Signed]:
    """Whose passkey signed, and what. Raises `PasskeyProblem`."""
    door, answered, passkey, person = attempt.door, attempt.presented, attempt.passkey, attempt.person
    challenge = await challenge_signed(door, attempt.prompted.interaction, "passkey", answered, attempt.now)
    if passkey is None or person is None or passkey.flagged_at is not None:
        raise PasskeyProblem(Wrong.OTHER_CREDENTIAL)
    security = await door.database.one(SECURITY, of_subject=person.subject_id)
    if security is None or not is_same(security.user_handle, answered.user_handle or b""):
        raise PasskeyProblem(Wrong.OTHER_CREDENTIAL)  # §7.2 step 6: nobody was named before.
    asserted = RelyingParty.of(door.settings).verify_assertion(
        answered, passkey, digest=challenge.digest, must_verify_user=True
    )
    return person, Signed(challenge=challenge, passkey=passkey, asserted=asserted)


async def _admit(attempt: Attempt, person: Person, signed: Signed) -> Response:
    """Record who it is, unless nobody may sign in from there now."""
    door, request, prompted = attempt.door, attempt.request, attempt.prompted
    assessment = await _assess(attempt, person)
    if assessment.enforced in (Outcome.DELAY, Outcome.REFUSE):
        await door.database.apply([*assessment.effects, *door.throttle.give_back(attempt.keys)])
        await _record_failure(door, request, prompted, "refused", person=person)
        if assessment.enforced is Outcome.DELAY:
            return delayed_page(door, request, prompted, attempt.form, assessment.wait_seconds)
        return refused_page(door, request, prompted, person)
    cookie = door.entropy.token_bytes(SECRET_BYTES).hex()
    effects = [
        *redeem(signed, now=attempt.now),
        _proof(attempt, signed, assessment, cookie),
        *assessment.effects,
        *door.throttle.forgive(attempt.keys),
        *forget_copied_device(door, person, attempt.browser.copied, door.seen(request), now=attempt.now),
    ]
    response = prompted.to_dispatcher()
    # Not applied: the same answer came twice at once, or the sign-in was completed meanwhile. The dispatcher knows.
    if await door.database.apply(effects):
        door.outbox.wake()
        door.cookies.set(response, Cookie.PROOF, cookie)
    return response


async def _assess(attempt: Attempt, person: Person) -> Assessment:
    """A passkey owes no code, whatever the outcome; but it doesn't open what is closed."""
    return await attempt.door.risk.assess(
        SignInOccasion(
            subject_id=person.subject_id,
            client_id=attempt.prompted.interaction.client_id,
            interaction_id=attempt.prompted.interaction.interaction_id,
            circumstances=circumstances_of(attempt.request),
            device=attempt.browser.device,
            device_was_copied=attempt.browser.copied is not None,
            account_created_at=person.created_at,
            last_sign_in_at=None,
            stolen_at=None,
            password_is_common=False,
            always_asks=False,
            now=attempt.now,
        )
    )


def _proof(attempt: Attempt, signed: Signed, assessment: Assessment, cookie: str) -> Effect:
    trust_days = attempt.door.settings.factors.trust_days
    return PROVE_IDENTITY.effect(
        expects=1,
        of_interaction=attempt.prompted.interaction.interaction_id,
        subject=signed.passkey.subject_id,
        password_at=None,
        proven=json.dumps([[signed.proof.value, attempt.now]]),
        by_cookie=digest_of(cookie),
        shared=int(attempt.form.get("is_shared") == "1"),
        decision=assessment.decision_id,
        outcome=assessment.enforced.value,
        browser=standing_of(attempt.browser, trust_days=trust_days, now=attempt.now).value,
        now=attempt.now,
    )


def _again(door: FrontDoor, request: Request, prompted: Prompted, message: Message) -> Response:
    return login_page(door, request, prompted, status=422, errors={"form": message})


async def _record_failure(
    door: FrontDoor, request: Request, prompted: Prompted, reason: str, *, person: Person | None = None
) -> None:
    event = Event(
        type=_FAILURES.get(reason, EventType.SIGN_IN_FAILED),
        outcome="failure",
        reason=str(reason),
        actor="anonymous",
        subject_id=person.subject_id if person else None,
        client_id=prompted.interaction.client_id or None,
        factor=PATH,
    )
    await door.database.apply([door.audit.effect(event, circumstances_of(request), now=prompted.now)])
    door.metrics.signed_in(_OUTCOMES.get(reason, "wrong_passkey"))
