"""The website's link where it is not the guide's: in another language, to elsewhere, to sign out."""

import re
from urllib.parse import quote

from tests.journeys.traveller import Traveller, press


async def test_french_link_speaks_french_to_an_english_browser(english: Traveller) -> None:
    page = english.page
    await page.goto(f"{english.addresses.issuer}/auth/?action=gotomanager&ovhSubsidiary=fr")
    await page.wait_for_selector("#login")
    assert await page.get_attribute("html", "lang") == "fr"
    assert "Se connecter" in await page.inner_text("main")


async def test_link_that_disconnects_asks_first_and_ends_where_it_said(traveller: Traveller) -> None:
    await traveller.begin_at_entry()
    await traveller.arrive()
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
    await english.arrive()
    await english.expect_home()
