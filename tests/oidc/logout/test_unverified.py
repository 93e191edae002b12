"""Signing out towards an address that anybody could have registered. RP-Initiated Logout 1.0 §3, S32."""

from pathlib import Path

import pytest

from tests.oauth.registration.registering import registered, registering_world
from tests.support.world import asked

_BACK = "https://shop.example/signed-out"


@pytest.mark.requirement("S32")
async def test_nobody_is_sent_to_an_address_that_a_stranger_registered(
    sqlite_url: str, tmp_path: Path
) -> None:
    """Else every registration would make an open redirect of ours; a link leaves it to the person."""
    async with registering_world(sqlite_url, tmp_path) as world:
        held = await registered(world, post_logout_redirect_uris=[_BACK])
        where = {"client_id": held["client_id"], "post_logout_redirect_uri": _BACK, "state": "x"}
        browser = world.browser(headers={"accept": "text/html"})
        nobody = await browser.get("/logout", params=where)
        await browser.sign_in()

        left = await browser.submit(await browser.get("/logout", params=where), "logout", action="sign-out")

        for page in (nobody, left):
            assert page.status_code == 200
            assert "location" not in page.headers
            assert "refresh" not in page.headers
            assert f'href="{_BACK}?state=x"' in page.text
        silent = await browser.get("/authorize", params=asked(prompt="none"))
        assert "error=login_required" in silent.headers["location"]
