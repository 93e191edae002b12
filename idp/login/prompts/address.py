"""An address that works, instead of a primary one whose mailbox refuses mail for good.

Only who signs in with a browser that the account knows is asked, and may put it off. The new address is proven by a
code; until then it is sealed in the challenge. One that another account has looks the same: no code goes anywhere, and
none is right.
"""

from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.address import is_free, replace_refused_address, with_address
from idp.events.masking import masked_email
from idp.login.codes import LONGEST_TYPED, NewCode, looks_like_code
from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.notices import security_notice
from idp.login.prompts.email_code_page import CODE_MISSING, CODE_UNREADABLE, wrong_code
from idp.login.prompts.prompted import Prompted
from idp.login.proving import proving_subject
from idp.login.sending import Asker, asker_of, forgive, to_recipient
from idp.login.sent_code import Carrier, Errand, give_up, guess, is_answerable, newest_challenge, send_code
from idp.records.account import Person
from idp.records.event import Occasion
from idp.records.factor import Challenge
from idp.spec.identifier import canonical_email
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.challenges import REDEEM_CHALLENGE
from idp.store.interactions import SKIP_ADDRESS
from idp.store.seals import CHALLENGES
from idp.web.circumstances import circumstances_of
from idp.web.forms import Parameters
from idp.web.locale import Message

ASK = Ask.ADDRESS
PATH = ASK.value
TURNS = frozenset({ASK})
KIND = "address"

