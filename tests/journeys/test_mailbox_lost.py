"""The primary mailbox is dead: from the code page to the form, documents, two agents, a day's wait, and in again."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page

from tests.journeys.setting_up import NEW_PASSWORD, choose_password
from tests.journeys.traveller import Traveller, press, travelling
from tests.journeys.worlds import Newcomer
from tests.support.papers import jpeg, pdf

DAY = 86_400
_STATUS = re.compile(r"https?://\S+/case/[0-9A-Za-z_-]{64}")
_NEXT = "[name=action][value=continue]"


@pytest.fixture
def papers(tmp_path: Path) -> dict[str, Path]:
    """What lies on somebody's disk."""
    files = {"identity": ("carte d’identité.jpg", jpeg()), "proof-of-address": ("facture.pdf", pdf())}
    for name, content in files.values():
        (tmp_path / name).write_bytes(content)
    return {kind: tmp_path / name for kind, (name, _) in files.items()}


async def to_the_form(traveller: Traveller) -> None:
    """Two clicks from the code page."""
    await press(traveller.page, "a[href$='/lost-mailbox']")
    await press(traveller.page, f"#lost-mailbox {_NEXT}")
    assert await traveller.page.inner_text("h1") == traveller.words("Which account is it?")


async def fill_in(traveller: Traveller, address: str, papers: dict[str, Path]) -> str:
    """Every question, and what to quote in the end."""
    page = traveller.page
    await page.fill("#recovery-who [autocomplete~=name]", "Nina Newcomer")
    await press(page, f"#recovery-who {_NEXT}")
    await page.get_by_label(traveller.words("Individual")).check()
    await press(page, f"#recovery-type {_NEXT}")
    await page.fill("#recovery-reason textarea", "My provider closed.\nNobody answers there.")
    await press(page, f"#recovery-reason {_NEXT}")
    await page.fill("#recovery-address [autocomplete~=email]", address)
    await press(page, f"#recovery-address {_NEXT}")
    await traveller.enter_code(await traveller.demo.mailbox.code(address), "recovery-address-code")
    await add(page, "identity", papers["proof-of-address"].with_name("nothing.pdf"), content=b"nothing")
    await traveller.expect_problem(
        "This is no PDF, JPEG or PNG file. Take a picture of the document, or save it as a PDF."
    )
    for kind, path in papers.items():
        await add(page, kind, path)
    await press(page, f"#recovery-documents {_NEXT}")
    assert address in await page.inner_text("main")
    await press(page, "#recovery-review [name=action][value=send]")
    assert await page.inner_text("h1") == traveller.words("We have received your request")
    return await page.inner_text("#reference")


async def add(page: Page, kind: str, path: Path, *, content: bytes = b"") -> None:
    """With the browser's own file chooser."""
    if content:
        path.write_bytes(content)
    async with page.expect_file_chooser() as choosing:
        await page.click(f"#file-{kind}")
    await (await choosing.value).set_files(path)
    await press(page, f"#document-{kind} button")


async def open_case(agent: Traveller, customer_id: str, reference: str) -> None:
    """At the desk, from the queue."""
    page = agent.page
    await page.goto(f"{agent.addresses.issuer}/support/cases")
    if await page.locator("#login").count():
        await agent.sign_in(customer_id)
        if await page.locator("#second-factor [name=action][value=other-way]").count():
            await agent.by("totp")
        await agent.enter_code(agent.demo.app_code(customer_id), "second-factor")
        await page.goto(f"{agent.addresses.issuer}/support/cases")
    await press(page, f"a:has-text('{reference}')")


async def act(page: Page, name: str) -> None:
    details = page.locator(f"details:has(#{name})")
    if await details.count() and not await details.evaluate("(each) => each.open"):
        await details.locator("summary").first.click()
    await press(page, f"#{name} [name=action][value={name}]")


async def status(page: Page, link: str) -> str:
    await page.goto(link)
    return await page.inner_text("h1")


async def test_alice_with_a_dead_mailbox_is_at_the_form_in_two_clicks(traveller: Traveller) -> None:
    await traveller.begin()
    await traveller.sign_in("aa11111-ovh")
    assert await traveller.page.inner_text("h1") == traveller.words("Enter the code from your mailbox")
    await to_the_form(traveller)
    assert await traveller.page.input_value("#username") == "aa11111-ovh"


async def test_carol_is_led_to_the_phone_since_she_has_a_backup_address(traveller: Traveller) -> None:
    await traveller.begin()
    await traveller.sign_in("cc33333-ovh")
    await press(traveller.page, "a[href$='/lost-mailbox']")
    said = await traveller.page.inner_text("main")
    assert traveller.words("Call support") in said
    assert "cc33333-ovh" in said
    assert "+33" in said
    assert "carol.spare" not in said


async def test_documents_two_agents_and_a_day_later_the_new_address_signs_in(
    traveller: Traveller, browser: Browser, papers: dict[str, Path]
) -> None:
    demo, page = traveller.demo, traveller.page
    newcomer = demo.newcomer()
    await choose_password(traveller, newcomer)
    address = newcomer.email.replace("@", ".new@")
    await dead_mailbox(traveller, newcomer)
    reference = await fill_in(traveller, address, papers)
    mail, link = await demo.mailbox.next(address, _STATUS)
    assert newcomer.customer_id not in mail["text"]
    assert await status(page, link) == traveller.words("We are looking at your request")
    assert reference in await page.inner_text("main")

    async with travelling(demo, browser) as sam, travelling(demo, browser) as kim:
        await open_case(sam, "ss90001-ovh", reference)
        await act(sam.page, "take")
        async with sam.page.expect_download() as downloading:
            await sam.page.click("a[href*='/documents/'] >> nth=0")
        saved = await downloading.value
        assert saved.suggested_filename == f"{reference}-identity-1.jpg"
        assert Path(await saved.path()).read_bytes() == jpeg()
        await act(sam.page, "propose")
        await open_case(kim, "kk90002-ovh", reference)
        await act(kim.page, "approve")

    assert await status(page, link) == traveller.words("Your request is approved")
    warning, _ = await demo.mailbox.next(newcomer.email, re.compile(r"/case-cancel/"))
    assert newcomer.customer_id in warning["text"] + warning["subject"]
    await demo.mailbox.next(address, re.compile(r"/case-cancel/"))
    demo.pass_(DAY + 60)
    await demo.mailbox.next(address, re.compile(re.escape(reference)))
    assert await status(page, link) == traveller.words("Your request is done")

    async with travelling(demo, browser) as again:
        await again.begin()
        await again.sign_in(address, NEW_PASSWORD)
        await again.enter_code(await demo.mailbox.code(address))
        await again.page.wait_for_selector("#backup-address, details.menu")
        if await again.page.locator("#backup-address").count():
            await press(again.page, "#backup-address [name=action][value=skip]")
        await again.expect_home(name=f"Nina {newcomer.email.partition('@')[0]}")


async def dead_mailbox(traveller: Traveller, newcomer: Newcomer) -> None:
    """Their right password, a browser that nobody knows, and a code that never arrives."""
    await traveller.context.clear_cookies()
    await traveller.begin()
    await traveller.sign_in(newcomer.customer_id, NEW_PASSWORD)
    await to_the_form(traveller)
