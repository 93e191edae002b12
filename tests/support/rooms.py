"""What acts need, on a real database: the system's entropy, real keys, and Argon2 at its cheapest."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import column, text

from idp.account.creation import NewAccount, create_account
from idp.account.password import set_password
from idp.adapters.entropy import SystemEntropy
from idp.adapters.password_hasher import Argon2PasswordHasher
from idp.config.settings import CustomerId
from idp.events.audit import Audit
from idp.records.account import AccountStatus, Person
from idp.records.event import Circumstances, Occasion
from idp.signing.sealing import RootKey, RootKeys
from idp.signing.secrets import Secrets, load_secrets
from idp.store.database import Database
from idp.store.grants import INSERT_FAMILY
from idp.store.opening import create_database
from idp.store.sessions import INSERT_SESSION
from idp.store.statement import Query

NOW = 1_800_000_000
RULES = CustomerId(suffix="-ovh", digits=5)
OCCASION = Occasion(
    now=NOW, actor="cli:test", circumstances=Circumstances(correlation_id="c1", address="192.0.2.7")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms:
    """A database with what acts on it."""

    db: Database
    entropy: SystemEntropy
    root_keys: RootKeys
    secrets: Secrets
    hasher: Argon2PasswordHasher
    audit: Audit

    async def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a SELECT whose columns are names, or have one by AS."""
        names = [part.strip().rsplit(" ", 1)[-1] for part in sql.split(" FROM ", maxsplit=1)[0].split(",")]
        query: Query[tuple[Any, ...]] = Query(_typed(sql, names), into=lambda **row: tuple(row.values()))
        return await self.db.all(query)

    async def events(self) -> list[str]:
        """The types of the audit trail, in order."""
        return [row[0] for row in await self.rows("SELECT type AS a FROM audit_event ORDER BY event_id")]

    async def family(self, *, client_id: str, **fields: Any) -> str:
        """A new family; answers its identifier."""
        family_id = self.entropy.uuid7(NOW)
        values = {"scope": "openid", "resource": "", "created_at": NOW, "expires_at": NOW + 3_600, **fields}
        effect = INSERT_FAMILY.effect(family_id=family_id, client_id=client_id, **values)
        assert await self.db.apply([effect])
        return family_id

    async def session(self, person: Person) -> str:
        """A new session; answers its identifier."""
        session_id = self.entropy.uuid7(NOW)
        effect = INSERT_SESSION.effect(
            session_id=session_id,
            digest=self.entropy.token_bytes(32),
            sid=session_id,
            subject_id=person.subject_id,
            authenticated_at=NOW,
            acr="",
            amr="[]",
            created_at=NOW,
            seen_at=NOW,
            idle_seconds=600,
            expires_at=NOW + 3_600,
            is_shared=0,
            user_agent="",
        )
        assert await self.db.apply([effect])
        return session_id

    async def customer(self, **fields: Any) -> Person:
        """A new account."""
        new = NewAccount(**fields)
        return await create_account(self.db, self.audit, self.entropy, OCCASION, new, rules=RULES)

    async def customer_with_password(self, password: str, **fields: Any) -> Person:
        """A new active account."""
        person = await self.customer(status=AccountStatus.ACTIVE, **fields)
        await set_password(
            self.db, self.audit, OCCASION, person, password, secrets=self.secrets, hasher=self.hasher
        )
        return person


@asynccontextmanager
async def open_rooms(url: str) -> AsyncIterator[Rooms]:
    """Rooms on a migrated database."""
    entropy = SystemEntropy()
    root_keys = RootKeys([RootKey(value=entropy.token_bytes(32), created_at=1)], entropy=entropy)
    db = create_database(url)
    await db.open()
    secrets = await load_secrets(db, root_keys, entropy, NOW)
    hasher = Argon2PasswordHasher(
        entropy=entropy, time_cost=1, memory_cost_kib=8, parallelism=1, threads=1, queue=256
    )
    yield Rooms(
        db=db,
        entropy=entropy,
        root_keys=root_keys,
        secrets=secrets,
        hasher=hasher,
        audit=Audit(entropy, secrets),
    )
    hasher.close()
    await db.close()


def _typed(sql: str, names: list[str]) -> Any:
    return text(sql).columns(*(column(name) for name in names))
