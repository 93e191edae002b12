"""Authlib's own client, in Flask over requests."""

from pathlib import Path

import pytest
from playwright.async_api import Page

from idp.demo.accounts import PASSWORD
from tests.interop.packages import HERE, install_python
from tests.interop.parties import CODE_AND_REFRESH, credentials, open_, read, register, serving
from tests.interop.person import press, sign_in
from tests.journeys.worlds import Demo
from tests.support.processes import free_port

_CAROL = "carol@demo.test"
_SCOPE = "openid profile email offline_access"


@pytest.fixture(scope="module")
def authlib() -> list[str | Path]:
    """The command that starts the relying party."""
    return [install_python("authlib"), HERE / "authlib" / "relying_party.py"]


async def test_a_person_signs_in_approves_refreshes_and_signs_out(
    demo: Demo, authlib: list[str | Path], page: Page
) -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    client = register(
        *(demo, "authlib"),
        grant_types=CODE_AND_REFRESH,
        redirect_uris=[f"{origin}/callback"],
        post_logout_redirect_uris=[f"{origin}/signed-out"],
        scope=_SCOPE,
    )
    with serving(authlib, demo, origin, SCOPE=_SCOPE, **credentials(client)):
        await page.goto(f"{origin}/login?prompt=consent")
        await sign_in(page, _CAROL, PASSWORD)
        await press(page, "#consent [name=action][value=allow]")
        received = await read(page)
        assert received["claims"]["iss"] == demo.addresses.issuer
        assert received["claims"]["sub"] == received["userinfo"]["sub"]
        assert received["userinfo"]["email"] == _CAROL
        assert received["refreshable"]

        refreshed = await open_(page, f"{origin}/refresh")
        assert refreshed == {
            "updates": 1,
            "userinfo": received["userinfo"],
            "is_new": True,
            "rotated": True,
        }
        assert await open_(page, f"{origin}/userinfo") == received["userinfo"]

        assert await open_(page, f"{origin}/logout") == {"signed_out": True}
        assert (await open_(page, f"{origin}/login?prompt=none"))["error"] == "login_required"


async def test_a_key_of_its_own_serves_as_well_as_a_secret(
    demo: Demo, authlib: list[str | Path], page: Page
) -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    client = register(
        *(demo, "authlib-key"),
        token_endpoint_auth_method="private_key_jwt",
        jwks_uri=f"{origin}/jwks",
        grant_types=CODE_AND_REFRESH,
        refresh="session",
        redirect_uris=[f"{origin}/callback"],
        scope="openid profile email",
        is_first_party=True,
    )
    with serving(authlib, demo, origin, SCOPE="openid profile email", **credentials(client)):
        await page.goto(f"{origin}/login")
        await sign_in(page, _CAROL, PASSWORD)
        received = await read(page)
        assert received.get("userinfo", {}).get("email") == _CAROL, received
        assert (await open_(page, f"{origin}/refresh"))["rotated"]
