"""Whoever forgot their customer ID finds it wherever they look: mails, menu, pages, claims, API, invoice."""

import re
from pathlib import Path

import pytest

from idp.config.settings import Settings
from idp.events.composing import Composer
from idp.events.mails import TEMPLATES
from idp.events.template import Channel, Template
from idp.web.locale import Catalogues
from idp.web.pages import template_folders
from tests.portal.pressing import open_account
from tests.support.world import World

ALICE = "aa11111-ovh"
LANGUAGES = ("en", "fr")
_MAILS = [template for template in TEMPLATES if template.channel is Channel.MAIL]
_MENU = re.compile(r'<div class="sheet">.*?</dl>', re.DOTALL)


@pytest.fixture(scope="module")
def composer() -> Composer:
    folders = template_folders()
    catalogues = Catalogues([folder / "locale" for folder in folders], LANGUAGES)
    return Composer(Settings(issuer="http://localhost:8000"), catalogues, folders)


@pytest.mark.parametrize("template", _MAILS, ids=lambda template: template.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_it_stands_in_both_parts_of_every_mail_to_a_customer(
    template: Template, language: str, composer: Composer
) -> None:
    for sample in template.samples:
        mail = composer.mail(template.name, language, {**sample, "customer_id": ALICE, "name": "Alice"})
        assert ALICE in mail.text
        assert ALICE in mail.html


@pytest.mark.parametrize(
    "path",
    [
        "/account",
        "/account/profile",
        "/account/addresses",
        "/account/security",
        "/account/devices",
        "/account/applications",
        "/account/history",
        "/account/export",
        "/account/delete",
    ],
)
async def test_it_stands_under_the_address_in_the_menu_of_every_page(sqlite_world: World, path: str) -> None:
    page = await open_account(sqlite_world.browser(), path)
    assert page.status_code == 200
    menu = _MENU.search(page.text)
    assert menu, path
    assert menu[0].index("alice@example.test") < menu[0].index(ALICE)


async def test_it_is_a_claim_of_the_scope_profile(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    tokens = (await browser.redeem(await browser.sign_in())).json()
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await browser.get("/userinfo", headers=bearer)).json()["customer_id"] == ALICE


def test_the_demos_invoice_shows_it_first() -> None:
    (folder,) = template_folders()
    sheet = Path(folder / "demo/invoice.html").read_text(encoding="utf-8")
    assert sheet.index('id="customer-id"') < sheet.index("<h1>")
