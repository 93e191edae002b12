"""What a risk decision costs, over a short history and over a long one, on SQLite and on PostgreSQL.

Customers of the simulation sign in through the real engine; then their history is multiplied by plain SQL. A decision
is timed alone (what it adds before the answer), and with what is stored and learnt when the sign-in is completed.
"""

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from random import Random
from statistics import median, quantiles
from time import perf_counter, process_time
from typing import TypeVar

import asyncpg

from bench.machine import ahead
from idp.adapters.user_agents import ParsedUserAgents
from idp.config.settings import Risk
from idp.risk.engine import RiskEngine
from idp.risk.occasion import SignInOccasion
from idp.risk.simulated_world import SimulatedGeography
from idp.risk.simulation import Habits, Visit, customers, visits
from idp.risk.trial import circumstances_of_visit
from idp.store.database import Database
from idp.store.migrations.upgrade import upgrade
from idp.store.statement import Effect, Query, Value
from tests.support.postgresql import running_cluster
from tests.support.rooms import Rooms, open_rooms

R = TypeVar("R")
HISTORIES = (1_000, 1_000_000)
_BEGIN, _DAY = 1_800_057_600, 86_400
_CUSTOMERS, _DAYS = 32, 150
_ATTEMPTS = 400
_PROFILE_COLUMNS = ("subject_id", "sign_ins", "habits", "updated_at")

# The history of each customer, `copies` times: every second copy is their own, the others are other people's.
_COPY = {
    "risk_decision": """
        INSERT INTO risk_decision SELECT '0' || CAST(i AS TEXT) || '-' || decision_id,
        CASE WHEN i % 2 = 0 THEN subject_id ELSE subject_id || '-' || CAST(i AS TEXT) END,
        client_id, interaction_id, at, outcome, enforced, reasons, terms, features, policy, data_at, completed_at
        FROM risk_decision, n""",
    "risk_profile": """
        INSERT INTO risk_profile SELECT subject_id || '-' || CAST(i AS TEXT), sign_ins, habits, updated_at
        FROM risk_profile, n""",
    "velocity": """
        INSERT INTO velocity SELECT key || '-' || CAST(i AS TEXT), window_at, failures, unknown, successes
        FROM velocity, n WHERE i < 50""",
}
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {copies}) "


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Milliseconds of a decision and of completing it; of several rounds the medians, and of p99 the quietest too.

    `cpu` are milliseconds of this process alone: what a busy machine leaves of the p99 of an idle one.
    """

    database: str
    rows: int
    decide: float
    decide_p99: float
    quietest_p99: float
    cpu: float
    cpu_p99: float
    queries: int
    complete: float
    complete_p99: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """Bytes of one subject's row in `risk_profile`, keys and numbers included."""

    mean: float
    largest: int


@dataclass(slots=True)
class Counting:
    """A database that counts what is asked of it."""

    inner: Database
    queries: int = 0

    async def one(self, query: Query[R], /, **values: Value) -> R | None:
        self.queries += 1
        return await self.inner.one(query, **values)

    async def all(self, query: Query[R], /, **values: Value) -> list[R]:
        self.queries += 1
        return await self.inner.all(query, **values)

    async def apply(self, effects: Sequence[Effect], /) -> bool:
        return await self.inner.apply(effects)

    def generation(self) -> int:
        return self.inner.generation()

    async def open(self) -> None:
        await self.inner.open()

    async def close(self) -> None:
        await self.inner.close()


async def measured_decisions(folder: Path, *, rounds: int) -> tuple[list[Cost], Size]:
    """Both databases, each with a short and with a long history."""
    found: list[Cost] = []
    with running_cluster() as cluster:
        for rows in HISTORIES:
            file = f"sqlite:///{folder}/risk-{rows}.db"
            for name, url in (("SQLite", file), ("PostgreSQL", cluster.create(f"risk_{rows}"))):
                upgrade(url)
                found.append(await _measured(name, url, rows, rounds))
        size = await asyncio.to_thread(_size, folder / f"risk-{HISTORIES[-1]}.db")
    return sorted(found, key=lambda cost: cost.database != "SQLite"), size


