"""`/account/devices`: the browsers that the account was used in, signed in or not, and forgetting them.

A form names a browser by its device or, where it is none (a shared computer, say), by the session's `sid`. Both are
looked up among the person's own: nobody touches another's.
"""

from starlette.responses import RedirectResponse, Response

from idp.account.browsers import end_trust, forget_browser, forget_other_browsers
from idp.account.own_browsers import OwnBrowser, browsers_of, shown
from idp.portal.visit import Visit
from idp.store.devices import DEVICES_OF_SUBJECT
from idp.store.sessions import SESSIONS_OF_SUBJECT

PATH = "/account/devices"
FORMER_PATH = "/account/sessions"
_SIGNED_OUT_PAGE = "/logout"


async def show(visit: Visit) -> Response:
    browsers = await _own_browsers(visit)
    trusts = bool(visit.door.settings.factors.trust_days)
    return visit.render(
        "account/devices.html",
        **visit.form(),
        browsers=[
            {**shown(browser, trusts=trusts, now=visit.now), "id": browser.name} for browser in browsers
        ],
        now=visit.now,
    )


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    browsers = await _own_browsers(visit)
    chosen = next((browser for browser in browsers if browser.name == form.get("browser")), None)
    match form.get("action"):
        case "end" if chosen is not None:
            return await _forget(visit, chosen)
        case "end-trust" if chosen is not None and chosen.device is not None:
            await visit.door.database.apply(end_trust(visit.keeper, chosen.device.device_id))
        case "end-others":
            effects = forget_other_browsers(
                visit.keeper,
                kept_device_id=visit.session.device_id,
                kept_session_id=visit.session.session_id,
            )
            await visit.door.database.apply(effects)
        case _:
            pass
    return visit.back()


async def moved(visit: Visit) -> Response:
    """Sessions are listed with their browsers now."""
    return RedirectResponse(PATH, 303)


async def _forget(visit: Visit, chosen: OwnBrowser) -> Response:
    session_ids = [session.session_id for session in chosen.sessions]
    device_id = chosen.device.device_id if chosen.device else None
    await visit.door.database.apply(
        forget_browser(visit.keeper, device_id=device_id, session_ids=session_ids)
    )
    # With nobody signed in any more, it says so and expires the cookie.
    return RedirectResponse(_SIGNED_OUT_PAGE, 303) if chosen.is_this else visit.back()


async def _own_browsers(visit: Visit) -> list[OwnBrowser]:
    database, subject_id = visit.door.database, visit.person.subject_id
    devices = await database.all(DEVICES_OF_SUBJECT, of_subject=subject_id, now=visit.now)
    sessions = await database.all(SESSIONS_OF_SUBJECT, of_subject=subject_id)
    living = [session for session in sessions if session.is_alive(visit.now)]
    return browsers_of(devices, living, visit.session)
