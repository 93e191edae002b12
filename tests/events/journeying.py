"""Everything that a person and an application do at the front door, and what the trail says of it."""

from collections.abc import Sequence
from typing import Any

import httpx2

from tests.support.world import PASSWORD, VERIFIER, Browser, World, answer

SPA = {"client_id": "spa", "redirect_uri": "http://localhost:3000/callback"}
COLUMNS = (
    "at", "type", "outcome", "reason", "actor", "subject_id", "client_id", "session_id", "family_id", "factor",
    "address_digest", "address_key_id", "correlation_id", "details",
)  # fmt: skip


async def trail(world: World) -> list[dict[str, Any]]:
    """Every row, the oldest first, but for those that made the world."""
    rows = await world.rows(f"SELECT {', '.join(COLUMNS)} FROM audit_event ORDER BY event_id")
    events = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    return [event for event in events if event["correlation_id"]]


def types(events: Sequence[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


def request_id(response: httpx2.Response) -> str:
    return str(response.headers["x-request-id"])


async def journey(browser: Browser) -> dict[str, str]:
    """Everything that a person and an application do, right and wrong; every secret that was seen on the way."""
    secrets: dict[str, str] = {"verifier": VERIFIER, "password": PASSWORD}
    login = await browser.authorize(
        **SPA, scope="openid profile email offline_access", state="s3cret-state-91"
    )
    await browser.submit(login, username="alice@example.test", password="a wr0ng p4ssword")
    await browser.submit(login, username="nobody-91@example.test", password="a wr0ng p4ssword")
    consent = await browser.follow(
        await browser.submit(login, username="ALICE@example.test", password=PASSWORD)
    )
    secrets["form"] = consent.text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    await browser.submit(consent, action="allow", csrf_token="forged-91")
    redirect = await browser.follow(await browser.submit(consent, action="allow"))
    secrets["code"] = answer(redirect)["code"]
    await browser.redeem(redirect, "spa", code_verifier="w" * 43)
    tokens = (await browser.redeem(redirect, "spa")).json()
    await browser.get("/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    await browser.call("/introspect", "introspector", token=tokens["access_token"])
    await browser.call("/introspect", "introspector", token=tokens["refresh_token"])
    refreshed = (
        await browser.token("spa", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    ).json()
    for kind, issued in (("first", tokens), ("second", refreshed)):
        for name in ("access_token", "refresh_token", "id_token"):
            secrets[f"{kind} {name}"] = issued[name]
    await browser.redeem(redirect, "spa")
    await browser.get("/authorize", params={"client_id": "nobody", "state": "s3cret-state-91"})
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"], "state": "s3cret-state-91"})
    await browser.get("/nowhere/" + secrets["code"])
    return secrets
