"""The guide's first line: from the company's website into the control panel, signed in, in one's own language."""

import re
from urllib.parse import quote

from tests.journeys.traveller import ADDRESSES, Traveller, press

ALICE = "aa11111-ovh"


async def _enter(traveller: Traveller, target: str, subsidiary: str) -> None:
    """Follow a link of the website, as it stands there."""
    await traveller.demo.mailbox.forget()
    came_from = quote(f"{traveller.addresses.manager}{target}", safe="")
    await traveller.page.goto(
        f"{traveller.addresses.issuer}/auth/?action=gotomanager&from={came_from}&ovhSubsidiary={subsidiary}"
    )
    await traveller.page.wait_for_selector("#login")


async def _arrive(traveller: Traveller, identifier: str, target: str) -> None:
    """From the sign-in form to the place that the link named."""
    await traveller.sign_in(identifier)
    if await traveller.page.locator("#email-code").count():
        address = identifier if "@" in identifier else ADDRESSES[identifier]
        await traveller.enter_code(await traveller.demo.mailbox.code(address))
    await traveller.page.wait_for_url(f"{traveller.addresses.manager}{target}")


async def test_customer_id_found_on_an_invoice(traveller: Traveller) -> None:
    await _enter(traveller, "/invoices", traveller.says("GB", "fr"))
    page = traveller.page
    assert await page.get_attribute("html", "lang") == traveller.says("en", "fr")
    await _arrive(traveller, ADDRESSES[ALICE], "/invoices")
    assert await page.inner_text("h1") == traveller.says("Your invoices", "Vos factures")
    await press(page, "#invoices a")
    assert await page.inner_text("#customer-id") == ALICE
    label = traveller.says("Customer ID", "Identifiant client")
    assert label in await page.inner_text("#invoice header")
    box, sheet = (
        await page.locator("#customer-id").bounding_box(),
        await page.locator("#invoice").bounding_box(),
    )
    assert box is not None
    assert sheet is not None
    # At the top right of the sheet.
    assert box["x"] + box["width"] > sheet["x"] + sheet["width"] * 0.75
    assert box["y"] < sheet["y"] + 160


async def test_french_link_speaks_french_to_an_english_browser(english: Traveller) -> None:
    await _enter(english, "/", "fr")
    assert await english.page.get_attribute("html", "lang") == "fr"
    assert "Se connecter" in await english.page.inner_text("main")


async def test_customer_id_of_the_menu_signs_in_too(traveller: Traveller) -> None:
    await _enter(traveller, "/", traveller.says("gb", "FR"))
    await _arrive(traveller, ALICE, "/")
    await traveller.page.click("details.menu summary")
    assert ALICE in await traveller.page.inner_text("details.menu")


async def test_link_that_disconnects_asks_first_and_ends_where_it_said(traveller: Traveller) -> None:
    await _enter(traveller, "/", traveller.says("GB", "fr"))
    await _arrive(traveller, ALICE, "/")
    page, issuer = traveller.page, traveller.addresses.issuer
    onsuccess = quote(f"{traveller.addresses.manager}/signed-out", safe="")
    await page.goto(f"{issuer}/auth/?action=disconnect&onsuccess={onsuccess}")
    await press(page, "#logout [name=action][value=continue]")
    await page.wait_for_url(re.compile(f"^{re.escape(traveller.addresses.manager)}/signed-out"))
    await page.goto(f"{issuer}/account")
    assert await page.locator("#login").count() == 1


async def test_link_to_elsewhere_leads_into_the_manager(english: Traveller) -> None:
    page = english.page
    elsewhere = quote("https://evil.example/", safe="")
    await page.goto(f"{english.addresses.issuer}/auth/?action=gotomanager&from={elsewhere}&ovhSubsidiary=XX")
    await page.wait_for_selector("#login")
    await _arrive(english, ALICE, "/")
