"""Two Authorization headers are refused: a proxy might believe one and we the other."""

import pytest

from tests.support.world import World, basic

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("path", ["/token", "/revoke", "/introspect", "/userinfo"])
async def test_two_authorization_headers_are_refused(sqlite_world: World, path: str) -> None:
    headers = [("authorization", basic("machine")), ("authorization", basic("manager"))]
    response = await sqlite_world.browser().http.post(
        path, data={"grant_type": "client_credentials", "token": "x"}, headers=headers
    )
    assert response.status_code == 400
    assert response.json()["error"] == "invalid_request"
