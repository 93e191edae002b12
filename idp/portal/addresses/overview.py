"""`/account/addresses`: both addresses, and what waits to change them."""

from typing import Any

from starlette.responses import Response

from idp.account.address_change import cancel_change, settle_change, what_of
from idp.portal.addresses.acting import whence_of
from idp.portal.visit import Visit
from idp.records.event import Occasion
from idp.records.sign_up import AddressChange, AddressPlace
from idp.store.address_changes import WAITING_CHANGES
from idp.web.locale import Message

PATH = "/account/addresses"


async def show(visit: Visit, *, status: int = 200, errors: dict[str, Message] | None = None) -> Response:
    changes = await waiting_changes(visit)
    if due := [change for change in changes if change.apply_at <= visit.now]:
        # Upkeep comes by once a minute; who looks here sees what is.
        for change in due:
            await settle_change(visit.door, Occasion(now=visit.now, actor="system"), change)
        return visit.back()
    waiting = {change.place: _row(change) for change in changes}
    person = visit.person
    return visit.render(
        "account/addresses.html",
        status=status,
        **visit.form(),
        backup=person.backup_email if person.backup_email_verified else "",
        waiting={place.value: waiting.get(place) for place in AddressPlace},
        now=visit.now,
        errors=errors or {},
    )


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    change = await waiting_change(visit, form.get("change", ""))
    if form.get("action") == "cancel" and change is not None:
        await cancel_change(visit.door, visit.occasion, visit.person, change, whence=whence_of(visit))
    return visit.back()


async def waiting_changes(visit: Visit) -> list[AddressChange]:
    """At most one for each place: a newer one takes the place of the one before (`plan_change`)."""
    return await visit.door.database.all(WAITING_CHANGES, of_account=visit.person.account_id)


async def waiting_change(visit: Visit, change_id: str) -> AddressChange | None:
    """The one that a form or a query names, if it is this account's and waits."""
    found = await waiting_changes(visit)
    return next((change for change in found if change.change_id == change_id), None)


def _row(change: AddressChange) -> dict[str, Any]:
    return {
        "id": change.change_id,
        "what": what_of(change),
        "email": change.email,
        "apply_at": change.apply_at,
    }
