"""Applications: seeing what was allowed, and taking it back at once."""

from pathlib import Path

import pytest
from sqlalchemy import delete, update

from idp.portal.applications import allowed_by
from idp.records.grant import Holding
from idp.records.session import Consent
from idp.store.applications import HOLDINGS_OF_SUBJECT
from idp.store.statement import Write
from idp.store.tables.client import client
from idp.store.tables.login import consent
from tests.oauth.exchange.exchanging import (
    exchange_settings,
    exchange_world,
    exchanged,
    is_active,
    panel_tokens,
)
from tests.portal.pressing import forms_of, open_account, press
from tests.support.world import Browser, World, answer

PATH = "/account/applications"
SPA = {
    "client_id": "spa",
    "redirect_uri": "http://localhost:3000/callback",
    "scope": "openid email offline_access",
}


async def allow(browser: Browser, *, identifier: str = "aa11111-ovh") -> dict[str, str]:
    """Allow the single-page application offline access: its tokens."""
    page = await browser.sign_in(identifier, **SPA)
    assert 'id="consent"' in page.text
    allowed = await browser.follow(await press(browser, page, "consent", "allow"))
    tokens: dict[str, str] = (await browser.redeem(allowed, "spa")).json()
    assert tokens["refresh_token"]
    return tokens


async def test_without_any_consent_the_page_says_so(sqlite_world: World) -> None:
    page = await open_account(sqlite_world.browser(), PATH)
    assert "You have not allowed any application." in page.text
    assert set(forms_of(page)) == {"sign-out"}


async def test_what_was_allowed_is_listed_in_words(world: World) -> None:
    browser = world.browser()
    await allow(browser)
    world.clock.pass_(7_200)
    page = await browser.get(PATH)
    assert "Single page" in page.text
    words = ["Know who you are", "See your e-mail address", "Stay connected", "Allowed on 15 January 2027"]
    places = [page.text.index(word) for word in words]
    assert places == sorted(places)
    assert "last used 2 hours ago" in page.text


