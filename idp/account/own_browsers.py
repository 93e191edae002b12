"""Somebody's browsers in one list, with the sessions in them: what their owner sees, and support."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from idp.records.session import Device, Session


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


def browsers_of(
    devices: Sequence[Device], sessions: Sequence[Session], here: Session | None = None
) -> list[OwnBrowser]:
    """Pure: each device with its sessions, and sessions without one; the one of the session `here` first, then the last
    used.
    """
    here_device, here_session = (here.device_id, here.session_id) if here else (None, None)
    listed = []
    known = {device.device_id for device in devices}
    for device in devices:
        within = tuple(session for session in sessions if session.device_id == device.device_id)
        listed.append(OwnBrowser(device=device, sessions=within, is_this=device.device_id == here_device))
    for session in sessions:
        if session.device_id not in known:
            is_this = session.session_id == here_session
            listed.append(OwnBrowser(device=None, sessions=(session,), is_this=is_this))
    return sorted(listed, key=lambda browser: (not browser.is_this, -browser.seen_at))


def shown(browser: OwnBrowser, *, trusts: bool, now: int) -> dict[str, Any]:
    """What a page says of it, by which nobody can act on it. `trusts`: whether the operator lets people trust any."""
    device, newest = browser.device, browser.sessions[0] if browser.sessions else None
    trusted_until = device.trusted_until if device else None
    return {
        "browser": device.browser if device else newest.user_agent if newest else "",
        "system": device.system if device else "",
        "place": device.place if device else newest.place if newest else "",
        "country": device.country if device else newest.country if newest else "",
        "known_since": device.created_at if device else None,
        "signed_in_at": newest.authenticated_at if newest else None,
        "last_seen_at": browser.seen_at,
        "trusted_until": trusted_until if trusts and (trusted_until or 0) > now else None,
        "this": browser.is_this,
    }
