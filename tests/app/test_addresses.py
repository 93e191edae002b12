"""Every address has one spelling, and the application answers for all of them."""

import pytest

from tests.support.world import World

pytestmark = pytest.mark.asyncio


@pytest.mark.requirement("S81")
@pytest.mark.parametrize(
    "path", ["/account/", "/authorize/", "/nowhere", "/sign-in/", "/static/", "/sign-in/x/elsewhere"]
)
async def test_another_spelling_is_not_found_and_never_redirected(sqlite_world: World, path: str) -> None:
    response = await sqlite_world.browser().get(path, headers={"accept": "text/html"})
    assert response.status_code == 404
    assert "location" not in response.headers


async def test_the_root_leads_to_the_account(sqlite_world: World) -> None:
    response = await sqlite_world.browser().get("/")
    assert response.headers["location"] == "/account"


async def test_readiness_names_what_is_missing(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    assert (await browser.get("/healthz")).text == "ok\n"
    ready = await browser.get("/readyz")
    assert ready.json() == {"ready": True, "problems": []}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_a_load_balancer_may_ask_by_address(sqlite_world: World, path: str) -> None:
    response = await sqlite_world.browser().get(path, headers={"host": "10.0.0.7:8000"})
    assert response.status_code == 200


@pytest.mark.requirement("S81")
async def test_nothing_else_answers_for_a_foreign_host(sqlite_world: World) -> None:
    for path in ("/", "/account", "/authorize", "/jwks", "/healthz/", "/.well-known/openid-configuration"):
        response = await sqlite_world.browser().get(path, headers={"host": "evil.test"})
        assert response.status_code == 400, path
