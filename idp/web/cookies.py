"""Our cookies: what each is called, how long it lives, and how it is set, read and expired (S63).

RFC 6265bis. `__Host-` names are bound to this host, to Secure and to `Path=/`. A plain-http issuer, which is on
loopback, has other names without Secure, since some browsers and most HTTP libraries drop those there.
What the values mean is the rooms' business; all of them are short and URL-safe.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from starlette.requests import HTTPConnection
from starlette.responses import Response

from idp.config.settings import Settings

_DAY = 86_400
_YEAR = 365 * _DAY
_VALUE = re.compile(r"[A-Za-z0-9._~-]{1,512}")


class Cookie(StrEnum):
    BROWSER = "browser"
    """One per browser and shared by its tabs: interactions and form tokens are bound to it."""
    PROOF = "proof"
    """New with each proof of a sign-in, so that nobody who knows the browser's cookie from before reaps it."""
    SESSION = "session"
    """A signed-in person. Its lifetime depends on "this is a shared computer", so it is given when it is set."""
    DEVICE = "device"
    """A browser that somebody has used before. It survives signing out."""
    STATE = "state"
    """Whether the session is still the same, for the iframe of Session Management 1.0 §4: scripts of ours read it in
    other sites' pages. It opens nothing.
    """
    LANGUAGE = "language"
    """What the person chose in the footer, or by an entry link."""
    USER_CODE = "user-code"
    """What a device's address brought, kept in this browser until the person has signed in."""
    SUBSIDIARY = "subsidiary"
    """Whose customer the person is, or by whose entry link they came: it picks the brand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookies:
    """All of them, as one issuer names and keeps them."""

    https: bool
    device_days: int

    @classmethod
    def of(cls, settings: Settings) -> "Cookies":
        return cls(https=settings.is_https, device_days=settings.session.device_days)

    def name(self, cookie: Cookie) -> str:
        """The name that a browser shows, for a page that says which cookie is blocked."""
        return f"__Host-idp-{cookie}" if self.https else f"idp-{cookie}"

    def read(self, connection: HTTPConnection, cookie: Cookie) -> str | None:
        """The value. None if there is none, if we can't have set it, or if two differ: one is somebody else's."""
        prefix = f"{self.name(cookie)}="
        values = {
            pair[len(prefix) :]
            for header in connection.headers.getlist("cookie")
            for pair in map(_stripped, header.split(";"))
            if pair.startswith(prefix)
        }
        if len(values) != 1:
            return None
        value = values.pop()
        return value if _VALUE.fullmatch(value) else None

    def set(
        self, response: Response, cookie: Cookie, value: str, *, max_age_seconds: int | None = None
    ) -> None:
        """Without `max_age_seconds` the cookie lives as long as its kind does: the browser's and the session's until
        the browser closes. Raises ValueError for a value that could not be read back.
        """
        if not _VALUE.fullmatch(value):
            raise ValueError("a cookie's value is at most 512 characters of A-Z a-z 0-9 . _ ~ -")
        lifetime = self._lifetime(cookie) if max_age_seconds is None else max_age_seconds
        self._append(response, cookie, value, lifetime)

    def expire(self, response: Response, cookie: Cookie) -> None:
        self._append(response, cookie, "", 0)

    def _lifetime(self, cookie: Cookie) -> int | None:
        match cookie:
            case Cookie.DEVICE:
                return self.device_days * _DAY
            case Cookie.LANGUAGE | Cookie.SUBSIDIARY:
                return _YEAR
            case Cookie.BROWSER | Cookie.PROOF | Cookie.SESSION | Cookie.STATE | Cookie.USER_CODE:
                return None

    def _append(self, response: Response, cookie: Cookie, value: str, max_age_seconds: int | None) -> None:
        name = f"{self.name(cookie)}="
        # RFC 6265 §4.1.1: one of each name; the last word counts.
        response.raw_headers[:] = [
            (header, sent)
            for header, sent in response.raw_headers
            if header != b"set-cookie" or not sent.startswith(name.encode())
        ]
        parts = [name + value, "Path=/", *self._reach(cookie)]
        if max_age_seconds is not None:
            parts.append(f"Max-Age={max_age_seconds}")
        if self.https:
            parts.append("Secure")
        response.headers.append("set-cookie", "; ".join(parts))

    def _reach(self, cookie: Cookie) -> list[str]:
        """Who gets it. Without Secure there is no `SameSite=None`; on loopback every port is one site anyway."""
        if cookie is not Cookie.STATE:
            return ["HttpOnly", "SameSite=Lax"]
        return ["SameSite=None" if self.https else "SameSite=Lax"]


def _stripped(pair: str) -> str:
    return pair.strip(" \t")
