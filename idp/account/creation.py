"""Creating an account: its customer ID, its subject, its `sub`.

Customer IDs are read out on the phone and never repeat: two letters, digits, the installation's suffix. The letters
are the initials of the name where it has two in the Latin alphabet, else random.
"""

import json
import unicodedata
from base64 import urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from idp.account.problem import AddressTaken, BadAddress, BadCustomerId, ChangedMeanwhile, CustomerIdTaken
from idp.config.settings import CustomerId
from idp.events.audit import Audit
from idp.records.account import AccountId, AccountStatus, Person, Role, SubjectId
from idp.records.event import Event, EventType, Occasion
from idp.records.ports import Entropy
from idp.spec.identifier import canonical_customer_id, canonical_email
from idp.store.accounts import (
    INSERT_ACCOUNT,
    INSERT_CUSTOMER_ID,
    INSERT_SUBJECT,
    ISSUED_CUSTOMER_ID,
    PERSON_BY_EMAIL,
)
from idp.store.database import Database
from idp.store.statement import Effect

_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_SUB_BYTES = 20
# Initials are unevenly spread: where their IDs get crowded, a longer one is free.
_TRIES_FOR_EACH_LENGTH = 4
_MOST_DIGITS = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAccount:
    """What is known of an account before it exists. An account without a password yet is `incomplete`."""

    primary_email: str | None = None
    is_primary_email_verified: bool = False
    backup_email: str | None = None
    is_backup_email_verified: bool = False
    profile: Mapping[str, Any] = field(default_factory=dict)
    language: str = ""
    role: Role = Role.CUSTOMER
    status: AccountStatus = AccountStatus.INCOMPLETE
    customer_id: str | None = None
    is_demo: bool = False
    kind: str = ""
    country: str = ""
    asks_for_backup: bool = False
    """Whether the first sign-in asks for a backup address. Whoever makes somebody else's account decides about it."""


Also = Callable[[Person], Awaitable[Sequence[Effect]]]
"""What becomes of a person in the very transaction that makes their account."""


async def nothing_else(_: Person) -> Sequence[Effect]:
    return ()


async def create_account(
    db: Database,
    audit: Audit,
    entropy: Entropy,
    occasion: Occasion,
    new: NewAccount,
    *,
    rules: CustomerId,
    also: Also = nothing_else,
) -> Person:
    """Make the account. A `customer_id` is generated unless one is given. `also` is asked for each that is tried.

    Raises `BadAddress`, `AddressTaken`, `BadCustomerId`, `CustomerIdTaken`, and `ChangedMeanwhile` where one of the
    effects `also` met an unexpected row count; then nothing is made.
    """
    email_key = _email_key(new)
    wanted = _wanted(new, rules)
    for digits in range(rules.digits, _MOST_DIGITS + 1):
        for _ in range(_TRIES_FOR_EACH_LENGTH):
            customer_id = wanted or _random_customer_id(entropy, new.profile, digits, rules.suffix)
            person = _person(entropy, occasion.now, new, customer_id)
            effects = _effects(audit, occasion, new, person, email_key)
            if await db.apply([*effects, *await also(person)]):
                return person
            if email_key is not None and await db.one(PERSON_BY_EMAIL, email_key=email_key) is not None:
                raise AddressTaken(str(new.primary_email))
            if await db.one(ISSUED_CUSTOMER_ID, of_id=customer_id) is None:
                raise ChangedMeanwhile
            if wanted:
                raise CustomerIdTaken(wanted)
    raise CustomerIdTaken(initials(new.profile))


def initials(profile: Mapping[str, Any]) -> str:
    """Two Latin letters of a name, or an empty text."""
    given, family = str(profile.get("given_name") or ""), str(profile.get("family_name") or "")
    parts = [given, family] if given and family else str(profile.get("name") or "").split()
    letters = [_latin(part) for part in (parts[0], parts[-1])] if len(parts) > 1 else []
    return "".join(letters) if all(letters) else ""


def _latin(word: str) -> str:
    letter = unicodedata.normalize("NFKD", word.strip())[:1].lower()
    return letter if letter in _ALPHABET else ""


def _random_customer_id(entropy: Entropy, profile: Mapping[str, Any], digits: int, suffix: str) -> str:
    letters = initials(profile) or "".join(_ALPHABET[byte % 26] for byte in entropy.token_bytes(2))
    number = int.from_bytes(entropy.token_bytes(16)) % 10**digits
    return f"{letters}{number:0{digits}}{suffix}"


def _email_key(new: NewAccount) -> str | None:
    for address in (new.primary_email, new.backup_email):
        if address is not None and canonical_email(address) is None:
            raise BadAddress(address)
    return canonical_email(new.primary_email) if new.primary_email else None


def _wanted(new: NewAccount, rules: CustomerId) -> str | None:
    if new.customer_id is None:
        return None
    wanted = canonical_customer_id(new.customer_id, suffix=rules.suffix)
    if wanted is None:
        raise BadCustomerId(new.customer_id)
    return wanted


def _person(entropy: Entropy, now: int, new: NewAccount, customer_id: str) -> Person:
    return Person(
        subject_id=SubjectId(entropy.uuid7(now)),
        sub=urlsafe_b64encode(entropy.token_bytes(_SUB_BYTES)).rstrip(b"=").decode(),
        account_id=AccountId(entropy.uuid7(now)),
        customer_id=customer_id,
        primary_email=new.primary_email.strip() if new.primary_email else None,
        primary_email_verified=new.is_primary_email_verified,
        backup_email=new.backup_email.strip() if new.backup_email else None,
        backup_email_verified=new.is_backup_email_verified,
        profile=new.profile,
        language=new.language,
        role=new.role,
        status=new.status,
        created_at=now,
        updated_at=now,
        kind=new.kind,
        country=new.country,
    )


def _effects(
    audit: Audit, occasion: Occasion, new: NewAccount, person: Person, email_key: str | None
) -> list[Effect]:
    event = Event(
        type=EventType.ACCOUNT_CREATED,
        actor=occasion.actor,
        subject_id=person.subject_id,
        details={"customer_id": person.customer_id, "role": person.role.value},
    )
    return [
        INSERT_CUSTOMER_ID.effect(customer_id=person.customer_id, issued_at=occasion.now, expects=1),
        INSERT_ACCOUNT.effect(
            account_id=person.account_id,
            customer_id=person.customer_id,
            primary_email=person.primary_email,
            primary_email_key=email_key,
            primary_email_verified=int(person.primary_email_verified),
            backup_email=person.backup_email,
            backup_email_verified=int(person.backup_email_verified),
            backup_email_key=canonical_email(person.backup_email) if person.backup_email else None,
            backup_asked_at=None if new.asks_for_backup else occasion.now,
            kind=person.kind,
            country=person.country,
            profile=json.dumps(person.profile, ensure_ascii=False, separators=(",", ":")),
            language=person.language,
            role=person.role.value,
            status=person.status.value,
            is_demo=int(new.is_demo),
            created_at=person.created_at,
            updated_at=person.updated_at,
            disabled_at=occasion.now if person.status is AccountStatus.DISABLED else None,
            expects=1,
        ),
        INSERT_SUBJECT.effect(
            subject_id=person.subject_id,
            account_id=person.account_id,
            sub=person.sub,
            kind="owner",
            created_at=person.created_at,
        ),
        audit.effect(event, occasion.circumstances, now=occasion.now),
    ]
