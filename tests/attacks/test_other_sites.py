"""What another website can do to somebody who visits it. Its posts carry no Lax cookies, but their answers set some."""

import pytest

from tests.support.world import PASSWORD, World, answer

pytestmark = pytest.mark.requirement("S65")

_FOREIGN = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}


@pytest.mark.parametrize(
    "path", ["/account/sessions", "/account/applications", "/sign-out", "/logout", "/authorize"]
)
async def test_a_foreign_post_replaces_no_cookie(world: World, path: str) -> None:
    foreign = await world.browser().http.post(path, data={"action": "end-others"}, headers=_FOREIGN)

    assert "set-cookie" not in foreign.headers


async def test_a_foreign_post_into_a_sign_in_does_not_end_it(world: World) -> None:
    browser = world.browser()
    page = await browser.authorize()
    foreign = await world.browser().http.post(page.url.path, data={"action": "continue"}, headers=_FOREIGN)

    assert "set-cookie" not in foreign.headers
    signed_in = await browser.submit(page, username="aa11111-ovh", password=PASSWORD)
    assert "code" in answer(await browser.follow(signed_in))
