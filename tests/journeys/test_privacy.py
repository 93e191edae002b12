"""Profile and privacy: the history of sign-ins, a copy of one's data, deleting the account and keeping it after all."""

import json
import re
from pathlib import Path

from tests.journeys.setting_up import NEW_PASSWORD, choose_password
from tests.journeys.traveller import Traveller, press
from tests.journeys.worlds import Newcomer

_LINK = re.compile(r"https?://\S+/deletion/\S+")


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


async def test_deletion_is_planned_and_cancelled_by_the_mail_and_in_the_account(traveller: Traveller) -> None:
    newcomer = await _newcomer(traveller, "/account/delete")
    page = traveller.page
    await page.fill("#delete [name=customer_id]", "zz00000-ovh")
    await press(page, "#delete [name=action][value=delete]")
    await traveller.expect_problem("Type your customer ID as it stands above")
    await page.fill("#delete [name=customer_id]", newcomer.customer_id)
    await press(page, "#delete [name=action][value=delete]")
    assert await page.inner_text("h1") == traveller.words("Your account will be deleted")
    mail, link = await traveller.demo.mailbox.next(newcomer.email, _LINK)
    assert newcomer.customer_id in mail["subject"]
    assert newcomer.customer_id in mail["text"]

    await page.goto(link)
    await press(page, "#keep [name=action][value=keep]")
    assert await page.inner_text("h1") == traveller.words("Your account stays")

    await _open(traveller, newcomer, "/account/delete")
    await page.fill("#delete [name=customer_id]", newcomer.customer_id)
    await press(page, "#delete [name=action][value=delete]")
    await page.goto(f"{traveller.addresses.issuer}/account")
    await press(page, "#deletion a")
    await press(page, "#keep [name=action][value=keep]")
    assert await page.inner_text("h1") == traveller.words("Delete your account")
