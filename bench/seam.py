"""The question behind `store/database.py`, whether *load, decide, apply* beats a greenlet bridge.

Both do the same statements for a code exchange (one read, four writes, one commit) and for an introspection (one read),
from the same compiled definitions, into the same records. The bridge is SQLAlchemy's own: an `AsyncConnection` whose
`run_sync` runs synchronous code over aiosqlite or asyncpg. PostgreSQL's own processes are not counted.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from time import perf_counter, process_time
from typing import Any, Protocol

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from idp.records.grant import IssuedCode
from idp.store.accounts import INSERT_ACCOUNT, INSERT_CUSTOMER_ID, INSERT_SUBJECT
from idp.store.clients import INSERT_CLIENT
from idp.store.database import Database
from idp.store.events import INSERT_AUDIT_EVENT
from idp.store.grants import (
    CODE,
    INSERT_CODE,
    INSERT_FAMILY,
    INSERT_REFRESH_TOKEN,
    ISSUED_BY_FAMILY,
    KEEP_FAMILY,
    REDEEM_CODE,
)
from idp.store.migrations.upgrade import upgrade
from idp.store.opening import create_database
from idp.store.statement import Effect, Query
from tests.support.postgresql import running_cluster

_NOW = 1_800_000_000
_AT_ONCE = 16
_POOL = 8
_EXCHANGES, _INTROSPECTIONS = 400, 1_200
_numbers = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seam:
    """One way over one database: CPU microseconds of an operation, operations a second; medians."""

    database: str
    way: str
    operation: str
    microseconds: float
    rate: float


class Way(Protocol):
    async def exchange(self, code_id: str) -> None: ...

    async def introspect(self, family_id: str) -> None: ...


@dataclass(frozen=True, slots=True)
class OverSeam:
    """Load, decide, apply."""

    database: Database

    async def exchange(self, code_id: str) -> None:
        found = await self.database.one(CODE, code_id=code_id)
        assert found is not None
        assert await self.database.apply(_redemption(found))

    async def introspect(self, family_id: str) -> None:
        assert await self.database.one(ISSUED_BY_FAMILY, family_id=family_id) is not None


@dataclass(frozen=True, slots=True)
class OverBridge:
    """Synchronous code inside a greenlet."""

    engine: AsyncEngine

    async def exchange(self, code_id: str) -> None:
        async with self.engine.begin() as connection:
            await connection.run_sync(_exchange, code_id)

    async def introspect(self, family_id: str) -> None:
        async with self.engine.connect() as connection:
            assert await connection.run_sync(_one, ISSUED_BY_FAMILY, family_id=family_id) is not None


async def measured_seams(folder: Path, *, rounds: int) -> list[Seam]:
    """Both ways over a fresh SQLite database and over a fresh PostgreSQL cluster."""
    file = folder / "seam.db"
    found = await _measured("SQLite", f"sqlite:///{file}", f"sqlite+aiosqlite:///{file}", rounds)
    with running_cluster() as cluster:
        url = cluster.create("seam")
        bridge = url.replace("postgresql://", "postgresql+asyncpg://")
        return found + await _measured("PostgreSQL", url, bridge, rounds)


async def _measured(name: str, url: str, bridge_url: str, rounds: int) -> list[Seam]:
    upgrade(url)
    database = create_database(url, pool_size=_POOL)
    await database.open()
    engine = create_async_engine(bridge_url, pool_size=_POOL, max_overflow=0)
    try:
        await _people(database)
        ways: dict[str, Way] = {"our seam": OverSeam(database), "greenlet bridge": OverBridge(engine)}
        costs: dict[tuple[str, str], list[tuple[float, float]]] = {}
        for number in range(rounds + 1):
            for way, over in ways.items():
                codes = await _codes(database, _EXCHANGES)
                family_ids = [family_id for _, family_id in codes]
                exchange = await _cost(over.exchange, [code_id for code_id, _ in codes])
                introspect = await _cost(over.introspect, family_ids * (_INTROSPECTIONS // _EXCHANGES))
                if number:  # The first round connects and compiles.
                    costs.setdefault((way, "code exchange"), []).append(exchange)
                    costs.setdefault((way, "introspection"), []).append(introspect)
    finally:
        await engine.dispose()
        await database.close()
    return [
        Seam(
            database=name,
            way=way,
            operation=operation,
            microseconds=median(cpu for cpu, _ in found),
            rate=median(rate for _, rate in found),
        )
        for (way, operation), found in costs.items()
    ]


async def _cost(work: Callable[[str], Awaitable[None]], over: Sequence[str]) -> tuple[float, float]:
    todo = iter(over)

    async def some() -> None:
        for one in todo:
            await work(one)

    cpu, began = process_time(), perf_counter()
    await asyncio.gather(*(some() for _ in range(_AT_ONCE)))
    cpu, seconds = process_time() - cpu, perf_counter() - began
    return cpu / len(over) * 1e6, len(over) / seconds


def _exchange(connection: Connection, code_id: str) -> None:
    found: IssuedCode | None = _one(connection, CODE, code_id=code_id)
    assert found is not None
    for effect in _redemption(found):
        done = connection.execute(effect.write.expression, dict(effect.values))  # type: ignore[call-overload]
        assert effect.expects is None or done.rowcount == effect.expects


def _one(connection: Connection, query: Query[Any], /, **values: str) -> Any:
    row = connection.execute(query.expression, values).one_or_none()  # type: ignore[call-overload]
    return query.record(row) if row is not None else None


def _redemption(found: IssuedCode) -> list[Effect]:
    """What an exchange writes."""
    family, identifier = found.issued.family, _identifier()
    return [
        REDEEM_CODE.effect(expects=1, of_code=found.code.code_id, now=_NOW),
        KEEP_FAMILY.effect(expects=1, of_family=family.family_id),
        INSERT_REFRESH_TOKEN.effect(
            token_id=identifier,
            digest=bytes(32),
            family_id=family.family_id,
            created_at=_NOW,
            expires_at=_NOW + 1,
        ),
        INSERT_AUDIT_EVENT.effect(
            event_id=identifier,
            at=_NOW,
            type="token.issued",
            outcome="success",
            actor=f"client:{family.client_id}",
            subject_id=family.subject_id,
            client_id=family.client_id,
            family_id=family.family_id,
        ),
    ]


async def _people(database: Database) -> None:
    profile = '{"name": "Alice Martin", "given_name": "Alice", "family_name": "Martin"}'
    assert await database.apply(
        [
            INSERT_CUSTOMER_ID.effect(customer_id="aa11111-ovh", issued_at=_NOW),
            INSERT_ACCOUNT.effect(
                account_id="a",
                customer_id="aa11111-ovh",
                primary_email="alice@example.test",
                profile=profile,
                role="customer",
                status="active",
                created_at=_NOW,
                updated_at=_NOW,
            ),
            INSERT_SUBJECT.effect(subject_id="s", account_id="a", sub="sub", kind="owner", created_at=_NOW),
            INSERT_CLIENT.effect(client_id="c", metadata="{}", created_at=_NOW, updated_at=_NOW),
        ]
    )


async def _codes(database: Database, number: int) -> list[tuple[str, str]]:
    """New codes, each with a family of its own."""
    made = [(_identifier(), _identifier()) for _ in range(number)]
    effects = [effect for code_id, family_id in made for effect in _issue(code_id, family_id)]
    assert await database.apply(effects)
    return made


def _issue(code_id: str, family_id: str) -> list[Effect]:
    return [
        INSERT_FAMILY.effect(
            family_id=family_id,
            subject_id="s",
            client_id="c",
            scope="openid profile email",
            resource="https://api.example.test",
            authenticated_at=_NOW,
            amr='["pwd"]',
            created_at=_NOW,
            expires_at=_NOW + 1,
        ),
        INSERT_CODE.effect(
            code_id=code_id,
            digest=bytes(32),
            family_id=family_id,
            redirect_uri="http://localhost:3000/callback",
            created_at=_NOW,
            expires_at=_NOW + 1,
        ),
    ]


def _identifier() -> str:
    return f"{next(_numbers):032x}"
