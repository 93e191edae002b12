"""An address that works, instead of a primary one whose mailbox refuses mail for good.

Only who signs in with a browser that the account knows is asked, and may put it off. The steps, and what becomes of an
address that another account has, are those of `login/new_address.py`.
"""

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from idp.account.address import is_free, replace_refused_address, with_address
from idp.events.masking import masked_email
from idp.login import new_address
from idp.login.address_proof import AddressFor, AddressProof
from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.notices import security_notice
from idp.login.prompts.prompted import Prompted
from idp.login.proving import proving_subject
from idp.records.account import Person
from idp.records.event import Occasion
from idp.records.factor import Challenge
from idp.spec.identifier import canonical_email
from idp.store.accounts import KEEP_PASSWORD, PERSON_BY_SUBJECT
from idp.store.interactions import SKIP_ADDRESS
from idp.store.sessions import KEEP_SESSION
from idp.store.statement import Effect
from idp.web.circumstances import circumstances_of
from idp.web.locale import Message

ASK = Ask.ADDRESS
PATH = ASK.value
TURNS = frozenset({ASK})

_REFUSED = Message("This is the address that refuses our mail. Enter another one.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInDesk:
    """A sign-in that asks its person for an address, at the prompt `ask`."""

    door: FrontDoor
    request: Request
    prompted: Prompted
    person: Person
    ask: Ask
    purpose: AddressFor

    @property
    def proof(self) -> AddressProof:
        return AddressProof(
            door=self.door,
            request=self.request,
            purpose=self.purpose,
            holder_id=self.prompted.interaction.interaction_id,
            subject_id=self.person.subject_id,
            locale=self.person.language or self.prompted.locale,
            now=self.prompted.now,
        )

    @property
    def occasion(self) -> Occasion:
        return Occasion(
            now=self.prompted.now,
            actor=f"subject:{self.person.subject_id}",
            circumstances=circumstances_of(self.request),
        )

    @property
    def still_proven(self) -> list[Effect]:
        """For the transaction of a change: whoever waits here while the owner chooses another password changes
        nothing.
        """
        interaction = self.prompted.interaction
        if interaction.session_id is not None:
            return [KEEP_SESSION.effect(expects=1, of_session=interaction.session_id)]
        if (at := interaction.proven_password_at) is None:
            return []
        return [KEEP_PASSWORD.effect(expects=1, of_subject=self.person.subject_id, proven_password_at=at)]

    def again(self) -> Response:
        return RedirectResponse(self.prompted.path(self.ask), 303)

    def render(self, template: str, **context: Any) -> Response:
        form = self.prompted.form(self.door, self.ask)
        return self.door.pages.render(self.request, template, locale=self.prompted.locale, **form, **context)

    def code_page(self, **context: Any) -> Response:
        return self.render("address-code.html", frame="layout.html", may_skip=True, **context)


class RefusedDesk(SignInDesk):
    """For the primary address."""

    __slots__ = ()

    def address_page(self, **context: Any) -> Response:
        return self.render("address.html", refused=masked_email(self.person.primary_email or ""), **context)

    async def refusal(self, key: str) -> Message | None:
        return _REFUSED if key == canonical_email(self.person.primary_email or "") else None

    async def may_have(self, key: str) -> bool:
        return await is_free(self.door.database, key)

    async def keep(self, challenge: Challenge) -> Response:
        door, address = self.door, self.proof.address_of(challenge)
        changed = with_address(self.person, address)
        seen = door.seen(self.request)
        also = [
            *self.still_proven,
            *await self.proof.redeem(challenge),
            *security_notice(door, changed, "address-changed", seen, now=self.prompted.now),
        ]
        if await replace_refused_address(
            door.database, door.audit, self.occasion, self.person, address, also=also
        ):
            door.outbox.wake()
        return self.prompted.to_dispatcher()


async def show(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    return await new_address.show(await _desk(door, request, prompted))


async def submit(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    form = await door.read_form(request, prompted.path(ASK))
    if form.get("action") == "skip":
        skip = SKIP_ADDRESS.effect(of_interaction=prompted.interaction.interaction_id, now=prompted.now)
        await door.database.apply([skip])
        return prompted.to_dispatcher()
    return await new_address.submit(await _desk(door, request, prompted), form)


async def person_asked(door: FrontDoor, prompted: Prompted) -> Person:
    """Whose address is asked for."""
    person = await door.database.one(PERSON_BY_SUBJECT, subject_id=proving_subject(prompted))
    assert person is not None  # Accounts are closed, their rows never deleted.
    return person


async def _desk(door: FrontDoor, request: Request, prompted: Prompted) -> RefusedDesk:
    return RefusedDesk(
        door=door,
        request=request,
        prompted=prompted,
        person=await person_asked(door, prompted),
        ask=ASK,
        purpose=AddressFor.PRIMARY_THAT_REFUSES,
    )
