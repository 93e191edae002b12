"""What the mailboxes of a case did with its mails, as agents see it; and that nobody else does."""

from idp.records.ports import NotDelivered
from tests.desk.agents import look, make_agent, open_desk
from tests.desk.casework import SPARE, begin
from tests.portal.recovering import NEW, sent
from tests.support.mail import deliver, delivered
from tests.support.world import World

_BOUNCE = NotDelivered("550 5.1.1", is_final=True)


async def test_mails_to_an_address_that_is_not_the_accounts_are_listed_with_the_case(world: World) -> None:
    await sent(world)
    sam = await make_agent(world, "sam")
    sams, _ = await open_desk(world, sam)
    [(case_id,)] = await world.rows("SELECT case_id FROM recovery_case")
    page = (await sams.get(f"/support/cases/{case_id}")).text
    mails = page.split('id="mails-heading"')[1].split("</section>")[0]
    assert "Case received" in mails
    assert "Code for a new address" in mails
    assert mails.count("Accepted") == 2
    assert NEW not in mails, "addresses are masked"
    rows = await world.rows(f"SELECT DISTINCT subject_id FROM outbox WHERE case_id = '{case_id}'")
    assert rows == [(None,)], "none of them is in the log of whose account was named"
    assert "Case received" not in (await look(sams, world.people["alice"])).text


async def test_a_document_that_was_asked_of_nobody_is_seen_by_the_agents(world: World) -> None:
    work = await begin(world)
    world.relay.refusal = _BOUNCE
    await work.do(work.sams, "ask-document", document="identity", reason="missing")
    await deliver(world)
    page = (await work.look(work.kims)).text
    assert "A mail did not arrive at" in page
    assert "550 5.1.1" in page
    assert "a mail bounced" in (await work.kims.get("/support/cases")).text


async def test_a_mailbox_that_works_again_is_no_trouble_any_more(world: World) -> None:
    work = await begin(world)
    world.relay.refusal = _BOUNCE
    await work.do(work.sams, "ask-document", document="identity", reason="missing")
    await deliver(world)
    world.relay.refusal = None
    world.clock.pass_(1)
    await work.do(work.sams, "ask-document", document="identity", reason="unreadable")
    assert [mail.to for mail in await delivered(world)] == [SPARE]
    page = (await work.look(work.kims)).text
    assert "A mail did not arrive at" not in page
    assert "550 5.1.1" in page, "the log tells it still"
    assert "a mail bounced" not in (await work.kims.get("/support/cases")).text
