"""Whether the recovery form tells that an account exists: by its pages, by mails, or by the time that it takes."""

import asyncio
import re
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from idp.store.database import Database
from tests.login.coded import code_in
from tests.portal.recovering import Claimant, answered, begin
from tests.support.mail import delivered
from tests.support.papers import pdf, png
from tests.support.world import World

KNOWN = ("aa11111-ovh", "alice@example.test", "dd44444-ovh", "dan@example.test")
UNKNOWN = ("zz99999-ovh", "nobody@example.test", "yy88888-ovh", "nothing@example.test")
_CHANGING = re.compile(r'nonce="[^"]+"|csrf_token" value="[^"]+"|[0-9a-f]{32}|[0-9A-Z]{4}-[0-9A-Z]{4}')


def bare(claimant: Claimant, *typed: str) -> str:
    page = _CHANGING.sub("", claimant.page.text)
    for text in typed:
        page = page.replace(text, "")
    return page


async def whole(world: World, who: str, address: str) -> list[str]:
    """Every page from the first question to the last, without what is each person's own."""
    claimant = await begin(world)
    pages = []
    await claimant.answer("recovery-who", username=who, name="Alice Martin")
    pages.append(bare(claimant))
    await claimant.answer("recovery-type", kind="individual")
    await claimant.answer("recovery-reason", reason="It is gone.")
    await claimant.prove(address)
    await claimant.add("identity", pdf())
    await claimant.add("proof-of-address", png())
    await claimant.answer("recovery-documents")
    pages.append(bare(claimant, who, address))
    await claimant.answer("recovery-review", "send")
    pages.append(f"{claimant.page.status_code} {claimant.page.url.path} {bare(claimant)}")
    [mail] = await delivered(world)
    assert mail.to == address
    pages.append(_CHANGING.sub("", re.sub(r"/case/\S+", "", mail.text + mail.subject)))
    return pages


@pytest.mark.requirement("S43")
async def test_every_page_and_mail_is_the_same_for_whom_nobody_knows(world: World) -> None:
    for number, (known, unknown) in enumerate(zip(KNOWN[:2], UNKNOWN[:2], strict=True)):
        first = await whole(world, known, f"first{number}@example.test")
        second = await whole(world, unknown, f"other{number}@example.test")
        assert first == second


@pytest.mark.requirement("S43")
async def test_the_same_statements_run_and_times_overlap(sqlite_world: World) -> None:
    """The answer to the first question alone looks anybody up. Medians of many, known and unknown in turn."""
    claimant = await begin(sqlite_world)
    path = claimant.page.url.path
    counts: dict[str, set[tuple[int, int]]] = {"known": set(), "unknown": set()}
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    counter = _Counting(sqlite_world.house.database)
    clock = asyncio.get_running_loop().time
    for _ in range(15):
        for known, unknown in zip(KNOWN, UNKNOWN, strict=True):
            for kind, who in (("known", known), ("unknown", unknown)):
                await claimant.look(path)
                counter.reset()
                began = clock()
                await claimant.answer("recovery-who", username=who, name="Alice Martin")
                times[kind].append(clock() - began)
                counts[kind].add((counter.reads, "@" in who))
    counter.stop()
    assert counts["known"] == counts["unknown"]
    medians = [statistics.median(times[kind]) for kind in ("known", "unknown")]
    spread = statistics.pstdev(times["known"] + times["unknown"])
    assert abs(medians[0] - medians[1]) < max(spread, 0.005)


@pytest.mark.requirement("S43")
@pytest.mark.parametrize("lost", ["mailbox", "factor", "blocked"])
async def test_the_same_statements_run_from_the_first_question_to_the_last(
    sqlite_world: World, lost: str
) -> None:
    counter = _Counting(sqlite_world.house.database)
    counts = [
        [count async for count in _reads(sqlite_world, counter, lost, who, f"{who[:2]}@new.example.test")]
        for who in (KNOWN[0], UNKNOWN[0])
    ]
    counter.stop()
    assert counts[0] == counts[1]


async def _reads(world: World, counter: "_Counting", lost: str, who: str, address: str) -> AsyncIterator[int]:
    """How many reads each answer took."""
    claimant = await begin(world, lost)
    steps: list[tuple[str, str, dict[str, str]]] = [
        ("recovery-who", "continue", {"username": who, "name": "Alice Martin"}),
        ("recovery-type", "continue", {"kind": "individual"}),
        ("recovery-reason", "continue", {"reason": "It is gone."}),
    ]
    for form, action, fields in steps:
        counter.reads = 0
        await claimant.answer(form, action, **fields)
        yield counter.reads
    await claimant.answer("recovery-address", email=address)
    [mail] = [mail for mail in await delivered(world) if mail.to == address]
    counter.reads = 0
    await claimant.answer("recovery-address-code", code=code_in(mail))
    yield counter.reads
    for kind in ("identity", "proof-of-address"):
        counter.reads = 0
        await claimant.add(kind, pdf())
        yield counter.reads
    await claimant.answer("recovery-documents")
    counter.reads = 0
    await claimant.answer("recovery-review", "send")
    yield counter.reads
    assert claimant.page.url.path == "/recovery/received"


class _Counting:
    """How many reads a database did."""

    def __init__(self, database: Database) -> None:
        self.reads = 0
        self._patch = pytest.MonkeyPatch()
        for name in ("one", "all"):
            self._patch.setattr(type(database), name, self._counted(getattr(type(database), name)))

    def _counted(self, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def counted(*arguments: Any, **values: Any) -> Any:
            self.reads += 1
            return await method(*arguments, **values)

        return counted

    def reset(self) -> None:
        self.reads = 0

    def stop(self) -> None:
        self._patch.undo()


async def test_an_address_that_somebody_has_is_proven_like_any_other(world: World) -> None:
    claimant = await answered(world, "zz99999-ovh", to="bob@example.test")
    assert "Show that the account is yours" in claimant.page.text
    [(address,)] = await world.rows("SELECT new_email FROM recovery_case")
    assert address == "bob@example.test"
    [(primary,)] = await world.rows("SELECT primary_email FROM account WHERE customer_id = 'bb22222-ovh'")
    assert primary == "bob@example.test"
