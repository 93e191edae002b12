"""What scopes mean, in words for the person who is asked to allow them."""

from collections.abc import Mapping

from idp.web.locale import Message

_KNOWN: Mapping[str, tuple[Message, Message]] = {
    "openid": (Message("Know who you are"), Message("An identifier that stays the same at every sign-in.")),
    "profile": (
        Message("See your profile"),
        Message("Your name, customer ID, language and similar details."),
    ),
    "email": (
        Message("See your e-mail address"),
        Message("Your primary address, and whether you proved it."),
    ),
    "address": (Message("See your postal address"), Message("The address in your profile.")),
    "phone": (Message("See your phone number"), Message("The number in your profile.")),
    "offline_access": (
        Message("Stay connected"),
        Message("Keep this access also when you are signed out, until you withdraw it."),
    ),
    "invoices:read": (Message("See your invoices"), Message("Their dates, amounts and status.")),
    "invoices:pay": (Message("Pay your invoices"), Message("With the means of payment that you have saved.")),
}


def describe(scope: str) -> tuple[str, Message, Message]:
    """The scope, its title, and a sentence about it. An application's own scope is named as it is."""
    if scope in _KNOWN:
        return scope, *_KNOWN[scope]
    title = Message("Use “%(scope)s”", {"scope": scope})
    return scope, title, Message("A permission that this application defines.")
