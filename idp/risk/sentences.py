"""What the customer is told of a decision: enough to understand, too little to learn which value would have passed."""

from idp.records.risk import Decision, Outcome
from idp.risk.decision import Reason, Verdict
from idp.web.locale import Message

_PRECAUTIONS = frozenset(
    {Reason.COMMON_PASSWORD, Reason.REPORTED_STOLEN, Reason.DORMANT, Reason.DEVICE_COPIED}
)


def sentence(verdict: Verdict) -> Message:
    return _said(verdict.outcome, verdict.reasons)


def sentence_of(decision: Decision) -> Message:
    """The same of a stored decision."""
    return _said(decision.outcome, decision.reasons)


def _said(outcome: Outcome, reasons: tuple[str, ...]) -> Message:
    match outcome:
        case Outcome.REFUSE:
            return Message("Signing in from your network is not possible.")
        case Outcome.DELAY:
            return Message("Many sign-ins are failing in your network at the moment. Wait a little.")
        case Outcome.ALLOW:
            return Message("Everything is as usual.")
        case Outcome.CODE | Outcome.STEP_UP:
            return _asking(reasons)


def _asking(reasons: tuple[str, ...]) -> Message:
    if _PRECAUTIONS & set(reasons):
        return Message("As a precaution, we make sure that it is really you.")
    if {Reason.NO_DEVICE_COOKIE, Reason.OTHER_SYSTEM} & set(reasons):
        return Message("This browser is new to your account.")
    return Message("This sign-in differs from your usual ones.")


def reasons_of(decision: Decision) -> tuple[Message, ...]:
    """What differed, for the history of whoever got in since: kinds of things, and never the values."""
    return tuple(_TOLD[Reason(code)] for code in decision.reasons if code in _TOLD)


_TOLD = {
    Reason.REPORTED_STOLEN: Message("You had reported a sign-in that was not yours."),
    Reason.COMMON_PASSWORD: Message("Your password was a very common one."),
    Reason.DORMANT: Message("Your account had not been used for a long time."),
    Reason.DEVICE_COPIED: Message("This browser’s data may have been copied."),
    Reason.NEVER_USED: Message("It was the first sign-in."),
    Reason.LITTLE_HISTORY: Message("We did not know your habits yet."),
    Reason.CLIENT_ASKS: Message("The application asks for a code in every new browser."),
    Reason.HOSTING_NETWORK: Message("The connection came through a data centre or a VPN."),
    Reason.PLACE_UNKNOWN: Message("We could not tell where the connection came from."),
    Reason.IMPOSSIBLE_TRAVEL: Message("It was too far from the sign-in before."),
    Reason.NEW_COUNTRY: Message("You had not signed in from this country before."),
    Reason.NEW_ASN: Message("You had not used this internet provider before."),
    Reason.NEW_NETWORK: Message("You had not used this network before."),
    Reason.NEW_BROWSER: Message("You had not used this kind of browser before."),
    Reason.NEW_SYSTEM: Message("You had not used this operating system before."),
    Reason.OTHER_SYSTEM: Message("The browser had moved to another operating system."),
    Reason.NO_DEVICE_COOKIE: Message("We did not recognise the browser."),
}
