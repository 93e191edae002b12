"""Records for tests of pure functions: a person, a session, an interaction … each with what a test changes."""

from typing import Any

from idp.records.account import AccountId, AccountStatus, Person, Role, SubjectId
from idp.records.factor import Standing
from idp.records.interaction import BrowserStanding, Interaction, InteractionKind
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
        "place": "",
        "device_id": None,
        "factor_at": None,
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
        "decision_id": None,
        "risk_outcome": "",
        "raised_session_id": None,
        "chosen_way": "",
        "browser_standing": BrowserStanding.UNKNOWN,
        "is_remembering": False,
        "address_skipped": False,
        "backup_skipped": False,
        "recommendation_skipped": False,
    }
    return Interaction(**{**ordinary, **fields})


def proven(*proofs: str, **fields: Any) -> Interaction:
    """An interaction in which Alice proved this, the first of it who she is; not a session yet."""
    ordinary = {
        "subject_id": "subject of sub-alice",
        "authenticated_at": NOW,
        "proofs": tuple((proof, NOW) for proof in proofs),
    }
    return interaction(**{**ordinary, **fields})


def standing(*, two_factor: bool = False, **fields: Any) -> Standing:
    """Alice's: nothing set up."""
    ordinary: dict[str, Any] = {
        "subject_id": SubjectId("subject of sub-alice"),
        "two_factor_at": NOW - 86_400 if two_factor else None,
        "last_way": "",
        "stolen_at": None,
        "totps": 0,
        "keys": 0,
        "passkeys": 0,
        "phones": 0,
        "backup_codes": 0,
        "groups": frozenset({"customer"}),
        "primary_email_refused_at": None,
        "recommended_at": None,
        "has_backup_email": False,
        "backup_asked_at": NOW,
    }
    return Standing(**{**ordinary, **fields})


def consent(*scopes: str) -> Consent:
    return Consent(client_id="spa", scopes=frozenset(scopes), created_at=NOW, updated_at=NOW)
