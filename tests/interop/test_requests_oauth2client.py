"""requests_oauth2client: pushed requests, DPoP and private_key_jwt together."""

from pathlib import Path

import pytest
from playwright.async_api import Page

from idp.demo.accounts import PASSWORD
from tests.interop.packages import HERE, install_python
from tests.interop.parties import open_, read, register, serving
from tests.interop.person import sign_in
from tests.journeys.worlds import Demo
from tests.support.processes import free_port

_CAROL = "carol@demo.test"
_SCOPE = "openid profile email"


@pytest.fixture(scope="module")
def requests_oauth2client() -> list[str | Path]:
    """The command that starts the relying party."""
    folder = "requests-oauth2client"
    return [install_python(folder), HERE / folder / "relying_party.py"]


async def test_pushes_its_requests_and_its_tokens_are_worth_nothing_to_others(
    demo: Demo, requests_oauth2client: list[str | Path], page: Page
) -> None:
    origin = f"http://127.0.0.1:{free_port()}"
    register(
        *(demo, "requests-oauth2client"),
        token_endpoint_auth_method="private_key_jwt",
        jwks_uri=f"{origin}/jwks",
        grant_types=["authorization_code", "refresh_token", "client_credentials"],
        refresh="session",
        redirect_uris=[f"{origin}/callback"],
        scope=f"{_SCOPE} customers:read",
        resources=[f"{demo.addresses.issuer}/api/v1"],
        is_first_party=True,
        dpop_bound_access_tokens=True,
        require_pushed_authorization_requests=True,
    )
    settings = {"CLIENT_ID": "requests-oauth2client", "SCOPE": _SCOPE}
    with serving(requests_oauth2client, demo, origin, **settings):
        await page.goto(f"{origin}/login?acr_values=1")
        await sign_in(page, _CAROL, PASSWORD)
        received = await read(page)
        assert received.get("token_type") == "DPoP", received
        assert received["is_bound"]
        assert received["refreshable"]
        assert received["claims"]["iss"] == demo.addresses.issuer

        person = await open_(page, f"{origin}/userinfo")
        assert person["email"] == _CAROL
        assert person["sub"] == received["claims"]["sub"]
        assert await open_(page, f"{origin}/stolen") == {"statuses": {"Bearer": 401, "DPoP": 401}}

        # The reference was answered, so that whoever finds it in a history gets a page.
        answer = await page.goto(f"{origin}/again")
        assert answer is not None
        assert answer.status == 410

        refreshed = await open_(page, f"{origin}/refresh")
        assert refreshed.get("rotated"), refreshed
        assert refreshed["is_bound"]
        assert await open_(page, f"{origin}/userinfo") == person

        own = await open_(page, f"{origin}/machine")
        assert own == {"token_type": "DPoP", "is_bound": True}
        assert await open_(page, f"{origin}/revoke") == {"revoked": True}
        assert "InvalidGrant" in (await open_(page, f"{origin}/refresh"))["name"]
