"""Applications are told behind the scenes. OpenID Connect Back-Channel Logout 1.0."""

import asyncio
from contextlib import suppress
from dataclasses import replace

import pytest
from sqlalchemy import text

from idp.account.deletion import delete_due
from idp.account.ending import end_all_sessions, end_other_sessions, end_session
from idp.account.status import disable_account
from idp.app.upkeep import Upkeep
from idp.clients.registration import disable_client
from idp.records.account import BlockedBy
from idp.records.event import Occasion
from idp.records.ports import NotFetched
from idp.store.deletions import PLAN_DELETION
from idp.store.statement import Write
from tests.oauth.wire import success
from tests.oidc.logout.parties import BACK, HTML, asking, claims_of, deliver, delivery, register, sign_in
from tests.support.waiting import until
from tests.support.world import ISSUER, World, answer, asked

_URI = "https://{}.example.test/told?of=us"
_EVENT = "http://schemas.openid.net/event/backchannel-logout"


async def _shop(world: World, name: str = "shop", **metadata: object) -> None:
    await register(world, name, backchannel_logout_uri=_URI.format(name), **metadata)


async def _outcomes(world: World) -> list[tuple[object, ...]]:
    return await world.rows("SELECT status, reply, attempts FROM outbox WHERE channel = 'logout'")


async def test_each_application_of_the_session_is_told(world: World) -> None:
    for name in ("shop", "forum"):
        await _shop(world, name)
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

    assert sorted(one.address for one in told) == [_URI.format("forum"), _URI.format("shop")]
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


async def test_nothing_of_it_stays_at_rest(world: World) -> None:
    await _shop(world)
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})
    await deliver(world)

    rows = await world.rows(
        "SELECT recipient, status, reply, sealed, subject_id FROM outbox WHERE channel = 'logout'"
    )
    assert rows == [("shop", "delivered", "200", None, None)]


async def test_whatever_ends_a_session_is_told_of(world: World, subtests: pytest.Subtests) -> None:
    await _shop(world)
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
    await _shop(world)
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
    await _shop(sqlite_world)
    await sign_in(sqlite_world.browser(headers=HTML), "shop")
    sqlite_world.clock.pass_(200_000)

    assert await deliver(sqlite_world) == []


async def test_an_application_is_told_though_its_tokens_are_long_dead(world: World) -> None:
    """Tokens may last for minutes and the session for hours: its own session began with them."""
    await _shop(world)
    browser = world.browser(headers=HTML)
    await sign_in(browser, "shop")
    world.clock.pass_(20_000)
    page = await browser.get("/logout")
    await browser.submit(page)

    assert len(await deliver(world)) == 1


async def test_nobody_forgets_whom_to_tell_before_they_are_told(world: World) -> None:
    """Sessions of weeks outlive what was issued, which would go if whoever tidies up comes before whoever tells."""
    await _shop(world)
    tokens = await sign_in(world.browser(headers=HTML), "shop")
    house, ends_at = world.house, world.clock.now() + 30 * 86_400
    assert await house.database.apply([Write(text(f"UPDATE session SET expires_at = {ends_at}")).effect()])
    world.clock.pass_(4 * 86_400)
    now = world.clock.now()
    ((session_id,),) = await world.rows("SELECT session_id FROM session")
    occasion = Occasion(now=now, actor="system")
    alice = world.people["alice"].subject_id
    await end_session(house.database, house.audit, occasion, subject_id=alice, session_id=session_id)

    await Upkeep(house=house, holder="node").once(now)

    sid = claims_of(world, tokens["id_token"])["sid"]
    assert [one.claims["sid"] for one in await deliver(world)] == [sid]


@pytest.mark.parametrize("status", [302, 401, 404, 429, 500, 503])
async def test_what_is_not_taken_is_tried_again_with_a_fresh_token(sqlite_world: World, status: int) -> None:
    world = sqlite_world
    await _shop(world)
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")
    world.outside.answers[_URI.format("shop")] = status
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})

    (first,) = await deliver(world)
    assert await deliver(world) == []
    world.outside.answers[_URI.format("shop")] = 204
    world.clock.pass_(600)
    (second,) = await deliver(world)

    assert second.claims["iat"] == first.claims["iat"] + 600
    assert second.claims["exp"] == second.claims["iat"] + 120
    assert second.claims["jti"] != first.claims["jti"]
    assert await world.rows("SELECT status, reply, attempts FROM outbox WHERE channel = 'logout'") == [
        ("delivered", "204", 2)
    ]


