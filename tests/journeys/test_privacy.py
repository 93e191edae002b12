"""Profile and privacy: the history of sign-ins, and a copy of one's data."""

import json
from pathlib import Path

from tests.journeys.setting_up import NEW_PASSWORD, choose_password
from tests.journeys.traveller import Traveller
from tests.journeys.worlds import Newcomer


async def _newcomer(traveller: Traveller, path: str) -> Newcomer:
    """Somebody new, signed in, on one of their own pages."""
    newcomer = traveller.demo.newcomer()
    await choose_password(traveller, newcomer)
    await _open(traveller, newcomer, path)
    return newcomer


async def _open(traveller: Traveller, newcomer: Newcomer, path: str) -> None:
    page = traveller.page
    await traveller.demo.mailbox.forget()
    await page.goto(f"{traveller.addresses.issuer}{path}")
    if await page.locator("#login").count():
        await traveller.sign_in(newcomer.customer_id, NEW_PASSWORD)
    if await page.locator("#email-code").count():
        await traveller.enter_code(await traveller.demo.mailbox.code(newcomer.email))
    while await page.locator("[name=action][value=later], [name=action][value=skip]").count():
        await page.locator("[name=action][value=later], [name=action][value=skip]").first.click()
    await page.wait_for_url(f"{traveller.addresses.issuer}{path}")


async def test_history_tells_who_signed_in_and_who_only_tried(traveller: Traveller) -> None:
    newcomer = traveller.demo.newcomer()
    await choose_password(traveller, newcomer)
    page = traveller.page
    await page.goto(f"{traveller.addresses.issuer}/account/history")
    if await page.locator("#login").count():
        await traveller.sign_in(newcomer.customer_id, "not this one at all")
    await _open(traveller, newcomer, "/account/history")
    entries = await page.locator("#history > li").all_inner_texts()
    assert traveller.words("Sign-in succeeded") in entries[0]
    assert "Chrome" in entries[0]
    assert any(traveller.words("Wrong password") in entry for entry in entries)


async def test_copy_of_ones_data_is_downloaded(traveller: Traveller, tmp_path: Path) -> None:
    newcomer = await _newcomer(traveller, "/account/export")
    async with traveller.page.expect_download() as downloading:
        await traveller.page.click("#export [name=action][value=export]")
    download = await downloading.value
    assert download.suggested_filename == f"{newcomer.customer_id}.json"
    await download.save_as(tmp_path / "copy.json")
    data = json.loads((tmp_path / "copy.json").read_text(encoding="utf-8"))
    assert data["account"]["customer_id"] == newcomer.customer_id
    assert data["account"]["primary_email"] == newcomer.email
    assert data["sign_ins"]
