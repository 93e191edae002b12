"""The customer guide on a lost password and a dead mailbox: with a backup address by phone, without by documents."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.journeys.desk import KIM, SAM, agent_at_desk, do_to_case, open_case, pick_case, read_back
from tests.journeys.setting_up import NEW_PASSWORD
from tests.journeys.traveller import Traveller, travelling
from tests.journeys.ways_back import (
    CANCEL_LINK,
    CASE_LINK,
    DAY,
    NEWER_PASSWORD,
    NEXT,
    ask_for_link,
    case_headline,
    choose_newer,
    expect_manager,
    newcomer_with_backup,
    newcomer_with_password,
)
from tests.support.papers import jpeg, pdf, png

SUPPORT = "+33 1 99 00 00 00"


@pytest.fixture
def papers(tmp_path: Path) -> dict[str, Path]:
    """What lies on somebody's disk."""
    files = {
        "identity": ("carte d’identité.jpg", jpeg()),
        "proof-of-address": ("facture.pdf", pdf()),
        "better": ("facture nette.png", png()),
        "nothing": ("nothing.pdf", b"nothing"),
    }
    for name, content in files.values():
        (tmp_path / name).write_bytes(content)
    return {kind: tmp_path / name for kind, (name, _) in files.items()}


async def test_alice_with_a_dead_mailbox_is_at_the_form_in_two_clicks(reader: Traveller) -> None:
    await reader.begin_at_entry()
    await reader.sign_in("aa11111-ovh")
    assert await reader.page.inner_text("h1") == reader.words("Enter the code from your mailbox")
    await reader.press("a[href$='/lost-mailbox']")
    await reader.press(f"#lost-mailbox {NEXT}")
    assert await reader.page.inner_text("h1") == reader.words("Which account is it?")
    assert await reader.page.input_value("#username") == "aa11111-ovh"


async def test_carol_is_led_to_the_phone_since_she_has_a_backup_address(reader: Traveller) -> None:
    await reader.begin_at_entry()
    await reader.sign_in("cc33333-ovh")
    await reader.press("a[href$='/lost-mailbox']")
    said = await reader.page.inner_text("main")
    assert reader.words("Call support") in said
    assert "cc33333-ovh" in said
    assert await reader.page.locator("a[href='tel:+33199000000']").count()
    assert "carol.spare" not in said


async def test_password_lost_and_mailbox_dead_with_a_backup_address(
    reader: Traveller, browser: Browser
) -> None:
    demo, page = reader.demo, reader.page
    newcomer, backup = await newcomer_with_backup(reader)
    await reader.context.clear_cookies()
    await reader.begin_at_entry()
    await reader.press("a[href*=forgot]")
    await reader.fill("#username-password", backup)
    await reader.press(f"#forgot-password {NEXT}")
    mail, way = await demo.mailbox.next(backup, re.compile(r"https?://\S+/recovery\S*"))
    assert newcomer.customer_id in mail["subject"]
    assert SUPPORT in mail["text"].replace("\N{NO-BREAK SPACE}", " ")
    await page.goto(way)
    assert await page.locator("a[href='tel:+33199000000']").count()

    async with agent_at_desk(reader, browser, SAM) as sam, agent_at_desk(reader, browser, KIM) as kim:
        reference = await open_case(sam, newcomer.customer_id, "mailbox-backup")
        _, link = await demo.mailbox.next(backup, CASE_LINK)
        await read_back(sam, backup)
        assert await sam.page.locator("#approve").count() == 0
        await pick_case(kim, reference)
        await do_to_case(kim, "approve")

    assert await case_headline(reader, link) == reader.words("Your request is approved")
    for address in (newcomer.email, backup):
        notice, _ = await demo.mailbox.next(address, CANCEL_LINK)
        assert newcomer.customer_id in notice["text"]
    demo.pass_(DAY + 60)
    for address in (newcomer.email, backup):
        await demo.mailbox.next(address, re.compile(r"/forgot"))
    assert await case_headline(reader, link) == reader.words("Your request is done")

    await reader.begin_at_entry()
    await choose_newer(reader, await ask_for_link(reader, backup, backup))
    await reader.press("a.primary")
    await reader.fill("#login [autocomplete~=current-password]", NEWER_PASSWORD)
    await reader.press(f"#login {NEXT}")
    await new_backup(reader, backup, f"third.{newcomer.email}")
    await expect_manager(reader, newcomer)


