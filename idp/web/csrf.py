"""Whether a form was sent from a page of ours, by the browser that we gave it to (S65).

The form token is an HMAC of the browser cookie and of the form's purpose, so nothing is stored and every tab works;
that an act happens once is the act's own doing. Fetch Metadata §2.4, RFC 6454 §7.
"""

import hmac
from base64 import urlsafe_b64encode

from starlette.datastructures import Headers

TOKEN_FIELD = "csrf_token"


class FormRejected(Exception):
    """The form is not ours, or no longer. The reason is for the log alone."""


def form_token(key: bytes, *, browser: str, purpose: str) -> str:
    """The value of the field `TOKEN_FIELD`. `browser` is the browser cookie, `purpose` the form's step or path."""
    # Neither part can hold the separator: cookies are URL-safe, purposes are our own words.
    mac = hmac.digest(key, f"{purpose}\0{browser}".encode(), "sha256")
    return urlsafe_b64encode(mac).rstrip(b"=").decode()


def check_form(
    headers: Headers, *, key: bytes, browser: str | None, purpose: str, token: str | None, origin: str
) -> None:
    """Raises FormRejected unless the form comes from `origin` (our issuer) and carries the token of this browser.

    A browser names itself truthfully in Origin and Sec-Fetch-Site, so either refuses if it is foreign; old browsers
    and other programs send neither, and then the token alone decides.
    """
    origins = headers.getlist("origin")
    if origins and origins != [origin]:  # Also `null`: a sandboxed frame, or a page without a referrer.
        raise FormRejected("foreign Origin")
    # "none" is the person's own doing, such as a reload. No page can cause it.
    if not {"same-origin", "none"}.issuperset(headers.getlist("sec-fetch-site")):
        raise FormRejected("foreign Sec-Fetch-Site")
    if browser is None:
        raise FormRejected("no browser cookie")
    if token is None or not hmac.compare_digest(
        token.encode(), form_token(key, browser=browser, purpose=purpose).encode()
    ):
        raise FormRejected("wrong form token")
