"""mozilla-django-oidc, in a Django project: it signs in, asks again in the background, and signs out."""

from pathlib import Path

import pytest
from playwright.async_api import Page

from idp.demo.accounts import PASSWORD
from tests.interop.packages import HERE, install_python
from tests.interop.parties import credentials, open_, read, register, serving
from tests.interop.person import press, sign_in
from tests.journeys.worlds import Demo
from tests.support.processes import free_port

_CAROL = "carol@demo.test"
_SCOPE = "openid profile email"


@pytest.fixture(scope="module")
def django() -> list[str | Path]:
    """The command that starts the project."""
    return [install_python("django"), HERE / "django" / "relying_party.py"]


async def test_a_person_signs_in_is_renewed_in_passing_and_signs_out(
    demo: Demo, django: list[str | Path], page: Page
) -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    client = register(
        *(demo, "django"),
        redirect_uris=[f"{origin}/oidc/callback/"],
        post_logout_redirect_uris=[f"{origin}/"],
        scope=_SCOPE,
        is_first_party=True,
    )
    with serving(django, demo, origin, SCOPE=_SCOPE, **credentials(client)):
        assert await open_(page, f"{origin}/") == {"signed_in": False}
        await page.goto(f"{origin}/oidc/authenticate/")
        await sign_in(page, _CAROL, PASSWORD)
        assert page.url == f"{origin}/"
        received = await read(page)
        assert received["email"] == _CAROL
        assert await open_(page, f"{origin}/") == received

        await page.goto(f"{origin}/grow-old")
        renewed = await open_(page, f"{origin}/")
        assert renewed["email"] == _CAROL
        assert renewed["access_token"] != received["access_token"]

        assert await open_(page, f"{origin}/oidc/logout/") == {"signed_in": False}
        assert page.url == f"{origin}/"
        await page.goto(f"{origin}/oidc/authenticate/")
        assert await page.locator("#login").count() == 1


async def test_a_session_that_ended_at_the_issuer_ends_in_passing(
    demo: Demo, django: list[str | Path], page: Page
) -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    client = register(
        *(demo, "django-elsewhere"),
        redirect_uris=[f"{origin}/oidc/callback/"],
        scope=_SCOPE,
        is_first_party=True,
    )
    with serving(django, demo, origin, SCOPE=_SCOPE, **credentials(client)):
        await page.goto(f"{origin}/oidc/authenticate/")
        await sign_in(page, _CAROL, PASSWORD)
        assert (await read(page))["signed_in"]

        await page.goto(f"{demo.addresses.issuer}/logout")
        await press(page, "#logout [name=action]")
        await page.goto(f"{origin}/grow-old")
        assert await open_(page, f"{origin}/") == {"signed_in": False}
