"""The page behind the mailed link: what it says, what may be added there, and what never shows."""

import pytest

from idp.records.case import CaseStatus
from idp.store.cases import CASE
from tests.desk.agents import make_agent, open_desk
from tests.desk.casework import begin as begin_casework
from tests.portal.pressing import press
from tests.portal.recovering import Claimant, sent, status_link
from tests.support.mail import delivered
from tests.support.papers import jpeg
from tests.support.world import Browser, World

CASES = "/support/cases"


async def agent_asks(world: World) -> tuple[Browser, str]:
    """Sam takes Alice's case and asks for a better identity document."""
    sam = await make_agent(world, "sam")
    browser, _ = await open_desk(world, sam)
    [(case_id,)] = await world.rows("SELECT case_id FROM recovery_case")
    path = f"{CASES}/{case_id}"
    assert (await press(browser, await browser.get(path), "take", "take")).status_code == 303
    [(document_id,)] = await world.rows("SELECT document_id FROM case_document WHERE kind = 'identity'")
    asked = await press(
        browser,
        await browser.get(path),
        "ask-document",
        "ask-document",
        document="identity",
        document_id=document_id,
        reason="cut-off",
    )
    assert asked.status_code == 303, asked.text
    return browser, path


async def test_a_better_picture_is_asked_for_and_added_and_the_place_in_the_queue_stays(world: World) -> None:
    _, [received] = await sent(world)
    [(queued_at,)] = await world.rows("SELECT queued_at FROM recovery_case")
    world.clock.pass_(3_600)
    await agent_asks(world)
    [asked] = [mail for mail in await delivered(world) if "/case/" in mail.text]
    visitor = Claimant(world=world, browser=world.browser(), page=await world.browser().get("/recovery"))
    for mail in (received, asked):
        await visitor.look(status_link(mail))
        assert "We need something from you" in visitor.page.text
        assert "All four corners have to be in the picture." in visitor.page.text
    await visitor.look(f"{status_link(asked)}/documents")
    assert "Added, but we need a better one:" in visitor.page.text
    await visitor.add("identity", jpeg())
    await visitor.answer("recovery-documents")
    assert "We are looking at your request" in visitor.page.text
    [row] = await world.rows("SELECT queued_at, status FROM recovery_case")
    assert row == (queued_at, "open")


async def test_what_agents_think_among_themselves_does_not_show(world: World) -> None:
    _, [mail] = await sent(world)
    sam = await make_agent(world, "sam")
    browser, _ = await open_desk(world, sam)
    [(case_id,)] = await world.rows("SELECT case_id FROM recovery_case")
    before = await world.browser().get(status_link(mail))
    for act in ("take", "propose"):
        page = await browser.get(f"{CASES}/{case_id}")
        assert (await press(browser, page, act, act, note="looks right")).status_code == 303
    after = await world.browser().get(status_link(mail))
    assert _without_nonce(before.text) == _without_nonce(after.text)


def _without_nonce(page: str) -> str:
    nonce = page.split('nonce="')[1].split('"', maxsplit=1)[0]
    return page.replace(nonce, "")


async def test_a_cancelled_case_goes_on_by_its_link_with_a_new_address_and_documents(world: World) -> None:
    work = await begin_casework(world)
    await work.read_code_back()
    await work.propose()
    told = await work.approve()
    primary = next(mail for mail in told if mail.to == "carol@example.test")
    owner = world.browser()
    page = await owner.get(next(part for part in primary.text.split() if "/case-cancel/" in part))
    assert (await press(owner, page, "case-cancel", "cancel")).status_code in (200, 303)
    [mail] = [mail for mail in await delivered(world) if mail.to == "carol.spare@example.test"]
    visitor = Claimant(world=world, browser=world.browser(), page=page)
    await visitor.look(status_link(mail))
    assert "has cancelled the change" in visitor.page.text
    await visitor.look(f"{status_link(mail)}/address")
    await visitor.prove("carol.new@example.test")
    await visitor.look(f"{status_link(mail)}/documents")
    await visitor.add("identity", jpeg())
    case = await world.house.database.one(CASE, of_case=work.case_id)
    assert case is not None
    assert (case.status, case.new_email) == (CaseStatus.OPEN, "carol.new@example.test")


@pytest.mark.parametrize("value", ["", "x", "A" * 64, "0192f3a4-sample", "%00" * 10])
async def test_a_link_that_is_none_says_so_and_the_way_on(sqlite_world: World, value: str) -> None:
    page = await sqlite_world.browser().get(f"/case/{value}", headers={"accept": "text/html"})
    assert page.status_code in (400, 404)


async def test_a_cancel_link_is_no_status_link(world: World) -> None:
    work = await begin_casework(world)
    await work.read_code_back()
    await work.propose()
    [mail, *_] = await work.approve()
    path = next(part for part in mail.text.split() if "/case-cancel/" in part)
    assert (await world.browser().get(path.replace("/case-cancel/", "/case/"))).status_code == 404


async def test_links_of_the_form_are_no_way_to_who_or_what_was_typed(sqlite_world: World) -> None:
    _, [mail] = await sent(sqlite_world)
    browser = sqlite_world.browser()
    for step in ("who", "type", "reason", "review"):
        assert (await browser.get(f"{status_link(mail)}/{step}")).status_code == 404
    address = await browser.get(f"{status_link(mail)}/address")
    assert address.status_code == 303, "the address was proven: it can't be changed by the link"
