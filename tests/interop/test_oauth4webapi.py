"""oauth4webapi, the npm package that openid-client stands on: each step by itself, and every answer checked."""

from pathlib import Path

import pytest
from playwright.async_api import Page

from idp.demo.accounts import PASSWORD
from tests.interop.packages import install_npm
from tests.interop.parties import (
    CODE_AND_REFRESH,
    credentials,
    initial_access_token,
    open_,
    read,
    register,
    serving,
)
from tests.interop.person import press, sign_in
from tests.journeys.worlds import Demo
from tests.support.processes import free_port
from tests.support.programs import NODE

_CAROL = "carol@demo.test"


@pytest.fixture(scope="module")
def oauth4webapi() -> list[str | Path]:
    """The command that starts the relying party."""
    return [NODE.get(), install_npm("oauth4webapi") / "relying-party.mjs"]


async def test_a_person_signs_in_approves_refreshes_and_signs_out(
    demo: Demo, oauth4webapi: list[str | Path], page: Page
) -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    scope = "openid profile email address phone offline_access"
    client = register(
        *(demo, "oauth4webapi"),
        grant_types=CODE_AND_REFRESH,
        redirect_uris=[f"{origin}/callback"],
        post_logout_redirect_uris=[f"{origin}/signed-out"],
        scope=scope,
    )
    with serving(oauth4webapi, demo, origin, SCOPE=scope, **credentials(client)):
        await page.goto(f"{origin}/login?prompt=consent")
        await sign_in(page, _CAROL, PASSWORD)
        await press(page, "#consent [name=action][value=allow]")
        received = await read(page)
        assert received["claims"]["iss"] == demo.addresses.issuer
        assert received["claims"]["aud"] == "oauth4webapi"
        assert received["userinfo"]["email"] == _CAROL
        assert received["userinfo"]["address"]["country"]
        assert received["refreshable"]

        refreshed = await open_(page, f"{origin}/refresh")
        assert refreshed.get("rotated"), refreshed
        assert refreshed["claims"]["sub"] == received["claims"]["sub"]
        assert refreshed["claims"]["auth_time"] == received["claims"]["auth_time"]
        assert (await open_(page, f"{origin}/userinfo"))["userinfo"] == received["userinfo"]

        # Approval and session are remembered, so nothing is asked. The new family ends when the client wants it to.
        again = await open_(page, f"{origin}/login?prompt=none")
        assert again["claims"]["sub"] == received["claims"]["sub"]
        assert await open_(page, f"{origin}/revoke") == {"revoked": True}
        assert (await open_(page, f"{origin}/refresh"))["error"] == "invalid_grant"

        assert await open_(page, f"{origin}/logout") == {"signed_out": True}
        assert (await open_(page, f"{origin}/login?prompt=none"))["error"] == "login_required"


async def test_registers_itself_signs_its_requests_and_reads_what_is_encrypted_to_it(
    demo: Demo, oauth4webapi: list[str | Path], page: Page
) -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    scope = "openid profile email offline_access"
    token = initial_access_token(demo)
    with serving(oauth4webapi, demo, origin, SCOPE=scope, INITIAL_ACCESS_TOKEN=token):
        registered = await open_(page, f"{origin}/registration")
        assert registered["token_endpoint_auth_method"] == "private_key_jwt"
        assert not registered["has_secret"]
        assert registered["is_managed"]

        await page.goto(f"{origin}/login?prompt=consent")
        await sign_in(page, _CAROL, PASSWORD)
        await press(page, "#consent [name=action][value=allow]")
        received = await read(page)
        assert received.get("media_type") == "application/jwt", received
        assert received["claims"]["aud"] == registered["client_id"]
        assert received["userinfo"]["email"] == _CAROL

        refreshed = await open_(page, f"{origin}/refresh")
        assert refreshed.get("rotated"), refreshed
        assert await open_(page, f"{origin}/revoke") == {"revoked": True}

        await page.goto(f"{origin}/logout")
        await press(page, "#logout [name=action][value=continue]")
        assert await read(page) == {"signed_out": True}
        assert (await open_(page, f"{origin}/login?prompt=none"))["error"] == "login_required"


async def test_pushes_its_requests_and_its_tokens_are_bound_to_its_key(
    demo: Demo, oauth4webapi: list[str | Path], page: Page
) -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    scope = "openid profile email offline_access"
    client = register(
        *(demo, "oauth4webapi-bound"),
        grant_types=CODE_AND_REFRESH,
        redirect_uris=[f"{origin}/callback"],
        scope=scope,
        is_first_party=True,
        dpop_bound_access_tokens=True,
        require_pushed_authorization_requests=True,
    )
    with serving(oauth4webapi, demo, origin, SCOPE=scope, BOUND="yes", **credentials(client)):
        await page.goto(f"{origin}/login")
        await sign_in(page, _CAROL, PASSWORD)
        received = await read(page)
        assert received.get("token_type") == "dpop", received
        assert received["userinfo"]["email"] == _CAROL
        assert await open_(page, f"{origin}/stolen") == {"status": 401}

        # Whoever finds the reference in a history gets a page: it was answered.
        answer = await page.goto(f"{origin}/again")
        assert answer is not None
        assert answer.status == 410

        refreshed = await open_(page, f"{origin}/refresh")
        assert refreshed.get("rotated"), refreshed
        assert refreshed["token_type"] == "dpop"
        assert (await open_(page, f"{origin}/userinfo"))["userinfo"] == received["userinfo"]
        assert await open_(page, f"{origin}/revoke") == {"revoked": True}
        assert (await open_(page, f"{origin}/refresh"))["error"] == "invalid_grant"