async def test_an_application_that_says_no_is_not_asked_again(sqlite_world: World) -> None:
    """§2.8: 400 means that the token was understood and refused."""
    world = sqlite_world
    await _shop(world)
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")
    world.outside.answers[_URI.format("shop")] = 400
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})
    await deliver(world)
    world.clock.pass_(80_000)

    assert await deliver(world) == []
    assert await world.rows("SELECT status, reply, sealed FROM outbox WHERE channel = 'logout'") == [
        ("failed", "400", None)
    ]


async def test_an_application_that_never_answers_is_given_up_after_a_day(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = sqlite_world
    await _shop(world)
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})

    async def post(url: str, form: object) -> int:
        raise NotFetched("it took longer than 5 s")

    monkeypatch.setattr(world.outside, "post", post)
    for _ in range(60):
        await deliver(world)
        world.clock.pass_(3_600)
    assert await world.rows("SELECT status, reply FROM outbox WHERE channel = 'logout'") == [
        ("expired", "unreachable")
    ]


async def test_an_application_that_is_gone_is_not_told(sqlite_world: World) -> None:
    world = sqlite_world
    await _shop(world)
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")
    world.outside.answers[_URI.format("shop")] = 500
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})
    await deliver(world)
    house = world.house
    await disable_client(house.database, house.audit, Occasion(now=world.clock.now(), actor="system"), "shop")
    house.clients.forget("shop")
    world.clock.pass_(3_600)

    assert await deliver(world) == []
    assert await world.rows("SELECT status, reply FROM outbox WHERE channel = 'logout'") == [
        ("failed", "no client")
    ]


async def test_offline_access_outlives_signing_out(world: World) -> None:
    """§2.7: refresh tokens with offline_access are not revoked by a logout; others are."""
    await _shop(world)
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
    await _shop(world, id_token_signed_response_alg=algorithm)
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})
    (told,) = await deliver(world)

    assert world.house.keyring.verify(told.token, typ="logout+jwt", algorithms=[algorithm])  # type: ignore[list-item]


async def test_a_logout_token_is_no_other_token(world: World) -> None:
    """GHSA-7fpj-9hr8-28vh: a logout token passed as an access token. Nor is it a hint."""
    await _shop(world)
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


async def test_applications_that_keep_us_waiting_keep_no_mail_waiting(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = sqlite_world
    await _shop(world)
    waiting: list[str] = []
    for _ in range(12):
        browser = world.browser(headers=HTML)
        tokens = await sign_in(browser, "shop")
        await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})

    async def post(url: str, form: object) -> int:
        waiting.append(url)
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(world.outside, "post", post)
    delivering = asyncio.create_task(replace(delivery(world), stop_seconds=0.01).run_for_ever())

    async def are_busy() -> bool:
        return len(waiting) >= 8

    async def is_there() -> bool:
        return any(recipient == "carol@example.test" for recipient, _ in world.relay.taken)

    await until(are_busy)
    await world.house.database.apply(
        [
            world.house.outbox.mail(
                "address-code",
                to="carol@example.test",
                locale="en",
                context={"code": "1234 5678", "minutes": 10},
                subject_id=None,
                now=world.clock.now(),
            )
        ]
    )
    world.house.outbox.wake()
    await until(is_there)
    delivering.cancel()
    with suppress(asyncio.CancelledError):
        await delivering


async def test_nobody_is_told_twice_by_two_nodes(world: World) -> None:
    await _shop(world)
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})
    nodes = [delivery(world) for _ in range(4)]
    await asyncio.gather(*(node.deliver_due() for node in nodes))

    assert len(world.outside.posted) == 1


async def test_what_a_deleted_account_was_signed_in_to_is_told(world: World) -> None:
    await _shop(world)
    tokens = await sign_in(world.browser(headers=HTML), "shop", whose="bb22222-ovh")
    bob = world.people["bob"]
    sub = claims_of(world, tokens["id_token"])["sub"]
    assert await world.house.database.apply(
        [PLAN_DELETION.effect(of_account=bob.account_id, then=world.clock.now())]
    )
    await delete_due(world.house, world.clock.now())

    assert [one.claims["sub"] for one in await deliver(world)] == [sub]


async def test_a_pairwise_application_is_told_of_whom_it_knows(world: World) -> None:
    await _shop(world, subject_type="pairwise")
    browser = world.browser(headers=HTML)
    tokens = await sign_in(browser, "shop")
    known = claims_of(world, tokens["id_token"])
    page = await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})
    (told,) = await deliver(world)

    assert page.status_code == 200
    assert told.claims["sub"] == known["sub"] != world.people["alice"].sub
