"""What scopes and single claims mean, in words for the person who is asked to allow them."""

from collections.abc import Mapping

from idp.spec.claims import CLAIM_PREFIX
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
    "invoices:read": (Message("See invoices"), Message("Their dates, amounts and status.")),
    "invoices:pay": (Message("Pay invoices"), Message("With the means of payment that you have saved.")),
    "ledger:read": (Message("See the ledger"), Message("What was charged and paid, and when.")),
    "service_accounts:manage": (
        Message("Manage your service accounts"),
        Message(
            "Give programs lasting access to your account, with the permissions that this application has, and take it"
            " away."
        ),
    ),
}


_CLAIMS: Mapping[str, Message] = {
    "name": Message("See your full name"),
    "family_name": Message("See your family name"),
    "given_name": Message("See your first name"),
    "middle_name": Message("See your middle name"),
    "nickname": Message("See your nickname"),
    "preferred_username": Message("See the name that you like to be called by"),
    "profile": Message("See the address of your page about you"),
    "picture": Message("See your picture"),
    "website": Message("See the address of your website"),
    "gender": Message("See your gender"),
    "birthdate": Message("See your date of birth"),
    "zoneinfo": Message("See your time zone"),
    "locale": Message("See your language"),
    "updated_at": Message("See when your profile last changed"),
    "customer_id": Message("See your customer ID"),
    "email": Message("See your e-mail address"),
    "email_verified": Message("See whether your e-mail address is proven"),
    "address": Message("See your postal address"),
    "phone_number": Message("See your phone number"),
    "phone_number_verified": Message("See whether your phone number is proven"),
}
_ALONE = Message("This detail alone.")


def describe(scope: str) -> tuple[str, Message, Message]:
    """The scope, its title, and a sentence about it. An application's own scope is named as it is."""
    if scope in _KNOWN:
        return scope, *_KNOWN[scope]
    claim = scope.removeprefix(CLAIM_PREFIX)
    if scope.startswith(CLAIM_PREFIX) and claim in _CLAIMS:
        return scope, _CLAIMS[claim], _ALONE
    title = Message("Use “%(scope)s”", {"scope": scope})
    return scope, title, Message("A permission that this application defines.")
