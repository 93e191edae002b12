"""Response headers that tell a browser what our answers may do.

Pages ask for `page_headers`; the edge adds `base_headers` to every answer which lacks them.
Content Security Policy Level 3, Fetch §3.7 (Cross-Origin-Resource-Policy), RFC 6797 (HSTS).
Cookies and Clear-Site-Data belong to `web/cookies.py` and to the sign-out page.
"""

from enum import StrEnum, auto


class Posture(StrEnum):
    """How a page stands towards other origins."""

    INTERACTION = auto()
    """Ends in a redirect or a post to a client: sign-in prompts, `form_post`, logout."""
    PORTAL = auto()
    """Never leaves us: `/account`, `/support`, `/admin`."""
    PLAIN = auto()
    """Posts nothing: errors, notices."""


def page_headers(posture: Posture, *, nonce: str, https: bool) -> dict[str, str]:
    """Headers of one HTML page. Scripts run by `nonce` alone, so it must be fresh for each answer.

    Interactions send neither `form-action` nor COOP: Chromium applies `form-action` to the redirects after a post
    and would stop the one to the client, and COOP would cut a popup off from the page which opened it.
    """
    headers = {
        "Content-Security-Policy": _POLICY[posture].format(nonce=nonce),
        "Cache-Control": "no-store",  # A stored page would repeat its nonce and show a former person's data.
        "Referrer-Policy": "no-referrer" if posture is Posture.PLAIN else "same-origin",
        "Permissions-Policy": _PERMISSIONS,
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if posture is Posture.PORTAL:
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if https:
        headers["Strict-Transport-Security"] = _TRANSPORT_SECURITY
    return headers


def base_headers(*, https: bool) -> tuple[tuple[bytes, bytes], ...]:
    """What every answer carries, unless it says otherwise itself. Names are lower-case, as ASGI wants them.

    Few on purpose: the server checks each header of each answer, about 0.7 µs a piece.
    """
    headers = [
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
    ]
    if https:
        headers.append((b"strict-transport-security", _TRANSPORT_SECURITY.encode()))
    return tuple(headers)


_TRANSPORT_SECURITY = "max-age=63072000; includeSubDomains"
_PERMISSIONS = (
    "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=(),"
    " publickey-credentials-create=(self), publickey-credentials-get=(self), clipboard-write=(self)"
)
# Images come from us or from the page itself (a QR code must not be stored): a client's logo on its own server would
# tell that server who signs in where, so logos have to be copied to us.
_BASE_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
)
_POLICY = {
    Posture.INTERACTION: _BASE_POLICY,
    Posture.PORTAL: _BASE_POLICY + "; form-action 'self'",
    Posture.PLAIN: _BASE_POLICY,
}
