"""The second factor: what the person set up, on the way that they used last.

A guess costs a try before it is compared, counted for the sign-in and for the person (`login/throttle.py`); a key's
signature costs none. Where a code is owed by mail, a factor that is set up does as well: it is more.
"""

from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.login.device import presented
from idp.login.dispatch import Ask
from idp.login.factors import security_key, sms
from idp.login.factors.answer import FactorModule, Shown, Wrong
from idp.login.factors.registry import factor_for
from idp.login.front_door import FrontDoor
from idp.login.notices import security_notice
from idp.login.prompts.prompted import Prompted
from idp.login.prompts.second_factor_page import (
    factor_page,
    opened_way,
    throttled_page,
    tries_left,
    used_up_page,
    wait_to_send,
    ways_of,
)
from idp.login.proving import proving_subject, record_proof
from idp.login.throttle import MANY_FAILURES, Count, Key
from idp.login.ways import may_be_trusted
from idp.records.event import Event, EventType
from idp.records.factor import Way
from idp.risk.familiarity import is_familiar
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.factors import SET_LAST_WAY
from idp.store.interactions import COMPLETE, REMEMBER_HERE
from idp.store.statement import Effect
from idp.web.circumstances import circumstances_of
from idp.web.forms import Parameters

ASK = Ask.SECOND_FACTOR
PATH = ASK.value
TURNS = frozenset({Ask.SECOND_FACTOR, Ask.EMAIL_CODE})
OTHER_WAY = "other-way"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One answer. `way` is what the page shows, `factor` whose answer it is; without `keys` it can't be guessed."""

    shown: Shown
    prompted: Prompted
    way: Way
    factor: FactorModule
    keys: tuple[Key, ...]


