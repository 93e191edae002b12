"""A paused request, while a person proves who they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from idp.records.account import SubjectId


class InteractionKind(StrEnum):
    AUTHORIZATION = "authorization"
    LOCAL = "local"


class BrowserStanding(StrEnum):
    """What a browser was to the account when the person proved who they are."""

    UNKNOWN = ""
    KNOWN = "known"
    TRUSTED = "trusted"
    """Its owner wants to be asked for no second factor there, for a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """`parameters` are the request as it was asked; `proofs` what was proven here, with the instant of each.

    A proof counts for this interaction and for `subject_id` alone, and in the browser that holds the cookie of
    `proof_digest`. `session_id` is the session that the proofs became. `selected_by` and `consented_by` are the
    sessions that chose the account and approved here: what one person did never speaks for the next one in the
    same browser. `completed_at` is when the answer went out; after that nothing can be proven here any more.

    `authenticated_at` is when the person proved who they are: by password, or by a passkey. Where a session lacks no
    more than a factor, `raised_session_id` is that session, and the proofs here are added to its own.
    `risk_outcome` is what the decision after the password asked for (`records/risk.py`). `pushed_id` is the pushed
    request that it answers, if it is one.
    """

    interaction_id: str
    browser_digest: bytes
    kind: InteractionKind
    client_id: str
    parameters: Mapping[str, str]
    created_at: int
    expires_at: int
    subject_id: SubjectId | None
    authenticated_at: int | None
    proofs: tuple[tuple[str, int], ...]
    proven_password_at: int | None
    proof_digest: bytes | None
    session_id: str | None
    selected_by: str | None
    consented_by: str | None
    is_shared: bool
    completed_at: int | None
    decision_id: str | None
    risk_outcome: str
    raised_session_id: str | None
    chosen_way: str
    browser_standing: BrowserStanding
    is_remembering: bool
    address_skipped: bool
    backup_skipped: bool
    recommendation_skipped: bool
    pushed_id: str | None = None

    @property
    def proven(self) -> frozenset[str]:
        """What was proven here, whenever."""
        return frozenset(proof for proof, _ in self.proofs)

    def is_open(self, now: int) -> bool:
        return self.completed_at is None and now < self.expires_at
