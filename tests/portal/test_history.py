"""The sign-in history: every try, with its place, browser and result, and never anybody else's."""

import re

import pytest

from idp.records.event import Event, EventType, Occasion
from idp.store.history import MOST_ON_PAGE
from tests.login.coded import ask_for_code, mailed_code
from tests.portal.pressing import open_account
from tests.support.world import PASSWORD, Browser, World

PATH = "/account/history"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ABROAD = "203.0.113.7"


def _rows(html: str) -> list[str]:
    """The entries of a page, the newest first, without their markup."""
    listed = html.split('id="history">')[1].split("<footer>", maxsplit=1)[0]
    plain = (re.sub(r"<[^>]+>", " ", row) for row in listed.split("<li>\n<div")[1:])
    return [re.sub(r"\s+", " ", row) for row in plain]


async def _fail(browser: Browser, password: str = "wrong horse") -> None:
    page = await browser.authorize()
    await browser.submit(page, username="aa11111-ovh", password=password)


async def fill_history(world: World, count: int) -> None:
    alice = world.people["alice"]
    for number in range(count):
        world.clock.pass_(1)
        event = Event(
            type=EventType.SIGN_IN_SUCCEEDED, actor="test", subject_id=alice.subject_id, factor="pwd"
        )
        occasion = Occasion(now=world.clock.now() + number, actor="test")
        effect = world.house.audit.effect(event, occasion.circumstances, now=world.clock.now())
        assert await world.house.database.apply([effect])


async def test_each_try_is_listed_with_place_browser_factor_and_result(world: World) -> None:
    await _fail(world.browser(address=ABROAD))
    world.clock.pass_(7_200)
    page = await open_account(world.browser(headers={"user-agent": FIREFOX}), PATH)
    now, before = _rows(page.text)
    assert "Sign-in succeeded" in now
    assert "Near Roubaix, France (approximate) · Firefox on Linux" in now
    assert "Password" in now
    assert "Wrong password Not signed in" in before
    assert "2 hours ago" in before
    assert "Near Recife, Brazil (approximate) · Unknown browser" in before
    assert "Manager" in before


async def test_whoever_was_asked_for_more_reads_why(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    code = await mailed_code(risky_world)
    done = await visitor.browser.submit(visitor.page, "email-code", code=code)
    await visitor.browser.follow(done)
    page = await visitor.browser.follow(await visitor.browser.get(PATH))
    newest = _rows(page.text)[0]
    assert "Why was I asked for more?" in newest
    assert "Password, Code by e-mail" in newest
    assert "We did not" in newest


async def test_others_are_never_in_it(world: World) -> None:
    bob = world.browser(address=ABROAD)
    await open_account(bob, identifier="bb22222-ovh")
    page = await open_account(world.browser(), PATH)
    assert len(_rows(page.text)) == 1
    assert "Recife" not in page.text


async def test_pages_follow_each_other_without_gap_or_repeat(world: World) -> None:
    await fill_history(world, 2 * MOST_ON_PAGE + 4)
    browser = world.browser()
    page = await open_account(browser, PATH)
    counts = [len(_rows(page.text))]
    while older := re.search(r'href="(/account/history\?before=[0-9a-f-]+)"', page.text):
        page = await browser.get(older[1])
        counts.append(len(_rows(page.text)))
    assert counts == [MOST_ON_PAGE, MOST_ON_PAGE, 5]
    assert f'href="{PATH}"' in page.text


@pytest.mark.parametrize(
    "forged",
    [
        "' OR 1=1 --",
        "g",
        "zz",
        "0" * 33,
        "%00",
        "f' UNION SELECT encoded FROM password --",
        "ff" * 16 + "\n",
        "",
    ],
)
async def test_a_forged_page_shows_the_newest(sqlite_world: World, forged: str) -> None:
    browser = sqlite_world.browser()
    await open_account(browser, PATH)
    page = await browser.get(PATH, params={"before": forged})
    assert page.status_code == 200
    assert len(_rows(page.text)) == 1


async def test_somebody_elses_entry_as_a_page_shows_only_ones_own(sqlite_world: World) -> None:
    await open_account(sqlite_world.browser(address=ABROAD), identifier="bb22222-ovh")
    ((entry,),) = await sqlite_world.rows("SELECT max(event_id) FROM audit_event")
    sqlite_world.clock.pass_(5)
    browser = sqlite_world.browser()
    await open_account(browser, PATH)
    page = await browser.get(PATH, params={"before": entry})
    assert "Recife" not in page.text


async def test_signing_in_comes_first(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    assert (await browser.get(PATH)).headers["location"].startswith("/sign-in/")
    await browser.sign_in(password=PASSWORD)
    assert (await browser.get(PATH)).status_code == 200
