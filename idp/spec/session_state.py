"""`session_state`: OpenID Connect Session Management 1.0 §3.2 and §4.2.

An application compares, in an iframe of ours, what it was told when somebody signed in with the state that the browser
is in now. The state names the session by a digest of its identifier, which never leaves us, and opens nothing.
"""

import hashlib
from base64 import urlsafe_b64encode
from urllib.parse import urlsplit

_DOMAIN = b"browser state:"


def browser_state(session_id: str) -> str:
    """The state of a browser that is signed in: another one for each session, and fit for a cookie."""
    digest = hashlib.sha256(_DOMAIN + session_id.encode()).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def session_state(*, client_id: str, redirect_uri: str, state: str, salt: str) -> str:
    """What the authorization response says. Empty for a redirect URI without an origin, whose application has no page
    that could ask (§3.2). `templates/static/js/check-session.js` computes the same.
    """
    origin = origin_of(redirect_uri)
    if not origin:
        return ""
    digest = hashlib.sha256(f"{client_id} {origin} {state} {salt}".encode()).hexdigest()
    return f"{digest}.{salt}"


def origin_of(uri: str) -> str:
    """As a browser writes it (RFC 6454 §6.2): without its scheme's own port. Empty where there is none."""
    parts = urlsplit(uri)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    host = (parts.hostname or "").lower()
    if usual is None or not host:
        return ""
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + (f":{parts.port}" if parts.port not in (None, usual) else "")
