import asyncio
import os
import sys
import threading
from collections.abc import Iterator

import pytest
from argon2 import extract_parameters

from idp.adapters.entropy import SystemEntropy
from idp.adapters.password_hasher import Argon2PasswordHasher
from idp.records.ports import PasswordHasher, PoolBusy
from tests.support.waiting import until

PEPPER, OTHER_PEPPER = b"p" * 32, b"q" * 32


def hasher(
    *, threads: int = 2, queue: int = 4, time_cost: int = 1, memory_cost_kib: int = 8
) -> Argon2PasswordHasher:
    return Argon2PasswordHasher(
        entropy=SystemEntropy(),
        time_cost=time_cost,
        memory_cost_kib=memory_cost_kib,
        parallelism=1,
        threads=threads,
        queue=queue,
    )


@pytest.fixture
def quick() -> Iterator[Argon2PasswordHasher]:
    made = hasher()
    yield made
    made.close()


@pytest.fixture
def slow() -> Iterator[Argon2PasswordHasher]:
    """One thread and two places to wait; a hash takes long enough to be overtaken."""
    made = hasher(threads=1, queue=2, time_cost=20, memory_cost_kib=8_192)
    yield made
    made.close()


async def test_a_password_verifies_with_its_pepper_alone(quick: PasswordHasher) -> None:
    encoded = await quick.hash("correct horse battery", pepper=PEPPER)
    assert await quick.verify("correct horse battery", encoded, pepper=PEPPER)
    assert not await quick.verify("correct horse batterx", encoded, pepper=PEPPER)
    assert not await quick.verify("correct horse battery", encoded, pepper=OTHER_PEPPER)
    assert encoded != await quick.hash("correct horse battery", pepper=PEPPER)


async def test_a_password_matches_however_its_characters_were_composed(quick: PasswordHasher) -> None:
    encoded = await quick.hash(
        "\N{LATIN SMALL LETTER E WITH ACUTE}t\N{LATIN SMALL LETTER E WITH ACUTE} 2", pepper=PEPPER
    )
    for typed in (
        "e\N{COMBINING ACUTE ACCENT}te\N{COMBINING ACUTE ACCENT} 2",
        "\u00e9t\u00e9\N{NO-BREAK SPACE}\N{FULLWIDTH DIGIT TWO}",
    ):
        assert await quick.verify(typed, encoded, pepper=PEPPER)
    assert not await quick.verify("ete 2", encoded, pepper=PEPPER)
    assert not await quick.verify(" \u00e9t\u00e9 2", encoded, pepper=PEPPER)


@pytest.mark.parametrize(
    "password", ["a" * 5_000, "\u00e9\N{GRINNING FACE}" * 2_500, "a\0b" * 40, "\ud800 lone surrogate"]
)
async def test_nothing_of_a_password_is_cut_off(quick: PasswordHasher, password: str) -> None:
    encoded = await quick.hash(password, pepper=PEPPER)
    assert await quick.verify(password, encoded, pepper=PEPPER)
    for near in (password[:-1], password + "a", password[:-1] + "c"):
        assert not await quick.verify(near, encoded, pepper=PEPPER)


@pytest.mark.parametrize(
    "encoded", ["", "x", "$argon2id$v=19$m=8,t=1,p=1$$", "$2b$12$abcdefghijklmnopqrstuv", "é"]
)
async def test_a_malformed_hash_matches_nothing_and_is_outdated(quick: PasswordHasher, encoded: str) -> None:
    assert not await quick.verify("correct horse battery", encoded, pepper=PEPPER)
    assert quick.is_outdated(encoded)


async def test_a_hash_is_outdated_when_the_parameters_changed(quick: PasswordHasher) -> None:
    encoded = await quick.hash("correct horse battery", pepper=PEPPER)
    assert not quick.is_outdated(encoded)
    stronger = hasher(time_cost=2)
    assert stronger.is_outdated(encoded)
    assert await stronger.verify("correct horse battery", encoded, pepper=PEPPER)
    stronger.close()


async def test_nobody_is_compared_with_todays_parameters(quick: Argon2PasswordHasher) -> None:
    assert not await quick.verify_nobody("correct horse battery", pepper=PEPPER)
    nobody = quick._nobody  # noqa: SLF001 - the dummy never leaves
    assert extract_parameters(nobody) == extract_parameters(await quick.hash("x", pepper=PEPPER))


@pytest.mark.requirement("S88")
async def test_past_its_queue_the_pool_is_busy_and_recovers(slow: Argon2PasswordHasher) -> None:
    attempts = [asyncio.create_task(slow.verify_nobody("x", pepper=PEPPER)) for _ in range(10)]
    outcomes = await asyncio.gather(*attempts, return_exceptions=True)
    assert [outcome for outcome in outcomes if outcome is False] == [False] * 3
    assert len([outcome for outcome in outcomes if isinstance(outcome, PoolBusy)]) == 7
    await until(lambda: _idle(slow))
    assert await slow.verify_nobody("x", pepper=PEPPER) is False


@pytest.mark.requirement("S88")
async def test_a_caller_that_left_frees_its_place_only_when_its_hash_has_ended(
    slow: Argon2PasswordHasher,
) -> None:
    running = asyncio.create_task(slow.verify_nobody("x", pepper=PEPPER))
    waiting = [asyncio.create_task(slow.verify_nobody("x", pepper=PEPPER)) for _ in range(2)]
    await until(lambda: _occupied(slow, 3))
    for task in (running, *waiting):
        task.cancel()
    await asyncio.gather(running, *waiting, return_exceptions=True)
    # Who waited has left the queue; the hash that runs can't be stopped and keeps its place.
    assert slow.occupied <= 1
    await until(lambda: _idle(slow))
    assert await slow.verify_nobody("x", pepper=PEPPER) is False


async def test_a_closed_pool_sends_people_elsewhere() -> None:
    closed = hasher()
    closed.close()
    with pytest.raises(PoolBusy):
        await closed.hash("x", pepper=PEPPER)
    assert closed.occupied == 0


async def test_each_hash_is_observed_and_lets_the_event_loop_go_first() -> None:
    """On Linux, where niceness belongs to a thread; elsewhere both are equal."""
    seen: list[tuple[float, int]] = []

    def observe(seconds: float) -> None:
        seen.append((seconds, niceness()))

    observed = Argon2PasswordHasher(
        entropy=SystemEntropy(),
        time_cost=10,
        memory_cost_kib=8_192,
        parallelism=1,
        threads=0,
        queue=4,
        observe=observe,
    )
    await observed.hash("x", pepper=PEPPER)
    observed.close()
    ((seconds, their_niceness),) = seen
    assert seconds > 0
    assert their_niceness == (min(niceness() + 5, 19) if sys.platform == "linux" else niceness())


def niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id() if sys.platform == "linux" else 0)


async def _idle(pool: Argon2PasswordHasher) -> bool:
    return pool.occupied == 0


async def _occupied(pool: Argon2PasswordHasher, count: int) -> bool:
    return pool.occupied == count
