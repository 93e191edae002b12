"""Background work runs on one node at a time."""

import asyncio

from idp.events.leases import acquire, release
from tests.support.rooms import Rooms


async def test_one_of_many_nodes_gets_the_lease(rooms: Rooms) -> None:
    taken = await asyncio.gather(
        *(acquire(rooms.db, "prune", holder=f"node-{number}", now=100, seconds=30) for number in range(20))
    )
    assert sum(taken) == 1


async def test_holder_prolongs_and_others_wait_until_it_ends(rooms: Rooms) -> None:
    assert await acquire(rooms.db, "prune", holder="a", now=100, seconds=30)
    assert await acquire(rooms.db, "prune", holder="a", now=120, seconds=30)
    assert not await acquire(rooms.db, "prune", holder="b", now=149, seconds=30)
    assert await acquire(rooms.db, "prune", holder="b", now=150, seconds=30)


async def test_only_the_holder_releases(rooms: Rooms) -> None:
    assert await acquire(rooms.db, "prune", holder="a", now=100, seconds=30)
    await release(rooms.db, "prune", holder="b")
    assert not await acquire(rooms.db, "prune", holder="b", now=101, seconds=30)
    await release(rooms.db, "prune", holder="a")
    assert await acquire(rooms.db, "prune", holder="b", now=101, seconds=30)
