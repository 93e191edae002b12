"""`/account/addresses/primary` and `…/backup`: another address, proven by a code that goes there.

A page begins only for who signed in lately; its code may be entered as long as it works. A first backup address takes
nothing away, and is there at once; any other change waits.
"""

from dataclasses import dataclass
from typing import Any

from starlette.responses import RedirectResponse, Response

from idp.account.address import add_backup, is_free, with_backup
from idp.account.address_change import former_address
from idp.account.address_mails import change_mails
from idp.login import new_address
from idp.login.address_proof import AddressFor, AddressProof
from idp.portal.addresses import overview
from idp.portal.addresses.acting import plan, still_signed_in, whence_of
from idp.portal.addresses.fresh import is_fresh, sign_in_again
from idp.portal.visit import Visit
from idp.records.factor import Challenge
from idp.records.sign_up import AddressPlace
from idp.spec.identifier import canonical_email
from idp.store.address_changes import END_CHANGES
from idp.web.locale import Message

PRIMARY_PATH = "/account/addresses/primary"
BACKUP_PATH = "/account/addresses/backup"

_PURPOSES = {AddressPlace.PRIMARY: AddressFor.NEW_PRIMARY, AddressPlace.BACKUP: AddressFor.NEW_BACKUP}
_PRIMARY = Message("This is your primary address. Enter another one.")
_BACKUP = Message("This is your backup address. Enter another one.")
_PLANNED = {
    AddressPlace.PRIMARY: Message("This is going to be your primary address. Enter another one."),
    AddressPlace.BACKUP: Message("This is going to be your backup address. Enter another one."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnDesk:
    """The steps among the customer's own pages."""

    visit: Visit
    place: AddressPlace

    @property
    def proof(self) -> AddressProof:
        visit = self.visit
        return AddressProof(
            door=visit.door,
            request=visit.request,
            purpose=_PURPOSES[self.place],
            holder_id=visit.session.session_id,
            subject_id=visit.person.subject_id,
            locale=visit.person.language or visit.locale,
            now=visit.now,
        )

    @property
    def former(self) -> str:
        return former_address(self.visit.person, self.place) or ""

    def address_page(self, **context: Any) -> Response:
        hours = self.visit.door.settings.recovery.address_change_hours
        return self.visit.render(
            "account/new-address.html",
            **self.visit.form(),
            place=self.place.value,
            former=self.former,
            wait_seconds=hours * 3_600,
            **context,
        )

    def code_page(self, **context: Any) -> Response:
        form = self.visit.form()
        return self.visit.render(
            "address-code.html", frame="account/layout.html", may_skip=False, **form, **context
        )

    def again(self) -> Response:
        return self.visit.back()

    async def refusal(self, key: str) -> Message | None:
        person = self.visit.person
        if key == canonical_email(person.primary_email or ""):
            return _PRIMARY
        if key == canonical_email(former_address(person, AddressPlace.BACKUP) or ""):
            return _BACKUP
        others = [
            change
            for change in await overview.waiting_changes(self.visit)
            if change.place is not self.place and change.email_key == key
        ]
        return _PLANNED[others[0].place] if others else None

    async def may_have(self, key: str) -> bool:
        """One mailbox may back several accounts up; a primary address is one account's."""
        return self.place is AddressPlace.BACKUP or await is_free(self.visit.door.database, key)

    async def keep(self, challenge: Challenge) -> Response:
        address, redeeming = self.proof.address_of(challenge), await self.proof.redeem(challenge)
        if self.place is AddressPlace.BACKUP and not self.former:
            return await self._add(address, redeeming)
        return await plan(self.visit, self.place, address, also=redeeming) or self.again()

    async def _add(self, address: str, redeeming: list[Any]) -> Response:
        visit, person = self.visit, self.visit.person
        told = change_mails(
            visit.door,
            person,
            "backup-address-added",
            with_backup(person, address).proven_addresses,
            whence=whence_of(visit),
            now=visit.now,
        )
        overtaken = END_CHANGES.effect(
            of_account=person.account_id, of_place=self.place.value, now=visit.now, why="replaced"
        )
        also = [*redeeming, still_signed_in(visit), overtaken, *told]
        if await add_backup(
            visit.door.database, visit.door.audit, visit.occasion, person, address, also=also
        ):
            visit.door.outbox.wake()
        return RedirectResponse(overview.PATH, 303)


async def show(visit: Visit) -> Response:
    desk = _desk(visit)
    if await desk.proof.open_challenge() is None and not await is_fresh(visit):
        return await sign_in_again(visit)
    return await new_address.show(desk)


async def submit(visit: Visit) -> Response:
    form, desk = await visit.read_form(), _desk(visit)
    begins = "email" in form or await desk.proof.open_challenge() is None
    if begins and not await is_fresh(visit):
        return await sign_in_again(visit)
    return await new_address.submit(desk, form)


def _desk(visit: Visit) -> OwnDesk:
    place = AddressPlace.PRIMARY if visit.path == PRIMARY_PATH else AddressPlace.BACKUP
    return OwnDesk(visit=visit, place=place)
