"""The page for a request whose client or redirect URI can't be trusted: nobody is redirected (RFC 6749 §4.1.2.1)."""

from difflib import SequenceMatcher

from idp.config.settings import Settings
from idp.oauth.asked import Untrusted
from idp.web.errors import Detail, PageError, Problem
from idp.web.locale import Message

UNTRUSTED = Problem(
    status=400,
    code="invalid_request",
    title=Message("This sign-in link doesn’t work"),
    explanation=Message(
        "The application that sent you here is not set up correctly. Go back to it, or tell its makers."
    ),
)


def untrusted_page(settings: Settings, error: Untrusted) -> PageError:
    """On a loopback issuer the page shows developers what was received and registered, with the difference."""
    details: list[Detail] = []
    if not settings.is_https:
        details.append((Message("Reason"), error.reason))
        if error.redirect_uri and error.client is not None:
            details.append((Message("Received"), error.redirect_uri))
            details += [
                (Message("Registered"), _difference(error.redirect_uri, registered))
                for registered in error.client.redirect_uris
            ]
    client_id = error.client.client_id if error.client else ""
    next_url = error.client.client_uri if error.client else ""
    return PageError(UNTRUSTED, reason=f"{error.reason} ({client_id})", next_url=next_url, details=details)


def _difference(received: str, registered: str) -> list[tuple[str, bool]]:
    """`registered` in parts, each with whether `received` lacks it."""
    matcher = SequenceMatcher(a=received[:2048], b=registered, autojunk=False)
    parts = [(registered[low:high], tag != "equal") for tag, _, _, low, high in matcher.get_opcodes()]
    return [(text, differs) for text, differs in parts if text]
