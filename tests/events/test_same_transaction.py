"""A record and what it records are one transaction: neither is there without the other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from sqlalchemy import Insert

from idp.app import create_app
from idp.store.database import Database
from idp.store.statement import Effect
from tests.events.journeying import journey, trail
from tests.support.world import PASSWORD, World


@dataclass
class WatchedDatabase:
    """Remembers what each transaction wrote; refuses those with an audit record when told to."""

    inner: Database
    batches: list[list[Effect]] = field(default_factory=list)
    refuses_records: bool = False

    async def one(self, query: Any, /, **values: Any) -> Any:
        return await self.inner.one(query, **values)

    async def all(self, query: Any, /, **values: Any) -> Any:
        return await self.inner.all(query, **values)

    async def apply(self, effects: Sequence[Effect], /) -> bool:
        if self.refuses_records and any(_table(effect) == "audit_event" for effect in effects):
            # The last statement of the transaction meets an unexpected row count.
            return await self.inner.apply([*effects, replace(effects[-1], expects=7)])
        self.batches.append(list(effects))
        return await self.inner.apply(effects)


def _table(effect: Effect) -> str:
    expression: Any = effect.write.expression
    return str(expression.table.name)


def _wants_record(effect: Effect) -> bool:
    """Whether an effect issues something, ends something, or approves something."""
    expression = effect.write.expression
    if isinstance(expression, Insert):
        return _table(effect) in {"session", "family", "code", "refresh_token", "consent"}
    return re.match(r"UPDATE \w+ SET .*\b(ended|revoked)_at=:now", str(expression)) is not None


def _watch(world: World) -> WatchedDatabase:
    watched = WatchedDatabase(inner=world.house.database)
    world.app = create_app(replace(world.house, database=watched))  # type: ignore[arg-type]
    return watched


@pytest.mark.requirement("S86")
async def test_record_shares_the_transaction_of_what_it_records(world: World) -> None:
    watched = _watch(world)
    await journey(world.browser())
    wanting = [batch for batch in watched.batches if any(map(_wants_record, batch))]
    assert len(wanting) >= 5
    for batch in wanting:
        assert "audit_event" in {_table(effect) for effect in batch}


@pytest.mark.requirement("S86", "S92")
async def test_what_can_not_be_recorded_does_not_happen(world: World) -> None:
    watched = _watch(world)
    browser = world.browser()
    page = await browser.authorize()
    watched.refuses_records = True
    response = await browser.follow(await browser.submit(page, username="aa11111-ovh", password=PASSWORD))
    assert "code=" not in response.headers.get("location", "")
    assert await trail(world) == []
    for table in ("session", "device", "family", "code"):
        assert await world.rows(f"SELECT created_at FROM {table}") == []
