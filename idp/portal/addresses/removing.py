"""`/account/addresses/remove`: no backup address any more, after the wait."""

from starlette.responses import RedirectResponse, Response

from idp.portal.addresses import overview
from idp.portal.addresses.acting import plan
from idp.portal.addresses.fresh import is_fresh, sign_in_again
from idp.portal.visit import Visit
from idp.records.sign_up import AddressPlace

PATH = "/account/addresses/remove"


async def show(visit: Visit) -> Response:
    if not visit.person.backup_email_verified:
        return RedirectResponse(overview.PATH, 303)
    if not await is_fresh(visit):
        return await sign_in_again(visit)
    hours = visit.door.settings.recovery.address_change_hours
    return visit.render(
        "account/remove-backup.html",
        **visit.form(),
        backup=visit.person.backup_email,
        wait_seconds=hours * 3_600,
    )


async def submit(visit: Visit) -> Response:
    await visit.read_form()
    if not visit.person.backup_email_verified:
        return RedirectResponse(overview.PATH, 303)
    if not await is_fresh(visit):
        return await sign_in_again(visit)
    return await plan(visit, AddressPlace.BACKUP, "") or RedirectResponse(overview.PATH, 303)
