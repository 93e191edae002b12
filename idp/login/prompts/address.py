"""An address that works, instead of a primary one whose mailbox refuses mail for good.

Only who signs in with a browser that the account knows is asked, and may put it off. The new address is proven by a
code; until then it is sealed in the challenge. One that another account has looks the same: no code goes anywhere, and
none is right.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.address import is_free, replace_refused_address, with_address
from idp.events.masking import masked_email
from idp.login.address_proof import AddressFor, AddressProof, plain
from idp.login.codes import LONGEST_TYPED, looks_like_code
from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.notices import security_notice
from idp.login.prompts.email_code_page import CODE_MISSING, CODE_UNREADABLE, wrong_code
from idp.login.prompts.prompted import Prompted
from idp.login.proving import proving_subject
from idp.login.sent_code import is_answerable
from idp.records.account import Person
from idp.records.event import Occasion
from idp.records.factor import Challenge
from idp.spec.identifier import canonical_email
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.interactions import SKIP_ADDRESS
from idp.web.circumstances import circumstances_of
from idp.web.forms import Parameters
from idp.web.locale import Message

ASK = Ask.ADDRESS
PATH = ASK.value
TURNS = frozenset({ASK})

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

    @property
    def proof(self) -> AddressProof:
        return AddressProof(
            door=self.door,
            request=self.request,
            purpose=AddressFor.PRIMARY_THAT_REFUSES,
            holder_id=self.prompted.interaction.interaction_id,
            subject_id=self.person.subject_id,
            locale=self.person.language or self.prompted.locale,
            now=self.now,
        )


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
                await visit.proof.give_up(visit.challenge)
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
    return replace(visit, challenge=await visit.proof.open_challenge())


async def _take(visit: Visit, typed: str) -> Response:
    """Send a code to an address that was typed."""
    key = canonical_email(typed)
    if key is None:
        return _address_page(visit, typed=typed, error=_UNREADABLE if typed else _MISSING)
    if key == canonical_email(visit.person.primary_email or ""):
        return _address_page(visit, typed=typed, error=_REFUSED)
    address = plain(typed)
    if visit.challenge is not None:
        if visit.proof.address_of(visit.challenge) == address:
            return _again(visit)
        await visit.proof.give_up(visit.challenge)
    if wait := await _send(visit, address):
        return _address_page(visit, typed=typed, wait=wait)
    return _again(visit)


async def _resend(visit: Visit) -> Response:
    if visit.challenge is None:
        return _again(visit)
    wait = await _send(visit, visit.proof.address_of(visit.challenge))
    return _code_page(visit, visit.challenge, wait=wait) if wait else _again(visit)


async def _prove(visit: Visit, form: Parameters) -> Response:
    challenge, typed = visit.challenge, form.get("code", "")
    if challenge is None:
        return _address_page(visit, form_error=_OVER)
    if not looks_like_code(typed):
        message = CODE_UNREADABLE if typed.strip() else CODE_MISSING
        return _code_page(visit, challenge, typed=typed, errors={"code": message})
    guessed = await visit.proof.guess(challenge, typed)
    if guessed.wait_seconds:
        return _code_page(visit, challenge, wait=guessed.wait_seconds)
    if not guessed.is_right:
        errors = wrong_code(guessed.challenge)
        if not is_answerable(guessed.challenge, visit.now):
            return _address_page(visit, form_error=errors["form"])
        return _code_page(visit, guessed.challenge, typed=typed, errors=errors)
    return await _become_primary(visit, challenge)


async def _become_primary(visit: Visit, challenge: Challenge) -> Response:
    """The address was proven."""
    door, now, address = visit.door, visit.now, visit.proof.address_of(challenge)
    changed = with_address(visit.person, address)
    also = [
        *await visit.proof.redeem(challenge),
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
    """0, or the seconds to wait. What another account has gets no mail."""
    key = canonical_email(address)
    assert key is not None
    return await visit.proof.send(address, may_have=await is_free(visit.door.database, key))


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
        address=visit.proof.address_of(challenge),
        typed=typed[:LONGEST_TYPED],
        is_numeric=visit.door.settings.code.alphabet == "digits",
        minutes=-(-max(challenge.expires_at - visit.now, 0) // 60),
        errors=errors,
    )
