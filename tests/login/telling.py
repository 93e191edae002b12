"""What an application is told of a sign-in: the claims of the ID token."""

import json
from base64 import urlsafe_b64decode
from typing import Any

import httpx2

from tests.support.world import Browser


async def claims_of(browser: Browser, response: httpx2.Response, client: str = "manager") -> dict[str, Any]:
    """Those of the code that an authorization response brings."""
    answered = await browser.redeem(response, client)
    assert answered.status_code == 200, answered.text
    payload = answered.json()["id_token"].split(".")[1]
    claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def essential(*values: str) -> str:
    """The `claims` parameter that demands one of these rungs."""
    asked = {"essential": True, "values": list(values)}
    return json.dumps({"id_token": {"acr": asked}})
