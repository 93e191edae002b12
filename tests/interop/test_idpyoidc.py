"""idpyoidc, the Identity Python project's relying party."""

from functools import partial
from pathlib import Path

import pytest
from playwright.async_api import Page

from idp.demo.accounts import PASSWORD
from tests.interop.packages import HERE, install_python
from tests.interop.parties import CODE_AND_REFRESH, credentials, open_, read, register, serving
from tests.interop.person import press, sign_in, sign_out_elsewhere
from tests.journeys.worlds import Demo
from tests.support.processes import free_port
from tests.support.waiting import until

_CAROL = "carol@demo.test"
_SCOPE = "openid profile email offline_access"


@pytest.fixture(scope="module")
def idpyoidc() -> list[str | Path]:
    """The command that starts the relying party."""
    return [install_python("idpyoidc"), HERE / "idpyoidc" / "relying_party.py"]


async def test_a_person_signs_in_approves_refreshes_and_signs_out(
    demo: Demo, idpyoidc: list[str | Path], page: Page
) -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    client = register(
        *(demo, "idpyoidc"),
        grant_types=CODE_AND_REFRESH,
        redirect_uris=[f"{origin}/callback"],
        post_logout_redirect_uris=[f"{origin}/signed-out"],
        scope=_SCOPE,
    )
    with serving(idpyoidc, demo, origin, SCOPE=_SCOPE, **credentials(client)):
        await page.goto(f"{origin}/login?prompt=consent")
        await sign_in(page, _CAROL, PASSWORD)
        await press(page, "#consent [name=action][value=allow]")
        received = await read(page)
        assert received["claims"]["iss"] == demo.addresses.issuer
        assert received["claims"]["sub"] == received["userinfo"]["sub"]
        assert received["userinfo"]["email"] == _CAROL
        assert (await open_(page, f"{origin}/session"))["is_active"]

        assert await open_(page, f"{origin}/refresh") == {"is_new": True, "rotated": True}
        assert await open_(page, f"{origin}/userinfo") == received["userinfo"]

        assert await open_(page, f"{origin}/logout") == {"signed_out": True}
        assert await open_(page, f"{origin}/login?prompt=none") == {"error": "login_required"}


async def test_a_sign_out_elsewhere_reaches_it_behind_the_scenes(
    demo: Demo, idpyoidc: list[str | Path], page: Page
) -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    client = register(
        *(demo, "idpyoidc-told"),
        grant_types=CODE_AND_REFRESH,
        redirect_uris=[f"{origin}/callback"],
        backchannel_logout_uri=f"{origin}/backchannel-logout",
        backchannel_logout_session_required=True,
        scope=_SCOPE,
        is_first_party=True,
    )
    with serving(idpyoidc, demo, origin, SCOPE=_SCOPE, **credentials(client)):
        await page.goto(f"{origin}/login")
        await sign_in(page, _CAROL, PASSWORD)
        assert (await open_(page, f"{origin}/session"))["is_active"]

        await sign_out_elsewhere(page, demo)
        await until(partial(_is_over, page, origin), what="a logout token")


async def test_registers_itself_and_authenticates_with_a_key(
    demo: Demo, idpyoidc: list[str | Path], page: Page
) -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    with serving(idpyoidc, demo, origin, SCOPE="openid profile email"):
        registered = await open_(page, f"{origin}/registration")
        assert registered.get("token_endpoint_auth_method") == "private_key_jwt", registered

        await page.goto(f"{origin}/login")
        await sign_in(page, _CAROL, PASSWORD)
        await press(page, "#consent [name=action][value=allow]")
        received = await read(page)
        assert received.get("userinfo", {}).get("email") == _CAROL, received

        await sign_out_elsewhere(page, demo)
        await until(partial(_is_over, page, origin), what="a logout token")


async def _is_over(page: Page, origin: str) -> bool:
    return not (await open_(page, f"{origin}/session"))["is_active"]
