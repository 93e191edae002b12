"""`/account/devices`: the browsers that the account was used in, signed in or not, and forgetting them.

A form names a browser by its device or, where it is none (a shared computer, say), by the session's `sid`. Both are
looked up among the person's own: nobody touches another's.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import RedirectResponse, Response

from idp.account.browsers import end_trust, forget_browser, forget_other_browsers
from idp.portal.visit import Visit
from idp.records.session import Device, Session
from idp.store.devices import DEVICES_OF_SUBJECT
from idp.store.sessions import SESSIONS_OF_SUBJECT

PATH = "/account/devices"
FORMER_PATH = "/account/sessions"
_SIGNED_OUT_PAGE = "/logout"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBrowser:
    """A browser with the sessions in it. `is_this`: the one that shows the page."""

    device: Device | None
    sessions: tuple[Session, ...]
    is_this: bool

    @property
    def name(self) -> str:
        """What a form calls it."""
        return self.device.device_id if self.device else self.sessions[0].sid

    @property
    def seen_at(self) -> int:
        """When it was last used: signed in with, or a page opened in a session of it."""
        times = [session.seen_at for session in self.sessions]
        return max([*times, self.device.seen_at] if self.device else times)


async def show(visit: Visit) -> Response:
    browsers = await _own_browsers(visit)
    return visit.render(
        "account/devices.html",
        **visit.form(),
        browsers=[_row(visit, browser) for browser in browsers],
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


def browsers_of(devices: Sequence[Device], sessions: Sequence[Session], here: Session) -> list[OwnBrowser]:
    """Pure: each device with its sessions, and sessions without one; this browser first, then the last used."""
    listed = []
    known = {device.device_id for device in devices}
    for device in devices:
        within = tuple(session for session in sessions if session.device_id == device.device_id)
        listed.append(OwnBrowser(device=device, sessions=within, is_this=device.device_id == here.device_id))
    for session in sessions:
        if session.device_id not in known:
            is_this = session.session_id == here.session_id
            listed.append(OwnBrowser(device=None, sessions=(session,), is_this=is_this))
    return sorted(listed, key=lambda browser: (not browser.is_this, -browser.seen_at))


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


def _row(visit: Visit, browser: OwnBrowser) -> dict[str, object]:
    device, newest = browser.device, browser.sessions[0] if browser.sessions else None
    trusted_until = device.trusted_until if device else None
    is_trusted = bool(visit.door.settings.factors.trust_days) and (trusted_until or 0) > visit.now
    return {
        "id": browser.name,
        "browser": device.browser if device else newest.user_agent if newest else "",
        "system": device.system if device else "",
        "place": device.place if device else newest.place if newest else "",
        "country": device.country if device else newest.country if newest else "",
        "known_since": device.created_at if device else None,
        "signed_in_at": newest.authenticated_at if newest else None,
        "last_seen_at": browser.seen_at,
        "trusted_until": trusted_until if is_trusted else None,
        "this": browser.is_this,
    }
