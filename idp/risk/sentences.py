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
