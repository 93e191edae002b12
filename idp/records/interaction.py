"""A paused request, while a person proves who they are."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from idp.records.account import SubjectId


class InteractionKind(StrEnum):
    AUTHORIZATION = "authorization"
    LOCAL = "local"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """`parameters` are the request as it was asked; `proofs` what was proven here, with the instant of each.

    A proof counts for this interaction and for `subject_id` alone, and in the browser that holds the cookie of
    `proof_digest`. `session_id` is the session that the proofs became. `selected_by` and `consented_by` are the
    sessions that chose the account and approved here: what one person did never speaks for the next one in the
    same browser. `completed_at` is when the answer went out; after that nothing can be proven here any more.
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

    def is_open(self, now: int) -> bool:
        return self.completed_at is None and now < self.expires_at
