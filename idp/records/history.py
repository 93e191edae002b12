"""The history of an account, as its owner reads it."""

from dataclasses import dataclass

from idp.records.event import EventType


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInEntry:
    """One try to sign in, or one proof in a session. `entry_id` is time-ordered. `factor` holds codes, separated by
    spaces; `decision_id` names the risk decision on it, where there was one. What is not known is empty.
    """

    entry_id: str
    at: int
    type: EventType
    reason: str
    client_id: str
    factor: str
    country: str
    city: str
    browser: str
    system: str
    decision_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedEvent:
    """An event of the audit trail that is no sign-in, as far as whom it is about may know it."""

    event_id: str
    at: int
    type: str
    outcome: str
    actor: str
    client_id: str
    country: str
