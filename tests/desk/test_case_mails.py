"""What the mailboxes of a case did with its mails, as agents see it; and that nobody else does."""

import asyncio

import pytest

from idp.account.cases.ageing import expire_stale
from idp.records.event import Occasion
from idp.records.ports import NotDelivered
from tests.desk.agents import look, make_agent, open_desk
from tests.desk.casework import DAY, HOUR, PRIMARY, SPARE, begin, cancel, cancel_path, change_account
from tests.portal.pressing import forms_of, press
from tests.portal.recovering import NEW, sent, status_link
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


async def test_an_agent_sends_the_link_anew_and_the_one_before_ends(world: World) -> None:
    _, [received] = await sent(world)
    sam = await make_agent(world, "sam")
    sams, _ = await open_desk(world, sam)
    await delivered(world)
    [(case_id,)] = await world.rows("SELECT case_id FROM recovery_case")
    path = f"/support/cases/{case_id}"
    assert (await press(sams, await sams.get(path), "resend", "resend")).status_code == 303
    [again] = await delivered(world)
    assert again.to == NEW
    assert again.subject.startswith("The link to your request")
    assert "aa11111" not in again.text
    visitor = world.browser()
    assert (await visitor.get(status_link(received))).status_code == 404
    assert "We are looking at your request" in (await visitor.get(status_link(again))).text
    lines = await world.rows("SELECT author FROM case_entry WHERE what = 'link-sent'")
    assert lines == [(sam.subject_id,)]
    audited = await world.rows(
        "SELECT actor FROM audit_event WHERE type = 'case.changed' AND reason = 'link-sent'"
    )
    assert audited == [(f"subject:{sam.subject_id}",)]


async def test_a_link_is_sent_anew_after_a_while_alone_whoever_asks(world: World) -> None:
    work = await begin(world)
    for browser, pause in ((work.sams, 0), (work.kims, 300)):
        if pause:
            world.clock.pass_(pause - 1)
            refused = await work.do(browser, "resend")
            assert refused.status_code == 429
            assert "The link was sent a moment ago" in refused.text
            world.clock.pass_(1)
        assert (await work.do(browser, "resend")).status_code == 303
        assert [mail.to for mail in await delivered(world)] == [SPARE]


async def test_many_clicks_at_once_send_one_link(world: World) -> None:
    work = await begin(world)
    page = await work.look(work.sams)
    await asyncio.gather(*(work.do(work.sams, "resend", page) for _ in range(20)))
    assert [mail.to for mail in await delivered(world)] == [SPARE]


async def test_where_nobody_proved_an_address_no_link_is_sent(world: World) -> None:
    work = await begin(world)
    await work.read_code_back()
    await work.propose()
    path = cancel_path(await work.approve(), PRIMARY)
    await cancel(world, path)
    await change_account(world, work.carol, "backup_email = NULL, backup_email_verified = 0")
    page = await work.look(work.sams)
    assert "resend" not in forms_of(page)
    assert "has proven no address" in page.text
    assert (await work.force(work.sams, "resend")).status_code == 409


@pytest.mark.parametrize("act", ["withdraw", "refuse"])
async def test_everybody_who_was_told_a_date_is_told_that_nothing_happens_then(
    world: World, act: str
) -> None:
    work = await begin(world)
    await work.read_code_back()
    await work.propose()
    told = {mail.to for mail in await work.approve()}
    assert told == {PRIMARY, SPARE}
    assert (await work.do(work.sams, act, reason="other-owner", note="")).status_code == 303
    mails = await delivered(world)
    assert {mail.to for mail in mails} == told
    stopped = [mail for mail in mails if "We told you that your account would change" in mail.text]
    assert [mail.to for mail in stopped] == ([PRIMARY] if act == "refuse" else [PRIMARY, SPARE])
    world.clock.pass_(25 * HOUR)
    assert await work.apply() == 0
    assert await work.addresses() == (PRIMARY, SPARE)


async def test_a_proposal_that_is_withdrawn_told_nobody_anything(world: World) -> None:
    work = await begin(world)
    await work.read_code_back()
    await work.propose()
    assert (await work.do(work.kims, "withdraw", note="")).status_code == 303
    assert await delivered(world) == []


async def test_what_stands_in_the_way_when_it_is_due_is_told_to_who_waited_for_it(world: World) -> None:
    work = await begin(world)
    await work.read_code_back()
    await work.propose()
    await work.approve()
    await change_account(world, work.kim, "role = 'customer'")
    mails = await work.cool_off()
    assert {mail.to for mail in mails} == {PRIMARY, SPARE}
    assert all("support looks at the request again" in mail.text for mail in mails)


async def test_a_cancelled_case_that_expires_tells_everybody(world: World) -> None:
    work = await begin(world)
    await work.read_code_back()
    await work.propose()
    await cancel(world, cancel_path(await work.approve(), PRIMARY))
    assert [mail.to for mail in await delivered(world)] == [SPARE]
    world.clock.pass_(30 * DAY + 1)
    await expire_stale(world.house, Occasion(now=world.clock.now(), actor="system"))
    mails = await delivered(world)
    assert {mail.to for mail in mails} == {PRIMARY, SPARE}
    assert all("it did not come" in mail.text and "/recovery" in mail.text for mail in mails)


async def test_a_case_that_waited_in_vain_tells_who_asked_alone(world: World) -> None:
    work = await begin(world)
    await work.do(work.sams, "ask-document", document="identity", reason="missing")
    assert [mail.to for mail in await delivered(world)] == [SPARE]
    world.clock.pass_(30 * DAY + 1)
    await expire_stale(world.house, Occasion(now=world.clock.now(), actor="system"))
    assert [mail.to for mail in await delivered(world)] == [SPARE]
