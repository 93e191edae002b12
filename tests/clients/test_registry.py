"""Nodes keep copies of clients, for a stated time."""

import asyncio
from typing import Any

from idp.clients.registration import disable_client, register_client
from idp.clients.registry import Clients
from idp.records.client import Client, ClientId
from idp.store.database import Database
from tests.support.rooms import OCCASION, Rooms

SHOP = Client(client_id=ClientId("shop"), client_name="Shop")


class _Counting:
    """Passes reads on while its gate is open, and counts them."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.reads = 0
        self.began = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    def generation(self) -> int:
        return 0

    async def one(self, query: Any, /, **values: Any) -> Any:
        self.reads += 1
        found = await self._db.one(query, **values)
        self.began.set()
        await self.gate.wait()
        return found

    async def all(self, query: Any, /, **values: Any) -> Any:
        return await self._db.all(query, **values)


async def _clients(rooms: Rooms, cache_seconds: int = 5) -> tuple[Clients, Any]:
    await register_client(rooms.db, rooms.audit, rooms.entropy, OCCASION, SHOP)
    db: Any = _Counting(rooms.db)
    return Clients(db, cache_seconds=cache_seconds), db


async def test_copy_lives_as_long_as_stated(rooms: Rooms) -> None:
    clients, db = await _clients(rooms)
    found = await clients.find("shop", 100)
    assert found is not None
    assert len(found.secrets) == 1
    assert await clients.find("shop", 104) is found
    assert db.reads == 1
    await disable_client(rooms.db, rooms.audit, OCCASION, "shop")
    assert await clients.find("shop", 104) is found
    assert await clients.find("shop", 105) is None


async def test_identifier_that_no_client_can_have_is_not_looked_up(rooms: Rooms) -> None:
    clients, db = await _clients(rooms)
    assert await clients.find("x" * 64, 100) is None
    assert await clients.find("x" * 65, 100) is None
    assert db.reads == 1


async def test_clock_that_was_set_back_prolongs_no_copy(rooms: Rooms) -> None:
    clients, db = await _clients(rooms)
    await clients.find("shop", 100)
    await clients.find("shop", 50)
    assert db.reads == 2


async def test_requests_that_wait_together_share_a_read(rooms: Rooms) -> None:
    clients, db = await _clients(rooms, cache_seconds=0)
    await asyncio.gather(*(clients.find("shop", 100) for _ in range(50)))
    assert db.reads == 1
    await clients.find("shop", 100)
    assert db.reads == 2


async def test_request_that_goes_away_takes_no_answer_along(rooms: Rooms) -> None:
    clients, db = await _clients(rooms)
    db.gate.clear()
    first, second = (asyncio.create_task(clients.find("shop", 100)) for _ in range(2))
    await db.began.wait()
    first.cancel()
    db.gate.set()
    assert await second is not None


async def test_absence_is_remembered_and_bounded(rooms: Rooms) -> None:
    clients, db = await _clients(rooms)
    assert await clients.find("nobody", 100) is None
    assert await clients.find("nobody", 101) is None
    assert db.reads == 1
    for number in range(4_100):
        await clients.find(f"guess-{number}", 100)
    assert len(clients._copies) == 4_096  # noqa: SLF001
    assert await clients.find("shop", 100) is not None


async def test_forgotten_client_is_read_anew(rooms: Rooms) -> None:
    clients, _ = await _clients(rooms)
    assert await clients.find("shop", 100) is not None
    await disable_client(rooms.db, rooms.audit, OCCASION, "shop")
    clients.forget("shop")
    assert await clients.find("shop", 100) is None


async def test_read_that_began_before_forgetting_is_not_kept(rooms: Rooms) -> None:
    clients, db = await _clients(rooms)
    db.gate.clear()
    early = asyncio.create_task(clients.find("shop", 100))
    await db.began.wait()
    await disable_client(rooms.db, rooms.audit, OCCASION, "shop")
    clients.forget("shop")
    db.gate.set()
    assert await early is not None
    assert await clients.find("shop", 100) is None
