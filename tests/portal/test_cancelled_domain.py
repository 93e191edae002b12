"""A case that a domain shows the owner of: approved, cancelled, and shown once more."""

import re
from dataclasses import dataclass

from idp.account.cases.applying import apply_due
from idp.records.case import Case, CaseStatus
from idp.records.event import Occasion
from tests.desk.agents import make_agent, open_desk
from tests.desk.casework import HOUR, cancel, cancel_path
from tests.portal.pressing import press
from tests.portal.recovering import NEW, Claimant, status_link
from tests.portal.test_recovery_domain import DOMAIN, choose, file_of, give
from tests.support.mail import Mail, delivered
from tests.support.papers import pdf
from tests.support.world import Browser, World

_TEXT = re.compile(r"idp-case=([0-9a-f]{32})")


@dataclass(kw_only=True)
class Shown:
    """Alice's case, which her domain shows. `link` is where she looks at it; `told` the mails of the last approval."""

    world: World
    sams: Browser
    kims: Browser
    link: str
    path: str
    told: list[Mail]

    async def approve(self) -> None:
        for browser, act in ((self.sams, "propose"), (self.kims, "approve")):
            answered = await press(browser, await browser.get(self.path), act, act)
            assert answered.status_code == 303, answered.text
        self.told = await delivered(self.world)

    async def case(self) -> Case:
        return (await file_of(self.world)).case

    async def visitor(self, path: str = "") -> Claimant:
        """Whoever has the link, in another browser than before."""
        browser = self.world.browser()
        visitor = Claimant(world=self.world, browser=browser, page=await browser.get(self.link))
        await visitor.look(self.link + path)
        return visitor


async def approved(world: World, *papers: bytes) -> Shown:
    """By the domain, and whatever papers were added beside it."""
    await give(world, "alice")
    claimant, token = await choose(world)
    world.proofs.published[DOMAIN] = token
    await claimant.answer("recovery-domain", "check")
    await claimant.look(claimant.page.url.path.replace("domain", "documents"))
    for paper in papers:
        await claimant.add("identity", paper)
    await claimant.answer("recovery-documents")
    await claimant.answer("recovery-review", "send")
    [received] = await delivered(world)
    sam, kim = await make_agent(world, "sam"), await make_agent(world, "kim", number=2)
    sams, _ = await open_desk(world, sam)
    kims, _ = await open_desk(world, kim)
    await delivered(world)
    path = f"/support/cases/{(await file_of(world)).case.case_id}"
    shown = Shown(world=world, sams=sams, kims=kims, link=status_link(received), path=path, told=[])
    assert (await press(sams, await sams.get(path), "take", "take")).status_code == 303
    await shown.approve()
    return shown


async def test_a_domain_alone_gets_the_account_its_new_address(world: World) -> None:
    shown = await approved(world)
    world.clock.pass_(24 * HOUR)
    assert await apply_due(world.house, Occasion(now=world.clock.now(), actor="system")) == 1
    assert (await shown.case()).status is CaseStatus.DONE
    rows = await world.rows("SELECT primary_email FROM account WHERE customer_id = 'aa11111-ovh'")
    assert rows == [(NEW,)]


async def test_no_other_domain_is_taken_once_agents_have_decided(world: World) -> None:
    shown = await approved(world)
    before = await shown.case()
    visitor = await shown.visitor()
    assert "Your request is approved" in visitor.page.text
    assert "/domain" not in visitor.page.text
    await visitor.look(f"{shown.link}/domain")
    assert visitor.page.url.path == shown.link
    assert await shown.case() == before


async def test_a_cancellation_takes_the_proof_and_a_new_one_counts(world: World) -> None:
    shown = await approved(world)
    former = (await shown.case()).domain_token
    await cancel(world, cancel_path(shown.told, "alice@example.test"))
    case = await shown.case()
    assert (case.status, case.domain, case.domain_token, case.domain_proven_at) == (
        CaseStatus.WAITING,
        "",
        "",
        None,
    )
    desk = await shown.sams.get(shown.path)
    assert "has to show whose it is" in desk.text
    assert DOMAIN not in desk.text.split("What happened so far", maxsplit=1)[0]
    visitor = await shown.visitor()
    assert f'href="{shown.link}/domain"' in visitor.page.text
    await visitor.look(f"{shown.link}/documents")
    assert "We found your proof" not in visitor.page.text
    await visitor.look(f"{shown.link}/domain")
    await visitor.answer("recovery-domain", domain=DOMAIN)
    found = _TEXT.search(visitor.page.text)
    assert found
    assert found[1] != former
    world.clock.pass_(11)
    await visitor.answer("recovery-domain", "check")
    assert "We have not found it yet" in visitor.page.text, "what is published is the former text"
    world.proofs.published[DOMAIN] = found[1]
    world.clock.pass_(11)
    await visitor.answer("recovery-domain", "check")
    assert "We found your proof on" in visitor.page.text
    assert (await shown.case()).status is CaseStatus.OPEN
    await shown.approve()
    assert (await shown.case()).status is CaseStatus.COOLING


async def test_documents_of_before_a_cancellation_are_said_to_count_no_more(world: World) -> None:
    shown = await approved(world, pdf())
    await cancel(world, cancel_path(shown.told, "alice@example.test"))
    world.clock.pass_(1)
    visitor = await shown.visitor("/documents")
    assert "Sent before the cancellation" in visitor.page.text
    await visitor.add("identity", pdf())
    await visitor.look(f"{shown.link}/documents")
    assert '<span class="badge">Added</span>' in visitor.page.text
    assert (await shown.case()).status is CaseStatus.OPEN
