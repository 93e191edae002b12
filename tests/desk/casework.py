"""Cases as agents work on them, in browsers; and what the mailboxes of a case get."""

import re
from dataclasses import dataclass

import httpx2
from sqlalchemy import text

from idp.account.agent import agent_of
from idp.account.cases.acts import Wanted, perform
from idp.account.cases.adding import add_document, prove_address
from idp.account.cases.applying import apply_due
from idp.account.cases.deciding import CaseAct, CaseRefusal
from idp.account.cases.opening import new_draft, open_case, save_draft
from idp.records.account import Person
from idp.records.case import Case, CaseKind, CaseStatus, DocumentKind
from idp.records.event import Occasion
from idp.store.cases import CASE, INSERT_DOCUMENT
from idp.store.statement import Write
from tests.desk.agents import make_agent, make_person, open_desk
from tests.desk.routes import open_case as open_on_the_phone
from tests.portal.pressing import forms_of, press
from tests.support.mail import Mail, delivered
from tests.support.world import Browser, World

SPARE, PRIMARY = "carol.spare@example.test", "carol@example.test"
HOUR = 3_600
DAY = 24 * HOUR
_CODE = re.compile(r"\b(\d{4} \d{4})\b")


@dataclass(kw_only=True)
class Casework:
    """A case about Carol that Sam opened. `sams` and `kims` are the agents' browsers; a browser reads each new page."""

    world: World
    sam: Person
    kim: Person
    carol: Person
    sams: Browser
    kims: Browser
    case_id: str

    @property
    def path(self) -> str:
        return f"/support/cases/{self.case_id}"

    async def case(self) -> Case:
        found = await self.world.house.database.one(CASE, of_case=self.case_id)
        assert found is not None
        return found

    async def look(self, browser: Browser) -> httpx2.Response:
        return await browser.get(self.path)

    async def do(
        self, browser: Browser, act: str, page: httpx2.Response | None = None, **fields: str
    ) -> httpx2.Response:
        """Press the button of an act: on the page as it is now, or on one that was opened before."""
        page = page or await self.look(browser)
        assert act in forms_of(page), page.text
        return await press(browser, page, act, act, **fields)

    async def force(self, browser: Browser, act: str, **fields: str) -> httpx2.Response:
        """Send an act that the page offers no button for, with everything else as it should be."""
        page = await self.look(browser)
        return await press(browser, page, "note", act, **fields)

    async def read_code_back(self) -> None:
        """The caller reads what the backup mailbox got."""
        await self.do(self.sams, "send-read-back")
        code = self.code_in(await delivered(self.world))
        answered = await self.do(self.sams, "read-back", code=code)
        assert answered.status_code == 303, answered.text

    @staticmethod
    def code_in(mails: list[Mail]) -> str:
        return _CODE.search(mails[-1].text)[1]  # type: ignore[index]

    async def propose(self) -> None:
        assert (await self.do(self.sams, "propose", note="she knew her invoices")).status_code == 303

    async def approve(self) -> list[Mail]:
        """Kim approves; the mails that every known address gets."""
        assert (await self.do(self.kims, "approve")).status_code == 303
        return await delivered(self.world)

    async def cool_off(self) -> list[Mail]:
        """The cooling-off period passes, and the job looks; the mails of that."""
        self.world.clock.pass_(24 * HOUR)
        await self.apply()
        return await delivered(self.world)

    async def apply(self) -> int:
        return await apply_due(self.world.house, Occasion(now=self.world.clock.now(), actor="system"))

    async def history(self) -> list[str]:
        rows = await self.world.rows(
            f"SELECT what FROM case_entry WHERE case_id = '{self.case_id}' ORDER BY entry_id"
        )
        return [what for (what,) in rows]

    async def addresses(self) -> tuple[str | None, str | None]:
        rows = await self.world.rows(
            f"SELECT primary_email, backup_email FROM account WHERE account_id = '{self.carol.account_id}'"
        )
        return rows[0][0], rows[0][1]


async def begin(world: World, kind: CaseKind = CaseKind.MAILBOX_BACKUP) -> Casework:
    """Sam opens a case for Carol, whose spare mailbox is the backup."""
    sam = await make_agent(world, "sam")
    kim = await make_agent(world, "kim", number=2)
    carol = await make_person(world, "carol", "cc33333-ovh", backup="carol.spare@example.test")
    sams, _ = await open_desk(world, sam)
    kims, _ = await open_desk(world, kim)
    await delivered(world)
    case_id = await open_on_the_phone(world, sam, carol, kind)
    await delivered(world)
    return Casework(world=world, sam=sam, kim=kim, carol=carol, sams=sams, kims=kims, case_id=case_id)