async def test_refreshing_counts_as_use(world: World) -> None:
    browser = world.browser()
    tokens = await allow(browser)
    world.clock.pass_(7_200)
    refreshed = await browser.token("spa", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.status_code == 200
    world.clock.pass_(7_200)
    assert "last used 2 hours ago" in (await browser.get(PATH)).text


async def test_removing_access_ends_everything_at_once(world: World) -> None:
    browser = world.browser()
    tokens = await allow(browser)
    removed = await press(browser, await browser.get(PATH), "revoke-application", "revoke")
    assert (removed.status_code, removed.headers["location"]) == (303, PATH)
    assert "You have not allowed any application." in (await browser.get(PATH)).text
    refreshed = await browser.token("spa", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"
    userinfo = await browser.get("/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert userinfo.status_code == 401
    assert answer(await browser.authorize(prompt="none", **SPA))["error"] == "consent_required"
    assert 'id="consent"' in (await browser.authorize(**SPA)).text


async def test_removing_access_twice_is_recorded_once(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await allow(browser)
    page = await browser.get(PATH)
    for _ in range(2):
        assert (await press(browser, page, "revoke-application", "revoke")).status_code == 303
    assert len(await _revocations(sqlite_world)) == 1


async def test_removing_access_leaves_other_people_and_sessions_alone(world: World) -> None:
    alice, bob = world.browser(), world.browser()
    await allow(alice)
    bobs = await allow(bob, identifier="bb22222-ovh")
    await press(alice, await alice.get(PATH), "revoke-application", "revoke")
    assert (await alice.get("/account")).status_code == 200
    assert "Single page" in (await bob.get(PATH)).text
    refreshed = await bob.token("spa", grant_type="refresh_token", refresh_token=bobs["refresh_token"])
    assert refreshed.status_code == 200


@pytest.mark.parametrize("client_id", ["manager", "nobody", "", "spa\N{SNOWMAN}", "' OR 1=1 --"])
async def test_only_what_is_listed_can_be_removed(sqlite_world: World, client_id: str) -> None:
    browser = sqlite_world.browser()
    await allow(browser)
    tokens = (await browser.redeem(await browser.authorize())).json()
    page = await browser.get(PATH)
    assert "Manager" not in page.text.split("<main")[1]
    answered = await press(browser, page, "revoke-application", "revoke", client_id=client_id)
    assert (answered.status_code, answered.headers["location"]) == (303, PATH)
    refreshed = await browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.status_code == 200
    assert await _revocations(sqlite_world) == []


async def test_what_lives_without_a_consent_is_listed_until_it_dies(world: World) -> None:
    browser = world.browser()
    tokens = await allow(browser)
    assert await world.house.database.apply([Write(delete(consent)).effect()])
    page = await browser.get(PATH)
    assert "Single page" in page.text
    assert "Stay connected" in page.text
    await press(browser, page, "revoke-application", "revoke")
    refreshed = await browser.token("spa", grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"
    assert "Single page" not in (await browser.get(PATH)).text


async def test_a_disabled_application_can_still_be_removed_and_a_deleted_one_is_gone(
    sqlite_world: World,
) -> None:
    browser, database = sqlite_world.browser(), sqlite_world.house.database
    await allow(browser)
    spa = client.c.client_id == "spa"
    await database.apply([Write(update(client).where(spa).values(disabled_at=1)).effect()])
    assert "Single page" in (await browser.get(PATH)).text
    await database.apply([Write(update(client).where(spa).values(deleted_at=1)).effect()])
    assert (await browser.get(PATH)).text.count("revoke-application") == 0


async def test_what_a_service_exchanged_was_allowed_by_nobody(database_url: str, tmp_path: Path) -> None:
    """It ends with the application behind which it is, and the copy of the data tells of it."""
    async with exchange_world(exchange_settings(database_url, tmp_path)) as world:
        browser = world.browser()
        own = await panel_tokens(world, browser)
        further = await exchanged(world, own["access_token"])
        assert await is_active(world, further["access_token"])

        page = await browser.get(PATH)

        assert "You have not allowed any application." in page.text
        found = await world.house.database.all(
            HOLDINGS_OF_SUBJECT, of_subject=world.people["alice"].subject_id, now=world.clock.now()
        )
        assert {(one.client_id, one.came_by) for one in found} >= {
            ("panel", "sign_in"),
            ("gateway", "exchange"),
        }


def test_a_consent_whose_use_is_too_long_ago_has_no_last_use() -> None:
    given = Consent(client_id="spa", scopes=frozenset({"openid"}), created_at=5, updated_at=6)
    (allowed,) = allowed_by([given], [])
    assert (allowed.granted_at, allowed.last_used_at) == (5, None)


def test_several_scopes_of_one_application_are_one_entry() -> None:
    def holding(scope: str, at: int, *, is_living: bool = True) -> Holding:
        return Holding(
            client_id="spa",
            scope=scope,
            came_by="sign_in",
            is_living=is_living,
            granted_at=at,
            last_used_at=at + 1,
        )

    (allowed,) = allowed_by(
        [], [holding("openid", 3), holding("openid email", 2), holding("phone", 1, is_living=False)]
    )
    assert allowed.scopes == {"openid", "email"}
    assert (allowed.granted_at, allowed.last_used_at) == (2, 4)


def test_what_is_dead_and_without_consent_is_not_allowed() -> None:
    dead = Holding(
        client_id="spa", scope="openid", came_by="sign_in", is_living=False, granted_at=1, last_used_at=2
    )
    assert allowed_by([], [dead]) == []


async def _revocations(world: World) -> list[tuple[object, ...]]:
    return await world.rows("SELECT event_id FROM audit_event WHERE type = 'consent.revoked'")
