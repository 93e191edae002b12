"""A sign-in with the right password, as the risk engine is told of it, and what it answers."""

from dataclasses import dataclass

from idp.records.event import Circumstances
from idp.records.risk import Outcome
from idp.records.session import Device
from idp.store.statement import Effect
from idp.web.locale import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInOccasion:
    """`device` is what the browser's cookie names; one of another subject, or that ended, counts as none.
    `device_was_copied`: the cookie was one that had been replaced long before. `stolen_at` is when the owner reported
    something stolen and did not prove themselves since. `always_asks`: the application wants a code in every browser
    that is unknown. `is_observed`: a test account, about which the policy decides and asks nothing.
    """

    subject_id: str
    client_id: str
    interaction_id: str
    circumstances: Circumstances
    device: Device | None
    device_was_copied: bool
    account_created_at: int
    last_sign_in_at: int | None
    stolen_at: int | None
    password_is_common: bool
    always_asks: bool
    is_observed: bool = False
    now: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """`outcome` is what the policy says, `enforced` what to do now: `ALLOW` in observe mode. `sentence` may be shown.

    `effects` store the decision, for the transaction of the proof.
    """

    decision_id: str
    outcome: Outcome
    enforced: Outcome
    reasons: tuple[str, ...]
    sentence: Message
    wait_seconds: int
    effects: list[Effect]