async def _measured(name: str, url: str, rows: int, rounds: int) -> Cost:
    async with open_rooms(url) as rooms:
        street = await _lived(rooms)
        await _multiply(url, max(1, rows // street.signed_in))
        with ahead():
            timed = [await street.timed() for _ in range(rounds + 1)][1:]  # The first round warms up.
    decide = [[one.decide for one in round_] for round_ in timed]
    cpu = [[one.cpu for one in round_] for round_ in timed]
    complete = [[one.complete for one in round_] for round_ in timed]
    return Cost(
        database=name,
        rows=rows,
        decide=median(map(median, decide)),
        decide_p99=median(map(_p99, decide)),
        quietest_p99=min(map(_p99, decide)),
        cpu=median(map(median, cpu)),
        cpu_p99=min(map(_p99, cpu)),
        queries=max(one.queries for round_ in timed for one in round_),
        complete=median(map(median, complete)),
        complete_p99=median(map(_p99, complete)),
    )


@dataclass(frozen=True, slots=True)
class _Timed:
    decide: float
    cpu: float
    queries: int
    complete: float


@dataclass(slots=True)
class _Street:
    """Customers at the engine. Their browsers are never known, so every decision looks at everything."""

    rooms: Rooms
    engine: RiskEngine
    counting: Counting
    people: dict[str, str]
    ahead: Iterator[Visit]
    signed_in: int = field(default=0)

    async def sign_in(self, visit: Visit) -> _Timed:
        before, cpu, began = self.counting.queries, process_time(), perf_counter()
        assessment = await self.engine.assess(self._occasion(visit))
        decided, cpu = perf_counter(), process_time() - cpu
        queries = self.counting.queries - before
        assert await self.rooms.db.apply(assessment.effects)
        began_again = perf_counter()
        assert await self.rooms.db.apply(await self.engine.learn(assessment.decision_id, now=visit.at))
        self.signed_in += 1
        return _Timed((decided - began) * 1e3, cpu * 1e3, queries, (perf_counter() - began_again) * 1e3)

    async def timed(self) -> list[_Timed]:
        return [await self.sign_in(visit) for visit in islice(self.ahead, _ATTEMPTS)]

    def _occasion(self, visit: Visit) -> SignInOccasion:
        return SignInOccasion(
            subject_id=self.people[visit.subject_id],
            client_id="manager",
            interaction_id="",
            circumstances=circumstances_of_visit(visit),
            device=None,
            device_was_copied=False,
            account_created_at=_BEGIN,
            last_sign_in_at=visit.at - _DAY,
            stolen_at=None,
            password_is_common=False,
            always_asks=False,
            now=visit.at,
        )


async def _lived(rooms: Rooms) -> _Street:
    """Customers with about a thousand completed sign-ins, and what they do next."""
    habits = Habits()
    people = customers(Random(1), _CUSTOMERS, habits)
    history = visits(Random(2), people, habits, begin=_BEGIN, days=_DAYS)
    past, future = history[: HISTORIES[0]], history[HISTORIES[0] :]
    counting = Counting(rooms.db)
    engine = RiskEngine(
        Risk(),
        database=counting,
        entropy=rooms.entropy,
        secrets=rooms.secrets,
        geography=SimulatedGeography(data_at=_BEGIN),
        user_agents=ParsedUserAgents(),
    )
    names = {one.subject_id: (await rooms.customer()).subject_id for one in people}
    street = _Street(rooms, engine, counting, dict(names), cycle(future))
    for visit in past:
        await street.sign_in(visit)
    return street


async def _multiply(url: str, copies: int) -> None:
    if copies < 2:
        return
    numbers = _NUMBERS.format(copies=copies - 1)
    statements = [sql.replace("SELECT", f"{numbers} SELECT", 1) for sql in _COPY.values()]
    if url.startswith("sqlite:///"):
        await asyncio.to_thread(_run_on_sqlite, url.removeprefix("sqlite:///"), statements)
        return
    server = await asyncpg.connect(url, command_timeout=600)
    try:
        await server.execute("SET session_replication_role = replica")  # No look for each copy's subject.
        for statement in [*statements, "ANALYZE"]:
            await server.execute(statement)
    finally:
        await server.close()


def _run_on_sqlite(file: str, statements: Sequence[str]) -> None:
    with closing(sqlite3.connect(file, timeout=60)) as database:
        for statement in statements:
            database.execute(statement)
        database.commit()


def _size(file: Path) -> Size:
    with closing(sqlite3.connect(file)) as database:
        total = " + ".join(f"length(CAST({name} AS BLOB))" for name in _PROFILE_COLUMNS)
        average, largest = database.execute(f"SELECT avg({total}), max({total}) FROM risk_profile").fetchone()
    return Size(mean=average, largest=largest)


def _p99(values: Sequence[float]) -> float:
    return quantiles(values, n=100)[98]
