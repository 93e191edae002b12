"""Somebody who lost their mailbox, and fills in the form."""

import re
from dataclasses import dataclass

import httpx2

from tests.login.coded import code_in
from tests.portal.pressing import forms_of, press
from tests.support.mail import Mail, delivered
from tests.support.papers import jpeg, pdf
from tests.support.world import ISSUER, Browser, World

NEW = "alice.new@example.test"
_STATUS = re.compile(r"http://localhost:8000(/case/[0-9A-Za-z_-]{64})")


@dataclass(kw_only=True)
class Claimant:
    """A browser, and the page that it is on."""

    world: World
    browser: Browser
    page: httpx2.Response

    async def look(self, path: str) -> httpx2.Response:
        self.page = await self.browser.follow(await self.browser.get(path))
        return self.page

    async def answer(self, form_id: str, action: str = "continue", **fields: str) -> httpx2.Response:
        answered = await press(self.browser, self.page, form_id, action, **fields)
        self.page = await self.browser.follow(answered)
        return self.page

    async def add(
        self, kind: str, content: bytes, *, name: str = "scan.pdf", media_type: str = "application/pdf"
    ) -> httpx2.Response:
        """Choose a file for one of the documents, and add it."""
        action, hidden = forms_of(self.page)[f"document-{kind}"]
        answered = await self.browser.http.post(
            action, data=hidden, files={"file": (name, content, media_type)}, headers={"origin": ISSUER}
        )
        self.page = await self.browser.follow(answered)
        return self.page

    async def prove(self, address: str = NEW) -> httpx2.Response:
        await self.answer("recovery-address", email=address)
        [mail] = [mail for mail in await delivered(self.world) if mail.to == address]
        return await self.answer("recovery-address-code", code=code_in(mail))


async def begin(world: World, lost: str = "mailbox", *, address: str = "192.0.2.1") -> Claimant:
    """The first question of a new form."""
    browser = world.browser(address=address)
    claimant = Claimant(world=world, browser=browser, page=await browser.get("/recovery"))
    await claimant.answer("recovery", lost=lost)
    return claimant


async def answered(
    world: World,
    who: str = "aa11111-ovh",
    *,
    lost: str = "mailbox",
    kind: str = "individual",
    to: str = NEW,
    address: str = "192.0.2.1",
) -> Claimant:
    """Everything but the documents."""
    claimant = await begin(world, lost, address=address)
    await claimant.answer("recovery-who", username=who, name="Alice Martin")
    await claimant.answer("recovery-type", kind=kind)
    await claimant.answer("recovery-reason", reason="I left the company.")
    await claimant.prove(to)
    return claimant


async def sent(world: World, who: str = "aa11111-ovh", **asked: str) -> tuple[Claimant, list[Mail]]:
    """A form that was sent in, and the mails that it caused."""
    claimant = await answered(world, who, **asked)
    await claimant.add("identity", pdf())
    await claimant.add("proof-of-address", jpeg())
    await claimant.answer("recovery-documents")
    await claimant.answer("recovery-review", "send")
    return claimant, await delivered(world)


def status_link(mail: Mail) -> str:
    found = _STATUS.search(mail.text)
    assert found, mail.text
    return found[1]