_MISSING = Message("Enter an e-mail address")
_UNREADABLE = Message("Enter an e-mail address in full, such as name@example.com")
_REFUSED = Message("This is the address that refuses our mail. Enter another one.")
_OVER = Message("This code works no more. Enter the address again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request: whose address it is, and the challenge that goes to a new one, if a code can be entered for it."""

    door: FrontDoor
    request: Request
    prompted: Prompted
    person: Person
    challenge: Challenge | None

    @property
    def now(self) -> int:
        return self.prompted.now

    def errand(self, address: str) -> Errand:
        return Errand(
            kind=KIND,
            interaction_id=self.prompted.interaction.interaction_id,
            subject_id=self.person.subject_id,
            recipient=masked_email(address),
        )

    def address_of(self, challenge: Challenge) -> str:
        """Where its codes go."""
        assert challenge.sealed is not None
        assert challenge.root_key_id is not None
        binding = CHALLENGES.binding(challenge.challenge_id)
        opened = self.door.root_keys.open(
            challenge.sealed, root_key_id=challenge.root_key_id, binding=binding
        )
        return opened.decode()


async def show(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    visit = await _visit(door, request, prompted)
    return _code_page(visit, visit.challenge) if visit.challenge else _address_page(visit)


async def submit(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    form = await door.read_form(request, prompted.path(ASK))
    visit = await _visit(door, request, prompted)
    match form.get("action"):
        case "skip":
            skip = SKIP_ADDRESS.effect(of_interaction=prompted.interaction.interaction_id, now=visit.now)
            await door.database.apply([skip])
            return prompted.to_dispatcher()
        case "change":
            if visit.challenge:
                await door.database.apply([give_up(visit.challenge, visit.now)])
            return _again(visit)
        case "resend":
            return await _resend(visit)
        case _ if "email" in form or (visit.challenge is None and "code" not in form):
            return await _take(visit, form.get("email", "").strip())
        case _:
            return await _prove(visit, form)


async def _visit(door: FrontDoor, request: Request, prompted: Prompted) -> Visit:
    person = await door.database.one(PERSON_BY_SUBJECT, subject_id=proving_subject(prompted))
    assert person is not None  # Accounts are disabled, never deleted.
    visit = Visit(door=door, request=request, prompted=prompted, person=person, challenge=None)
    found = await newest_challenge(door, visit.errand(""))
    if found is None or not is_answerable(found, prompted.now):
        return visit
    return Visit(door=door, request=request, prompted=prompted, person=person, challenge=found)


async def _take(visit: Visit, typed: str) -> Response:
    """Send a code to an address that was typed."""
    key = canonical_email(typed)
    if key is None:
        return _address_page(visit, typed=typed, error=_UNREADABLE if typed else _MISSING)
    if key == canonical_email(visit.person.primary_email or ""):
        return _address_page(visit, typed=typed, error=_REFUSED)
    # What folding changed was typed with another keyboard; mail goes to the plain form.
    address = typed if typed.lower() == key else key
    if visit.challenge is not None:
        if visit.address_of(visit.challenge) == address:
            return _again(visit)
        await visit.door.database.apply([give_up(visit.challenge, visit.now)])
    if wait := await _send(visit, address):
        return _address_page(visit, typed=typed, wait=wait)
    return _again(visit)


async def _resend(visit: Visit) -> Response:
    if visit.challenge is None:
        return _again(visit)
    wait = await _send(visit, visit.address_of(visit.challenge))
    return _code_page(visit, visit.challenge, wait=wait) if wait else _again(visit)


async def _prove(visit: Visit, form: Parameters) -> Response:
    challenge, typed = visit.challenge, form.get("code", "")
    if challenge is None:
        return _address_page(visit, form_error=_OVER)
    if not looks_like_code(typed):
        message = CODE_UNREADABLE if typed.strip() else CODE_MISSING
        return _code_page(visit, challenge, typed=typed, errors={"code": message})
    door, now = visit.door, visit.now
    asker = await asker_of(door, visit.request, visit.person.subject_id, now)
    guessed = await guess(door, challenge, asker, typed, now)
    if guessed.wait_seconds:
        return _code_page(visit, challenge, wait=guessed.wait_seconds)
    if not guessed.is_right:
        errors = wrong_code(guessed.challenge)
        if not is_answerable(guessed.challenge, now):
            return _address_page(visit, form_error=errors["form"])
        return _code_page(visit, guessed.challenge, typed=typed, errors=errors)
    return await _become_primary(visit, challenge, asker)


async def _become_primary(visit: Visit, challenge: Challenge, asker: Asker) -> Response:
    """The address was proven."""
    door, now, address = visit.door, visit.now, visit.address_of(challenge)
    changed = with_address(visit.person, address)
    also = [
        REDEEM_CHALLENGE.effect(expects=1, of_challenge=challenge.challenge_id, now=now),
        # The recipient's count is one row for everybody: of two accounts that prove an address at once, one waits here.
        *forgive(to_recipient(door, asker, canonical_email(address) or "")),
        *security_notice(door, changed, "address-changed", door.seen(visit.request), now=now),
    ]
    occasion = Occasion(
        now=now,
        actor=f"subject:{visit.person.subject_id}",
        circumstances=circumstances_of(visit.request),
    )
    if await replace_refused_address(door.database, door.audit, occasion, visit.person, address, also=also):
        door.outbox.wake()
    return visit.prompted.to_dispatcher()


async def _send(visit: Visit, address: str) -> int:
    """0, or the seconds to wait. What another account has gets no mail, and nothing else tells it apart."""
    door, key = visit.door, canonical_email(address)
    assert key is not None
    can_be_ours = await is_free(door.database, key)
    asker = to_recipient(door, await asker_of(door, visit.request, visit.person.subject_id, visit.now), key)

    def carry(code: NewCode) -> Carrier:
        sealed = door.root_keys.seal(address.encode(), binding=CHALLENGES.binding(code.challenge_id))
        lifetime = door.settings.code.lifetime_seconds
        mail = door.outbox.mail(
            "address-code",
            to=address,
            locale=visit.person.language or visit.prompted.locale,
            context={"code": code.text, "minutes": lifetime // 60},
            subject_id=visit.person.subject_id,
            now=visit.now,
            lifetime_seconds=lifetime,
        )
        return Carrier(message_id=None, effects=[mail] if can_be_ours else [], sealed=sealed)

    return await send_code(door, visit.errand(address), asker, carry, visit.now)


def _again(visit: Visit) -> Response:
    return RedirectResponse(visit.prompted.path(ASK), 303)


def _said(wait: int) -> dict[str, Message]:
    words = Message("That was often. Wait %(wait)s, then try again.", {"wait": timedelta(seconds=wait)})
    return {"form": words}


def _address_page(
    visit: Visit,
    *,
    typed: str = "",
    error: Message | None = None,
    form_error: Message | None = None,
    wait: int = 0,
) -> Response:
    errors = _said(wait) if wait else {}
    errors |= {"email": error} if error else {}
    errors |= {"form": form_error} if form_error else {}
    return visit.door.pages.render(
        visit.request,
        "address.html",
        status=429 if wait else 422 if errors else 200,
        locale=visit.prompted.locale,
        headers={"Retry-After": str(wait)} if wait else None,
        **visit.prompted.form(visit.door, ASK),
        refused=masked_email(visit.person.primary_email or ""),
        typed=typed,
        errors=errors,
    )


def _code_page(
    visit: Visit,
    challenge: Challenge,
    *,
    typed: str = "",
    errors: dict[str, Message] | None = None,
    wait: int = 0,
) -> Response:
    errors = _said(wait) if wait else errors or {}
    return visit.door.pages.render(
        visit.request,
        "address-code.html",
        status=429 if wait else 422 if errors else 200,
        locale=visit.prompted.locale,
        headers={"Retry-After": str(wait)} if wait else None,
        **visit.prompted.form(visit.door, ASK),
        address=visit.address_of(challenge),
        typed=typed[:LONGEST_TYPED],
        is_numeric=visit.door.settings.code.is_numeric,
        minutes=-(-max(challenge.expires_at - visit.now, 0) // 60),
        errors=errors,
    )
