"""The places of the account: the same on each of its pages, in one order, with the one that is open marked."""

import re

import pytest

from tests.portal.pressing import open_account
from tests.support.world import World

PLACES = (
    ("/account", "Account"),
    ("/account/profile", "Profile"),
    ("/account/security", "Security"),
    ("/account/devices", "Browsers"),
    ("/account/applications", "Applications"),
    ("/account/history", "History"),
)
BELONGS = {
    **{path: path for path, _ in PLACES},
    "/account/addresses": "/account",
    "/account/export": "/account",
    "/account/delete": "/account",
    "/account/password": "/account/security",
    "/account/block": "/account/security",
    "/account/security/set-up": "/account/security",
}
_LINK = re.compile(r'<li><a href="([^"]+)"( aria-current="page")?>([^<]+)</a></li>')


@pytest.mark.parametrize(("path", "place"), BELONGS.items())
async def test_a_page_shows_every_place_and_marks_its_own(sqlite_world: World, path: str, place: str) -> None:
    page = await open_account(sqlite_world.browser(), path)
    assert page.url.path == path
    menu = page.text.split('<nav class="places"')[1].split("</nav>")[0]
    links = _LINK.findall(menu)
    assert tuple((href, label) for href, _, label in links) == PLACES
    assert [href for href, current, _ in links if current] == [place]


async def test_whatever_is_no_tab_is_reached_from_one(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    linked = (await open_account(browser)).text + (await browser.get("/account/security")).text
    for path in BELONGS:
        assert f'href="{path}"' in linked, path