async def show(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    way = opened_way(door, prompted)
    if way is None:
        return RedirectResponse(prompted.path(OTHER_WAY), 303)
    return await factor_page(shown_of(door, request, prompted, Parameters([])), prompted, way)


async def submit(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    form = await door.read_form(request, prompted.path(PATH))
    ways = ways_of(door, prompted)
    # The page says which way it shows: another tab may have chosen another one since.
    way = next((way for way in ways if way == form.get("way")), None) or opened_way(door, prompted)
    if way is None or form.get("action") == OTHER_WAY:
        return RedirectResponse(prompted.path(OTHER_WAY), 303)
    shown = shown_of(door, request, prompted, form)
    match form.get("action"):
        case "continue":
            return await _prove(await _attempt(shown, prompted, way, factor_for(way, ways, form)))
        case "options" if way is Way.SECURITY_KEY:
            return await security_key.ask(shown)
        case "send" | "resend" if way is Way.SMS:
            return await _send(shown, prompted)
        case _:
            return await factor_page(shown, prompted, way)


def shown_of(door: FrontDoor, request: Request, prompted: Prompted, form: Parameters) -> Shown:
    """What a factor looks at."""
    assert prompted.standing is not None  # The dispatcher asks nobody else.
    assert prompted.standing.subject_id == proving_subject(prompted)
    return Shown(
        door=door,
        request=request,
        interaction=prompted.interaction,
        standing=prompted.standing,
        locale=prompted.locale,
        form=form,
        now=prompted.now,
    )


async def _prove(attempt: Attempt) -> Response:
    shown, prompted, factor, door = attempt.shown, attempt.prompted, attempt.factor, attempt.shown.door
    if problem := factor.unfit(shown.form):
        return await factor_page(shown, prompted, attempt.way, status=422, error=problem)
    if refused := await _spend(attempt):
        return refused
    answer = await factor.prove(shown)
    if isinstance(answer, Wrong):
        return await (_refuse_guess(attempt, answer) if attempt.keys else _refuse(attempt, answer))
    effects = [*answer.effects, *_kept(shown, prompted, factor.WAY), *door.throttle.forgive(attempt.keys)]
    response = await record_proof(door, prompted, answer.proof, effects)
    door.outbox.wake()
    # Not applied: another request was quicker, with this answer or another one. The dispatcher says what is next.
    return response or prompted.to_dispatcher()


async def _spend(attempt: Attempt) -> Response | None:
    """Spend a try. The answer where none is left."""
    if not attempt.keys:
        return None
    shown, throttle = attempt.shown, attempt.shown.door.throttle
    in_sign_in, of_person = attempt.keys
    if await throttle.spend([in_sign_in], shown.now):
        return used_up_page(shown, attempt.prompted)
    if wait := await throttle.spend([of_person], shown.now):
        given_back = throttle.give_back([in_sign_in])
        await shown.door.database.apply([*given_back, _failure(attempt, "throttled")])
        return await throttled_page(shown, attempt.prompted, attempt.way, wait)
    return None


async def _attempt(shown: Shown, prompted: Prompted, way: Way, factor: FactorModule) -> Attempt:
    keys = await _keys(shown) if factor.IS_GUESSABLE else ()
    return Attempt(shown=shown, prompted=prompted, way=way, factor=factor, keys=keys)


async def _keys(shown: Shown) -> tuple[Key, ...]:
    """The counts of a guess: in this sign-in, and at this person's factors."""
    door, circumstances = shown.door, circumstances_of(shown.request)
    agent = door.seen(shown.request).agent
    found = await presented(door, shown.request, shown.subject_id, agent, shown.now)
    of_person = door.throttle.factor_key(
        shown.subject_id,
        device_id=found.device.device_id if found.device else None,
        is_familiar=await is_familiar(door.database, door.secrets, shown.subject_id, circumstances),
    )
    return Key(count=Count.SIGN_IN, name=shown.interaction.interaction_id), of_person


def _kept(shown: Shown, prompted: Prompted, way: Way) -> list[Effect]:
    """What the next sign-in remembers. A backup code is for once: the page opens on what the person has for good."""
    effects = []
    if way is not Way.BACKUP_CODE:
        effects.append(SET_LAST_WAY.effect(of_subject=shown.subject_id, way=way.value))
    may = may_be_trusted(prompted.demand, shown.standing, shown.door.rules, interaction=prompted.interaction)
    if may and shown.door.settings.factors.trust_days and shown.form.get("remember") == "1":
        effects.append(REMEMBER_HERE.effect(of_interaction=shown.interaction.interaction_id, now=shown.now))
    return effects


async def _refuse(attempt: Attempt, answer: Wrong) -> Response:
    shown = attempt.shown
    if await shown.door.database.apply([*answer.effects, _failure(attempt, answer.reason)]):
        shown.door.outbox.wake()
    return await factor_page(shown, attempt.prompted, attempt.way, status=422, error=answer.message)


async def _refuse_guess(attempt: Attempt, answer: Wrong) -> Response:
    """The last wrong guess ends the sign-in."""
    shown, (in_sign_in, of_person) = attempt.shown, attempt.keys
    left = await tries_left(shown, in_sign_in)
    effects = [*answer.effects, _failure(attempt, answer.reason)]
    if not left:
        effects.append(COMPLETE.effect(of_interaction=shown.interaction.interaction_id, now=shown.now))
    await shown.door.database.apply(effects)
    if await shown.door.throttle.failures(of_person) >= MANY_FAILURES:
        await _tell(shown)
    if not left:
        return used_up_page(shown, attempt.prompted)
    return await factor_page(
        shown, attempt.prompted, attempt.way, status=422, error=answer.message, left=left
    )


async def _tell(shown: Shown) -> None:
    """Somebody has the password and guesses: its owner gets a mail, at most one an hour."""
    person = await shown.door.database.one(PERSON_BY_SUBJECT, subject_id=shown.subject_id)
    assert person is not None
    once = shown.door.throttle.spending([Key(count=Count.NOTICE, name=shown.subject_id)], shown.now)
    seen = shown.door.seen(shown.request)
    if await shown.door.database.apply(
        [*once, *security_notice(shown.door, person, "tries-failed", seen, now=shown.now)]
    ):
        shown.door.outbox.wake()


async def _send(shown: Shown, prompted: Prompted) -> Response:
    phones = await sms.phones(shown)
    chosen = next((phone for phone in phones if phone.phone_id == shown.form.get("phone")), phones[0])
    if wait := await sms.send(shown, chosen):
        return await wait_to_send(shown, prompted, wait)
    return RedirectResponse(prompted.path(PATH), 303)


def _failure(attempt: Attempt, reason: str) -> Effect:
    shown = attempt.shown
    event = Event(
        type=EventType.PROOF_FAILED,
        outcome="failure",
        reason=reason,
        actor="anonymous",
        subject_id=shown.subject_id,
        client_id=shown.interaction.client_id or None,
        factor=attempt.factor.WAY.value,
    )
    return shown.door.audit.effect(event, circumstances_of(shown.request), now=shown.now)
