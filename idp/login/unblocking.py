"""Signing in to an account that its owner blocked: who may go on after the right password, and what lifts the block.

The login prompt lets on whoever chose the password by a link in this browser, since the block; the dispatcher asks them
for a second proof (`dispatch.owed_to_unblock`); and the session is made in the transaction that lifts the block.
"""

from starlette.requests import Request

from idp.account.new_password import chosen_in_browser_at
from idp.account.unblocking import WayBack, way_back
from idp.login.dispatch import owed_to_unblock
from idp.login.front_door import FrontDoor
from idp.login.notices import security_notice
from idp.records.account import AccountStatus, Person
from idp.records.event import Event, EventType
from idp.records.interaction import Interaction
from idp.store.accounts import LIFT_BLOCK
from idp.store.factors import STANDING
from idp.store.statement import Effect
from idp.web.circumstances import circumstances_of
from idp.web.cookies import Cookie


async def find_way_back(door: FrontDoor, person: Person) -> WayBack:
    """The way back into a blocked account, beside a new password."""
    standing = await door.database.one(STANDING, of_subject=person.subject_id)
    assert standing is not None  # Everybody has one.
    return way_back(standing, sms=door.rules.sms)


async def chosen_here_at(door: FrontDoor, request: Request, person: Person, now: int) -> int | None:
    """When this browser chose the password by a mailed link, if it did within the life of one."""
    since = now - max(door.settings.recovery.link_seconds, door.settings.recovery.proven_seconds)
    cookie = door.cookies.read(request, Cookie.PROOF)
    return await chosen_in_browser_at(door.database, person.subject_id, cookie, since=since)


async def may_unblock(door: FrontDoor, person: Person, chosen_at: int | None) -> bool:
    """Whether the owner of a blocked account, who has just entered the right password, may go on to a second proof."""
    standing = await door.database.one(STANDING, of_subject=person.subject_id)
    if (
        chosen_at is None
        or standing is None
        or standing.blocked_at is None
        or chosen_at < standing.blocked_at
    ):
        return False
    return way_back(standing, sms=door.rules.sms) is not WayBack.SUPPORT


async def lift_block(
    door: FrontDoor, request: Request, person: Person, interaction: Interaction, now: int
) -> list[Effect] | None:
    """What makes the account one that can be signed in to: nothing where it is; None where nothing does."""
    if person.status is AccountStatus.ACTIVE:
        return []
    standing = await door.database.one(STANDING, of_subject=person.subject_id)
    if standing is None or standing.blocked_at is None:
        return None
    if owed_to_unblock(interaction, standing, door.rules) is not None:
        return None
    event = Event(
        type=EventType.ACCOUNT_UNBLOCKED,
        actor=f"subject:{person.subject_id}",
        subject_id=person.subject_id,
        reason="by_owner",
    )
    return [
        LIFT_BLOCK.effect(expects=1, of_account=person.account_id, since=standing.blocked_at, now=now),
        door.audit.effect(event, circumstances_of(request), now=now),
        *security_notice(door, person, "account-unblocked", door.seen(request), now=now),
    ]