async def new_backup(reader: Traveller, primary: str, backup: str) -> None:
    """The sign-in asks for another backup address, since there is none any more."""
    field = "#backup-address [autocomplete~=email]"
    await reader.fill(field, primary)
    await reader.press(f"#backup-address {NEXT}")
    await reader.expect_error(
        "This is your primary address. The backup address has to be another one.", field="email"
    )
    await reader.fill(field, backup)
    await reader.press(f"#backup-address {NEXT}")
    await reader.enter_code(await reader.demo.mailbox.code(backup), "address-code")


async def test_owner_cancels_from_a_notice_and_the_case_goes_on_with_documents(
    reader: Traveller, browser: Browser, papers: dict[str, Path]
) -> None:
    demo = reader.demo
    newcomer, backup = await newcomer_with_backup(reader)
    address = f"new.{newcomer.email}"
    async with agent_at_desk(reader, browser, SAM) as sam, agent_at_desk(reader, browser, KIM) as kim:
        reference = await open_case(sam, newcomer.customer_id, "mailbox-backup")
        await read_back(sam, backup)
        await pick_case(kim, reference)
        await do_to_case(kim, "approve")

    _, cancel = await demo.mailbox.next(newcomer.email, CANCEL_LINK)
    async with travelling(demo, browser, reader.hand) as owner:
        await owner.page.goto(cancel)
        await owner.press(f"#case-cancel {NEXT}")
        assert await owner.page.inner_text("h1") == owner.words("The change is stopped")

    mail, link = await demo.mailbox.next(backup, CASE_LINK)
    assert reference in mail["subject"]
    demo.pass_(DAY + 60)
    assert await case_headline(reader, link) == reader.words("We need something from you")
    await reader.press("a.primary")
    await name_address(reader, address)
    await reader.press("a.primary")
    await add(reader, "identity", papers["identity"])
    await reader.press(f"#recovery-documents {NEXT}")
    assert await reader.page.inner_text("h1") == reader.words("We are looking at your request")

    async with agent_at_desk(reader, browser, KIM) as kim:
        await pick_case(kim, reference)
        said = await kim.page.inner_text("main")
        frozen = "Cancelled by mail: go on with new documents, or a domain that is proven anew"
        assert kim.words(frozen) in said
        assert address in said


async def name_address(reader: Traveller, address: str) -> None:
    """Prove the new mailbox by a code."""
    await reader.fill("#recovery-address [autocomplete~=email]", "nobody")
    await reader.press(f"#recovery-address {NEXT}")
    await reader.expect_error("Enter an e-mail address in full, such as name@example.com", field="email")
    await reader.fill("#recovery-address [autocomplete~=email]", address)
    await reader.press(f"#recovery-address {NEXT}")
    await reader.enter_code(await reader.demo.mailbox.code(address), "recovery-address-code")


async def add(reader: Traveller, kind: str, file: Path) -> None:
    await reader.upload(f"#file-{kind}", file)
    await reader.press(f"#document-{kind} button")


async def fill_in(reader: Traveller, address: str, papers: dict[str, Path]) -> str:
    """Every question of the form, and what to quote in the end."""
    await reader.fill("#name", " ")
    await reader.press(f"#recovery-who {NEXT}")
    await reader.expect_error("Enter your full name", field="name")
    await reader.fill("#name", "Nina Newcomer")
    await reader.press(f"#recovery-who {NEXT}")
    await reader.choose("#recovery-type [value=individual]")
    await reader.press(f"#recovery-type {NEXT}")
    await reader.fill("#reason", " ")
    await reader.press(f"#recovery-reason {NEXT}")
    await reader.expect_error("Say what happened, in a few words", field="reason")
    await reader.fill("#reason", "My provider closed.\nNobody answers there.")
    await reader.press(f"#recovery-reason {NEXT}")
    await name_address(reader, address)
    await add(reader, "identity", papers["nothing"])
    await reader.expect_error(
        "This is no PDF, JPEG or PNG file. Take a picture of the document, or save it as a PDF.",
        field="file-identity",
    )
    await add(reader, "identity", papers["identity"])
    await add(reader, "proof-of-address", papers["proof-of-address"])
    await reader.press(f"#recovery-documents {NEXT}")
    assert address in await reader.page.inner_text("main")
    await reader.press("#recovery-review [name=action][value=send]")
    assert await reader.page.inner_text("h1") == reader.words("We have received your request")
    return await reader.page.inner_text("#reference")


