"""The queue: a page at a time, the longest waiting first, and nothing of accounts above an agent's rank."""

import re
from dataclasses import replace

import pytest

from idp.account.agent import agent_of
from idp.account.cases.opening import Opened, open_case_for
from idp.records.account import Role
from idp.records.case import CaseKind
from idp.records.event import Occasion
from idp.store.case_queue import PAGE
from idp.store.cases import INSERT_CASE
from idp.store.statement import Effect, Value
from tests.desk.agents import make_agent, open_desk
from tests.desk.casework import Casework, begin
from tests.desk.conftest import Desk
from tests.desk.routes import open_case
from tests.support.world import Browser, World

_REFERENCE = re.compile(r'<a class="what code" href="/support/cases/[0-9a-f-]+">([0-9A-Z-]{9})</a>')
_COUNT = re.compile(r"show=(\w+)\"[^>]*>[^(<]*\((\d+)\)")


async def _copies(work: Casework, number: int, **fields: Value) -> list[str]:
    """So many more cases, each a second after the one before."""
    world, case = work.world, await work.case()
    entropy = world.house.entropy
    effects: list[Effect] = []
    references: list[str] = []
    for second in range(number):
        reference = f"{second:04}-{world.clock.at % 10_000:04}"
        one = replace(
            case,
            case_id=entropy.uuid7(world.clock.now()),
            reference=reference,
            subject_id=None,
            typed_identifier=f"nobody-{second}",
            queued_at=world.clock.now() + second,
        )
        row = {name: getattr(one, name) for name in one.__dataclass_fields__}
        values = {**row, "kind": one.kind.value, "status": one.status.value, **fields}
        effects.append(INSERT_CASE.effect(**values))
        references.append(reference)
    assert await world.house.database.apply(effects)
    return references


async def _walk(browser: Browser, path: str) -> list[list[str]]:
    """The references of each page, from the first to the last."""
    pages = []
    while path:
        page = await browser.get(path)
        assert page.status_code == 200
        pages.append(_REFERENCE.findall(page.text))
        following = re.search(r'href="([^"]+)" rel="next"', page.text)
        path = following[1].replace("&amp;", "&") if following else ""
    return pages


async def test_a_long_queue_is_read_page_by_page_and_no_case_is_left_out(world: World) -> None:
    work = await begin(world)
    first = (await work.case()).reference
    world.clock.pass_(1)
    others = await _copies(work, 2 * PAGE + 9, owner_id=None)
    pages = await _walk(work.kims, "/support/cases")
    assert [len(page) for page in pages] == [PAGE, PAGE, 10]
    assert [one for page in pages for one in page] == [first, *others]


async def test_cases_of_the_same_second_are_each_shown_once(world: World) -> None:
    work = await begin(world)
    others = await _copies(work, PAGE + 5, owner_id=None, queued_at=world.clock.now())
    pages = await _walk(work.kims, "/support/cases?show=free")
    assert sorted(one for page in pages for one in page) == sorted(others)


async def test_a_filter_finds_the_newest_however_many_wait_before_it(world: World) -> None:
    work = await begin(world)
    await _copies(work, 220, owner_id=None)
    newest, last = "MINE-0001", world.clock.now() + 1_000
    await _copies(work, 1, owner_id=work.kim.subject_id, reference=newest, queued_at=last)
    page = await work.kims.get("/support/cases?show=mine")
    assert _REFERENCE.findall(page.text) == [newest]
    assert dict(_COUNT.findall(page.text)) == {
        "all": "222",
        "free": "220",
        "mine": "1",
        "second": "0",
        "waiting": "0",
        "cooling": "0",
    }


async def test_each_filter_shows_what_it_says_and_counts_it(world: World) -> None:
    work = await begin(world)
    sam, kim = work.sam.subject_id, work.kim.subject_id
    made = {
        "second": await _copies(work, 1, status="proposed", proposed_by=sam, owner_id=sam),
        "waiting": await _copies(work, 1, status="waiting", owner_id=sam, reference="WAIT-0001"),
        "cooling": await _copies(work, 1, status="cooling", owner_id=sam, reference="COOL-0001"),
        "mine": await _copies(
            work, 1, status="proposed", proposed_by=kim, owner_id=kim, reference="MINE-0001"
        ),
    }
    made |= {"waiting": ["WAIT-0001"], "cooling": ["COOL-0001"], "mine": ["MINE-0001"]}
    await _copies(work, 1, status="done", closed_at=world.clock.now(), reference="DONE-0001")
    for show, references in made.items():
        page = await work.kims.get(f"/support/cases?show={show}")
        assert _REFERENCE.findall(page.text) == references
        assert dict(_COUNT.findall(page.text))[show] == "1"
        assert "DONE-0001" not in page.text


async def test_cases_above_an_agents_rank_are_neither_shown_nor_counted(world: World) -> None:
    work = await begin(world)
    zoe = await make_agent(world, "zoe", role=Role.ADMINISTRATOR, number=5)
    eve = await make_agent(world, "eve", role=Role.ADMINISTRATOR, number=4)
    occasion = Occasion(now=world.clock.now(), actor=f"subject:{eve.subject_id}")
    opened = await open_case_for(world.house, occasion, agent_of(eve), zoe, CaseKind.FACTOR)
    assert isinstance(opened, Opened)
    desk, _ = await open_desk(world, eve)
    for browser, is_shown in ((work.sams, False), (desk, True)):
        page = await browser.get("/support/cases")
        assert (opened.case.reference in page.text) is is_shown
        assert (zoe.customer_id in page.text) is is_shown
        assert dict(_COUNT.findall(page.text))["all"] == ("2" if is_shown else "1")


@pytest.mark.parametrize(
    "after",
    ["", "x", "0", "1.2.3", "-1.a", "9" * 40 + ".a", "1.'; DROP TABLE recovery_case", "%00", "1." + "a" * 99],
)
async def test_an_address_that_names_no_place_is_the_first_page(sqlite_world: World, after: str) -> None:
    work = await begin(sqlite_world)
    page = await work.sams.get("/support/cases", params={"after": after, "show": "<script>"})
    assert page.status_code == 200
    assert (await work.case()).reference in page.text


async def test_each_look_at_the_queue_is_a_view_and_recorded(strict_desk: Desk) -> None:
    desk = strict_desk
    case_id = await open_case(desk.world, desk.sam, desk.carol)
    for _ in range(10):
        assert (await desk.browser.get("/support/cases")).status_code == 200
    refused = await desk.browser.get("/support/cases")
    assert refused.status_code == 429
    assert "retry-after" in refused.headers
    assert case_id not in refused.text
    assert (await desk.browser.get(f"/support/cases/{case_id}")).status_code == 429
    assert await desk.events("case.viewed") == [("queue",)] * 10