def cancel_path(mails: list[Mail], to: str) -> str:
    """The link that a mailbox can cancel by."""
    mail = next(mail for mail in mails if mail.to == to)
    return re.search(r"http://localhost:8000(/case-cancel/\S+)", mail.text)[1]  # type: ignore[index]


async def cancel(world: World, path: str) -> httpx2.Response:
    """Somebody who reads the mailbox opens the link in a browser of their own, and presses the button."""
    browser = world.browser()
    page = await browser.get(path)
    assert page.status_code == 200, page.text
    return await browser.follow(await browser.submit(page, "case-cancel"))


async def change_account(world: World, person: Person, what: str) -> None:
    """Something else happens to an account meanwhile."""
    effect = Write(text(f"UPDATE account SET {what} WHERE account_id = :of_account")).effect(
        expects=1, of_account=person.account_id
    )
    assert await world.house.database.apply([effect])


async def have_documents(work: Casework) -> None:
    """The customer has sent a document, as it is stored."""
    effect = INSERT_DOCUMENT.effect(
        document_id=work.world.house.entropy.uuid7(work.world.clock.now()),
        case_id=work.case_id,
        kind="identity",
        media_type="application/pdf",
        size=1_000,
        sealed=b"sealed",
        root_key_id="k",
        created_at=work.world.clock.now(),
    )
    occasion = Occasion(now=work.world.clock.now(), actor="system")
    assert await add_document(
        work.world.house, occasion, await work.case(), DocumentKind.IDENTITY, insertion=[effect]
    )


async def have_new_address(work: Casework, address: str) -> None:
    """The customer has proven an address."""
    occasion = Occasion(now=work.world.clock.now(), actor="system")
    assert await prove_address(work.world.house, occasion, await work.case(), address, redemption=[])


async def decided(world: World) -> Casework:
    """A case that waits for the second agent."""
    work = await begin(world)
    await work.read_code_back()
    await work.propose()
    return work


async def tried(work: Casework, agent: Person, act: CaseAct) -> CaseRefusal | None:
    """What an agent is answered who has the newest page in front of them."""
    wanted = Wanted(case_id=work.case_id, version=(await work.case()).version, act=act, note="x")
    occasion = Occasion(now=work.world.clock.now(), actor=f"subject:{agent.subject_id}")
    return await perform(work.world.house, occasion, agent_of(agent), wanted)


async def assert_nothing_changed(work: Casework) -> None:
    """Neither now, nor when the cooling-off period would be over."""
    await work.cool_off()
    assert await work.addresses() == (PRIMARY, SPARE)
    assert (await work.case()).status is not CaseStatus.DONE


async def send_form(
    work: Casework,
    address: str,
    *,
    identifier: str = "cc33333-ovh",
    is_new: bool = True,
    is_hers: bool = True,
) -> list[Mail]:
    """The customer fills in the form and sends it: the case is theirs from now on. What was mailed."""
    house, occasion = work.world.house, _occasion(work.world)
    case_id = await fill_in(work, address, identifier, is_hers=is_hers)
    opened = await open_case(house, occasion, await work.case())
    assert opened is not None
    assert opened.is_new == is_new
    work.case_id = opened.case.case_id
    assert await house.database.one(CASE, of_case=case_id) is not None
    return await delivered(work.world)


async def fill_in(work: Casework, address: str, identifier: str, *, is_hers: bool) -> str:
    """The customer has answered every question but for documents."""
    house, occasion = work.world.house, _occasion(work.world)
    case_id, effect = new_draft(house.entropy, browser_digest=b"b", language="en", now=occasion.now)
    assert await house.database.apply([effect])
    work.case_id = case_id
    assert await save_draft(
        house,
        await work.case(),
        subject_id=work.carol.subject_id if is_hers else None,
        typed_identifier=identifier,
        typed_name="Carol Test",
        account_kind="individual",
        reason="My provider closed my mailbox.",
        now=occasion.now,
    )
    assert await open_case(house, occasion, await work.case()) is None
    await have_new_address(work, address)
    return case_id


def _occasion(world: World) -> Occasion:
    return Occasion(now=world.clock.now(), actor="system")
