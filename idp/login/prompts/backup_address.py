"""A backup address, for who has none: asked once in a while at the end of a sign-in, and put off as long as they like.

The steps are those of `login/new_address.py`. One mailbox may back several accounts up, so whatever was typed gets its
code; it only has to differ from the primary address, and from one that is to become it.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.account.address import add_backup, with_backup
from idp.login import new_address
from idp.login.address_proof import AddressFor
from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.notices import security_notice
from idp.login.prompts.address import SignInDesk, person_asked
from idp.login.prompts.prompted import Prompted
from idp.records.factor import Challenge
from idp.spec.identifier import canonical_email
from idp.store.address_changes import ASK_BACKUP
from idp.store.interactions import SKIP_BACKUP
from idp.web.locale import Message

ASK = Ask.BACKUP_ADDRESS
PATH = ASK.value
TURNS = frozenset({ASK})

SAME = Message("This is your primary address. The backup address has to be another one.")


class BackupDesk(SignInDesk):
    """For the backup address."""

    __slots__ = ()

    def address_page(self, **context: Any) -> Response:
        return self.render("backup-address.html", primary=self.person.primary_email or "", **context)

    async def refusal(self, key: str) -> Message | None:
        return SAME if key == canonical_email(self.person.primary_email or "") else None

    async def may_have(self, key: str) -> bool:
        return True

    async def keep(self, challenge: Challenge) -> Response:
        door, now, address = self.door, self.prompted.now, self.proof.address_of(challenge)
        changed = with_backup(self.person, address)
        also = [
            *self.still_proven,
            *await self.proof.redeem(challenge),
            *security_notice(door, changed, "backup-address-added", door.seen(self.request), now=now),
        ]
        if await add_backup(door.database, door.audit, self.occasion, self.person, address, also=also):
            door.outbox.wake()
        return self.prompted.to_dispatcher()


async def show(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    return await new_address.show(await _desk(door, request, prompted))


async def submit(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    form = await door.read_form(request, prompted.path(ASK))
    desk = await _desk(door, request, prompted)
    if form.get("action") == "skip":
        skip = SKIP_BACKUP.effect(of_interaction=prompted.interaction.interaction_id, now=prompted.now)
        asked = ASK_BACKUP.effect(of_account=desk.person.account_id, now=prompted.now)
        await door.database.apply([skip, asked])
        return prompted.to_dispatcher()
    return await new_address.submit(desk, form)


async def _desk(door: FrontDoor, request: Request, prompted: Prompted) -> BackupDesk:
    return BackupDesk(
        door=door,
        request=request,
        prompted=prompted,
        person=await person_asked(door, prompted),
        ask=ASK,
        purpose=AddressFor.BACKUP_AT_SIGN_IN,
    )
