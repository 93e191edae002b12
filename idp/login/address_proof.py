"""Proving an address that is new to us: a code goes to it, and only who reads it there gets on.

Until then the address is sealed in its challenge, so what was proven is what was typed, whatever happens meanwhile. An
address that they may not have (another account's, say) looks the same: no code goes there, and none is right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from starlette.requests import Request

from idp.events.masking import masked_email
from idp.login.codes import NewCode
from idp.login.front_door import FrontDoor
from idp.login.sending import Asker, asker_of, forgive, stranger, to_recipient
from idp.login.sent_code import (
    Carrier,
    Errand,
    Guessed,
    give_up,
    guess,
    is_answerable,
    newest_challenge,
    send_code,
)
from idp.records.account import SubjectId
from idp.records.factor import Challenge
from idp.spec.identifier import canonical_email
from idp.store.challenges import REDEEM_CHALLENGE
from idp.store.seals import CHALLENGES
from idp.store.statement import Effect
from idp.store.throttle import FORGIVE_ALL

# As many statements as where a mail is written, and of this one no row is touched.
_NOTHING = (FORGIVE_ALL.effect(of_key=""),)


class AddressFor(StrEnum):
    """What an address is proven for: a challenge of one kind never serves another."""

    PRIMARY_THAT_REFUSES = "address"
    BACKUP_AT_SIGN_IN = "backup-address"
    SIGN_UP = "sign-up"
    NEW_PRIMARY = "new-primary"
    NEW_BACKUP = "new-backup"
    CASE = "case-address"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressProof:
    """One request about one new address. `holder_id` is the interaction, session, sign-up or case that it belongs to;
    `subject_id` is None before there is an account.
    """

    door: FrontDoor
    request: Request
    purpose: AddressFor
    holder_id: str
    subject_id: SubjectId | None
    locale: str
    now: int

    async def open_challenge(self) -> Challenge | None:
        """The challenge whose code may be entered now."""
        found = await newest_challenge(self.door, self._errand(""))
        return found if found is not None and is_answerable(found, self.now) else None

    def address_of(self, challenge: Challenge) -> str:
        """Where its codes go."""
        assert challenge.sealed is not None
        assert challenge.root_key_id is not None
        binding = CHALLENGES.binding(challenge.challenge_id)
        opened = self.door.root_keys.open(
            challenge.sealed, root_key_id=challenge.root_key_id, binding=binding
        )
        return opened.decode()

    async def send(self, address: str, *, may_have: bool, instead: Sequence[Effect] = _NOTHING) -> int:
        """Send a code to an address as it was typed. 0, or the seconds to wait. One that they may not have gets
        `instead`, and nothing else tells it apart.
        """
        door = self.door

        def carry(code: NewCode) -> Carrier:
            sealed = door.root_keys.seal(address.encode(), binding=CHALLENGES.binding(code.challenge_id))
            lifetime = door.settings.code.lifetime_seconds
            mail = door.outbox.mail(
                "address-code",
                to=address,
                locale=self.locale,
                context={"code": code.text, "minutes": lifetime // 60},
                subject_id=self.subject_id,
                case_id=self.holder_id if self.purpose is AddressFor.CASE else None,
                now=self.now,
                lifetime_seconds=lifetime,
                came_by=self._came_by,
            )
            return Carrier(message_id=None, effects=[mail] if may_have else instead, sealed=sealed)

        def goes_there(challenge: Challenge) -> bool:
            # Whatever this request knew of the address: a code to one mailbox never proves another.
            return self.address_of(challenge) == address

        asker = await self._asker(address)
        return await send_code(door, self._errand(address), asker, carry, self.now, fits=goes_there)

    async def guess(self, challenge: Challenge, typed: str) -> Guessed:
        """Compare a text with the codes. A right one has yet to be redeemed, by `redeem`."""
        asker = await self._asker(None)
        return await guess(self.door, challenge, asker, typed, self.now)

    async def redeem(self, challenge: Challenge) -> list[Effect]:
        """Uses the challenge up, for the transaction that keeps the address."""
        address = self.address_of(challenge)
        return [
            REDEEM_CHALLENGE.effect(expects=1, of_challenge=challenge.challenge_id, now=self.now),
            # The recipient's count is one row for everybody: of two that prove an address at once, one waits here.
            *forgive(await self._asker(address)),
        ]

    async def give_up(self, challenge: Challenge) -> None:
        """The person wants another address."""
        await self.door.database.apply([give_up(challenge, self.now)])

    @property
    def _came_by(self) -> str:
        """Before there is an account, or anybody may know whose it is, the code looks like the page."""
        subsidiary = self.door.pages.subsidiary(self.request) if self.subject_id is None else None
        return subsidiary.code if subsidiary else ""

    async def _asker(self, address: str | None) -> Asker:
        door = self.door
        if self.subject_id is None:
            asker = stranger(door, self.request)
        else:
            asker = await asker_of(door, self.request, self.subject_id, self.now)
        return asker if address is None else to_recipient(door, asker, canonical_email(address) or "")

    def _errand(self, address: str) -> Errand:
        return Errand(
            kind=self.purpose.value,
            interaction_id=self.holder_id,
            subject_id=self.subject_id,
            recipient=masked_email(address) if address else "",
        )


def plain(typed: str) -> str:
    """An address as mail goes to it: what folding changed was typed with another keyboard, and goes to the plain form.
    Only for what `canonical_email` accepts.
    """
    key = canonical_email(typed)
    assert key is not None
    return typed if typed.lower() == key else key
