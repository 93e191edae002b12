"""Applications are told behind the scenes: which, of whom, when, and in what words. OpenID Connect Back-Channel Logout
1.0; how it gets there is in test_back_channel_delivery.py.
"""

import pytest

from idp.account.deletion import delete_due
from idp.account.ending import end_all_sessions, end_other_sessions, end_session
from idp.account.status import disable_account
from idp.records.account import BlockedBy
from idp.records.event import Occasion
from idp.store.deletions import PLAN_DELETION
from tests.oauth.wire import success
from tests.oidc.logout.parties import (
    BACK,
    HTML,
    TOLD,
    asking,
    claims_of,
    deliver,
    register,
    register_listener,
    sign_in,
)
from tests.support.world import ISSUER, World, answer, asked

_EVENT = "http://schemas.openid.net/event/backchannel-logout"


async def test_each_application_of_the_session_is_told(world: World) -> None:
    for name in ("shop", "forum"):
        await register_listener(world, name)
    await register(world, "deaf")
    browser = world.browser(headers=HTML)
    shop, forum = await sign_in(browser, "shop"), await sign_in(browser, "forum")
    await sign_in(browser, "deaf")
    await sign_in(browser, "shop", prompt="none")
    world.clock.pass_(300)

    await browser.get(
        "/logout",
        params={"id_token_hint": shop["id_token"], "post_logout_redirect_uri": BACK.format("shop")},
    )
    told = await deliver(world)

    assert sorted(one.address for one in told) == [TOLD.format("forum"), TOLD.format("shop")]
    for one, tokens in zip(sorted(told, key=lambda one: one.address), (forum, shop), strict=True):
        known = claims_of(world, tokens["id_token"])
        jti = one.claims.pop("jti")
        assert len(jti) == 32
        assert one.claims == {
            "iss": ISSUER,
            "aud": known["aud"],
            "sub": known["sub"],
            "sid": known["sid"],
            "iat": world.clock.now(),
            "exp": world.clock.now() + 120,
            "events": {_EVENT: {}},
        }
    assert await deliver(world) == []


async def test_whatever_ends_a_session_is_told_of(world: World, subtests: pytest.Subtests) -> None:
    await register_listener(world)
    house = world.house
    for how in ("by_owner", "others", "all", "blocked"):
        with subtests.test(how=how):
            browser = world.browser(headers=HTML)
            tokens = await sign_in(browser, "shop", whose="bb22222-ovh")
            sid = claims_of(world, tokens["id_token"])["sid"]
            bob = world.people["bob"]
            ((session_id,),) = await world.rows(f"SELECT session_id FROM session WHERE sid = '{sid}'")
            occasion = Occasion(now=world.clock.now(), actor="system")
            acts = (house.database, house.audit, occasion)
            match how:
                case "by_owner":
                    assert await end_session(*acts, subject_id=bob.subject_id, session_id=session_id)
                case "others":
                    await end_other_sessions(*acts, subject_id=bob.subject_id, kept_session_id="another")
                case "all":
                    await end_all_sessions(*acts, subject_id=bob.subject_id)
                case "blocked":
                    await disable_account(*acts, bob, by=BlockedBy.OPERATOR, reason="by_operator")
            assert [one.claims["sid"] for one in await deliver(world)] == [sid]


async def test_the_next_person_at_a_browser_ends_the_session_of_the_one_before(world: World) -> None:
    await register_listener(world)
    browser = world.browser(headers=HTML)
    alice = claims_of(world, (await sign_in(browser, "shop"))["id_token"])
    page = await browser.authorize(**asking("shop", prompt="login"))
    response = await browser.submit(page, username="bb22222-ovh", password="correct horse battery")
    bob = claims_of(world, success(await browser.redeem(await browser.follow(response), "shop"))["id_token"])

    assert bob["sub"] != alice["sub"]
    assert bob["sid"] != alice["sid"]
    assert [(one.claims["sid"], one.claims["sub"]) for one in await deliver(world)] == [
        (alice["sid"], alice["sub"])
    ]


async def test_a_session_that_runs_out_is_not_told_of(sqlite_world: World) -> None:
    await register_listener(sqlite_world)
    await sign_in(sqlite_world.browser(headers=HTML), "shop")
    sqlite_world.clock.pass_(200_000)

    assert await deliver(sqlite_world) == []


async def test_an_application_is_told_though_its_tokens_are_long_dead(world: World) -> None:
    """Tokens may last for minutes and the session for hours: its own session began with them."""
    await register_listener(world)
    browser = world.browser(headers=HTML)
    await sign_in(browser, "shop")
    world.clock.pass_(20_000)
    page = await browser.get("/logout")
    await browser.submit(page)

    assert len(await deliver(world)) == 1


async def test_offline_access_outlives_signing_out(world: World) -> None:
    """§2.7: refresh tokens with offline_access are not revoked by a logout; others are."""
    await register_listener(world)
    browser = world.browser(headers=HTML)
    offline = await sign_in(browser, "shop", scope="openid offline_access")
    online = success(await browser.redeem(await browser.authorize(**asked())))
    await browser.get("/logout", params={"id_token_hint": offline["id_token"]})

    assert len(await deliver(world)) == 1
    refreshed = await browser.token(
        "shop", grant_type="refresh_token", refresh_token=offline["refresh_token"]
    )
    assert refreshed.status_code == 200
    refused = await browser.token(
        "manager", grant_type="refresh_token", refresh_token=online["refresh_token"]
    )
    assert refused.json()["error"] == "invalid_grant"


@pytest.mark.parametrize("algorithm", ["RS256", "PS256", "ES256", "EdDSA"])
async def test_the_token_is_signed_as_id_tokens_are(sqlite_world: World, algorithm: str) -> None:
    world = sqlite_world
    await register_listener(world, id_token_signed_response_alg=algorithm)
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})
    (told,) = await deliver(world)

    assert world.house.keyring.verify(told.token, typ="logout+jwt", algorithms=[algorithm])  # type: ignore[list-item]


async def test_a_logout_token_is_no_other_token(world: World) -> None:
    """GHSA-7fpj-9hr8-28vh: a logout token passed as an access token. Nor is it a hint."""
    await register_listener(world)
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})
    (told,) = await deliver(world)

    bearer = {"authorization": f"Bearer {told.token}"}
    assert (await browser.get("/userinfo", headers=bearer)).status_code == 401
    assert (await browser.get("/logout", params={"id_token_hint": told.token})).status_code == 400
    refused = answer(
        await browser.get("/authorize", params=asking("shop", prompt="none", id_token_hint=told.token))
    )
    assert "code" not in refused


async def test_what_a_deleted_account_was_signed_in_to_is_told(world: World) -> None:
    await register_listener(world)
    tokens = await sign_in(world.browser(headers=HTML), "shop", whose="bb22222-ovh")
    bob = world.people["bob"]
    sub = claims_of(world, tokens["id_token"])["sub"]
    assert await world.house.database.apply(
        [PLAN_DELETION.effect(of_account=bob.account_id, then=world.clock.now())]
    )
    await delete_due(world.house, world.clock.now())

    assert [one.claims["sub"] for one in await deliver(world)] == [sub]


async def test_a_pairwise_application_is_told_of_whom_it_knows(world: World) -> None:
    await register_listener(world, subject_type="pairwise")
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")
    known = claims_of(world, tokens["id_token"])
    page = await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})
    (told,) = await deliver(world)

    assert page.status_code == 200
    assert told.claims["sub"] == known["sub"] != world.people["alice"].sub
