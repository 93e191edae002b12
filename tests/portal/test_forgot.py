"""The ways back for who forgot something: true, open to everybody, and leading nowhere else."""

import pytest

from tests.support.world import World


async def test_the_way_back_leads_to_the_same_sign_in(world: World) -> None:
    browser = world.browser()
    login = await browser.authorize()
    path = login.url.path
    forgot = login.text.split('href="/forgot')[1].split('"')[0]
    page = await browser.get(f"/forgot{forgot}")
    assert page.status_code == 200
    assert f'class="primary" href="{path}"' in page.text
    assert 'id="login"' in (await browser.get(path)).text


async def test_the_page_keeps_the_language_that_the_application_asked_for(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    login = await browser.authorize(ui_locales="fr")
    page = await browser.get(f"/forgot?from={login.url.path.split('/')[2]}")
    assert page.headers["content-language"] == "fr"


@pytest.mark.parametrize(
    "came_from",
    [
        "",
        "https://evil.test",
        "//evil.test/" + "a" * 19,
        "A" * 32,
        "a" * 31,
        "a" * 33,
        "a" * 32 + "%0A",
        "a" * 32 + "%0D%0Aset-cookie:x=1",
        "%22%3E%3Cscript%3E",
        "javascript:alert(1)",
        "..%2F..%2Faccount",
        "%D9%A1" * 32,
    ],
)
async def test_anything_else_leads_to_the_account(sqlite_world: World, came_from: str) -> None:
    page = await sqlite_world.browser().get(f"/forgot?from={came_from}")
    assert page.status_code == 200
    assert 'class="primary" href="/account"' in page.text
    assert "evil" not in page.text.split("<main")[1].split("</main>")[0]


async def test_an_unknown_interaction_is_no_dead_end(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await browser.get("/forgot?from=" + "a" * 32)
    path = f"/sign-in/{'a' * 32}/login"
    assert f'href="{path}"' in page.text
    expired = await browser.follow(await browser.get(path))
    assert 'class="primary" href="/account"' in expired.text


async def test_the_page_takes_no_form_and_is_not_stored(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    assert (await browser.http.post("/forgot")).status_code == 405
    page = await browser.get("/forgot")
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert (await browser.http.head("/forgot")).status_code == 200
