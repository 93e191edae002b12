"""Records for tests of pure functions: one person, one session, one interaction, each with what a test changes."""

from typing import Any

from idp.records.account import AccountId, AccountStatus, Person, Role, SubjectId
from idp.records.interaction import Interaction, InteractionKind
from idp.records.session import Consent, Session, SignedIn

NOW = 1_800_000_000


def signed_in(session_id: str = "s1", *, sub: str = "sub-alice", **session: Any) -> SignedIn:
    person = Person(
        subject_id=SubjectId(f"subject of {sub}"),
        sub=sub,
        account_id=AccountId(f"account of {sub}"),
        customer_id="aa11111-ovh",
        primary_email="alice@example.test",
        primary_email_verified=True,
        backup_email=None,
        backup_email_verified=False,
        profile={},
        language="",
        role=Role.CUSTOMER,
        status=AccountStatus.ACTIVE,
        created_at=NOW,
        updated_at=NOW,
    )
    ordinary: dict[str, Any] = {
        "session_id": session_id,
        "sid": f"sid of {session_id}",
        "subject_id": person.subject_id,
        "authenticated_at": NOW,
        "acr": "1",
        "amr": ("pwd",),
        "created_at": NOW,
        "seen_at": NOW,
        "idle_seconds": 28_800,
        "expires_at": NOW + 86_400,
        "is_shared": False,
        "user_agent": "",
        "country": "",
        "ended_at": None,
    }
    return SignedIn(session=Session(**{**ordinary, **session}), person=person)


def interaction(**fields: Any) -> Interaction:
    ordinary: dict[str, Any] = {
        "interaction_id": "i1",
        "browser_digest": b"",
        "kind": InteractionKind.AUTHORIZATION,
        "client_id": "spa",
        "parameters": {},
        "created_at": NOW,
        "expires_at": NOW + 3_600,
        "subject_id": None,
        "authenticated_at": None,
        "proofs": (),
        "proven_password_at": None,
        "proof_digest": None,
        "session_id": None,
        "selected_by": None,
        "consented_by": None,
        "is_shared": False,
        "completed_at": None,
    }
    return Interaction(**{**ordinary, **fields})


def consent(*scopes: str) -> Consent:
    return Consent(client_id="spa", scopes=frozenset(scopes), created_at=NOW, updated_at=NOW)