async def test_password_lost_and_mailbox_dead_without_a_backup_address(
    reader: Traveller, browser: Browser, papers: dict[str, Path]
) -> None:
    demo, page = reader.demo, reader.page
    newcomer = await newcomer_with_password(reader)
    address = newcomer.email.replace("@", ".new@")
    await reader.context.clear_cookies()
    await reader.begin_at_entry()
    await reader.sign_in(newcomer.customer_id, NEW_PASSWORD)
    await reader.press("a[href$='/lost-mailbox']")
    await reader.press(f"#lost-mailbox {NEXT}")
    reference = await fill_in(reader, address, papers)
    mail, link = await demo.mailbox.next(address, CASE_LINK)
    assert newcomer.customer_id not in mail["text"]
    assert await case_headline(reader, link) == reader.words("We are looking at your request")
    assert reference in await page.inner_text("main")

    async with agent_at_desk(reader, browser, SAM) as sam, agent_at_desk(reader, browser, KIM) as kim:
        await pick_case(sam, reference)
        await do_to_case(sam, "take")
        await look_at_documents(sam, reference)
        await ask_for_better_bill(sam, reference)
        await add_better_bill(reader, link, papers["better"])
        await pick_case(sam, reference)
        await do_to_case(sam, "propose")
        await pick_case(kim, reference)
        await do_to_case(kim, "approve")

    assert await case_headline(reader, link) == reader.words("Your request is approved")
    notice, _ = await demo.mailbox.next(newcomer.email, CANCEL_LINK)
    assert newcomer.customer_id in notice["text"]
    about = reader.words("Your %(brand)s account is about to change", brand="Demo Hosting")
    notice, _ = await demo.mailbox.next(address, re.compile(about))
    assert not CANCEL_LINK.search(notice["text"])
    demo.pass_(DAY + 60)
    await demo.mailbox.next(address, re.compile(r"/forgot"))
    assert await case_headline(reader, link) == reader.words("Your request is done")

    await reader.context.clear_cookies()
    await reader.begin_at_entry()
    await reader.sign_in(address, NEW_PASSWORD)
    await reader.enter_code(await demo.mailbox.code(address))
    await expect_manager(reader, newcomer)


async def look_at_documents(agent: Traveller, reference: str) -> None:
    """They are saved, never shown in the browser."""
    async with agent.page.expect_download() as downloading:
        await agent.touch("a[href*='/documents/'] >> nth=0")
    saved = await downloading.value
    assert saved.suggested_filename == f"{reference}-identity-1.jpg"
    assert Path(await saved.path()).read_bytes() == jpeg()


async def ask_for_better_bill(agent: Traveller, reference: str) -> None:
    words = agent.words("Proof of address, less than three months old")
    await agent.touch("details:has(#ask-document) > summary")
    await agent.select("#ask-document-kind", words)
    await agent.select("#ask-document-id", f"{reference}-proof-of-address-1.pdf")
    await agent.select("#ask-reason", agent.words("We can’t read it: send a sharper picture or a scan."))
    await agent.press("#ask-document [name=action]")


async def add_better_bill(reader: Traveller, link: str, file: Path) -> None:
    """By the link that came first: the one in this mail leads there too."""
    await reader.page.goto(link)
    assert await reader.page.inner_text("h1") == reader.words("We need something from you")
    await reader.press("a.primary")
    assert reader.words("Added, but we need a better one:") in await reader.page.inner_text("main")
    await add(reader, "proof-of-address", file)
    await reader.press(f"#recovery-documents {NEXT}")
    assert await reader.page.inner_text("h1") == reader.words("We are looking at your request")
