"""The trail of a sign-in: what happened, who did it, and from where."""

import hmac
import json

import pytest

from idp.signing.secrets import Purpose
from tests.events.journeying import SPA, request_id, trail, types
from tests.support.world import PASSWORD, START, World

ADDRESS = "203.0.113.77"


@pytest.mark.requirement("S86")
async def test_sign_in_and_tokens_are_recorded(world: World) -> None:
    browser = world.browser(address=ADDRESS)
    redirect = await browser.sign_in()
    tokens = await browser.redeem(redirect)
    refreshed = await browser.token(grant_type="refresh_token", refresh_token=tokens.json()["refresh_token"])
    confirmation = await browser.get("/logout")
    signed_out = await browser.submit(confirmation)

    alice = world.people["alice"].subject_id
    [(session_id,)] = await world.rows("SELECT session_id FROM session")
    [(family_id,)] = await world.rows("SELECT family_id FROM family")
    events = await trail(world)
    assert types(events) == [
        "sign_in.succeeded", "authorization.granted", "token.issued", "token.refreshed", "session.ended",
    ]  # fmt: skip
    assert [event["correlation_id"] for event in events] == [
        *[request_id(redirect)] * 2, request_id(tokens), request_id(refreshed), request_id(signed_out),
    ]  # fmt: skip
    key = world.house.secrets.newest(Purpose.ADDRESS)
    digest = hmac.digest(key.value, ADDRESS.encode(), "sha256").hex()
    for event in events:
        assert event["at"] == START
        assert event["outcome"] == "success"
        assert event["subject_id"] == alice
        assert event["address_digest"] == digest
        assert event["address_key_id"] == key.secret_id
    person, client = f"subject:{alice}", "client:manager"
    assert [event["actor"] for event in events] == [person, person, client, client, person]
    assert [event["client_id"] for event in events] == [*["manager"] * 4, None]
    assert [event["family_id"] for event in events] == [None, *[family_id] * 3, None]
    assert {event["session_id"] for event in events} <= {session_id, None}
    assert events[0]["session_id"] == events[1]["session_id"] == events[4]["session_id"] == session_id
    assert events[0]["factor"] == "pwd"
    assert json.loads(events[1]["details"]) == {
        "response_type": "code",
        "scopes": ["openid", "profile", "email"],
    }


@pytest.mark.requirement("S86")
async def test_failures_are_recorded_with_their_reason(world: World) -> None:
    browser = world.browser(address=ADDRESS)
    page = await browser.authorize()
    responses = [
        await browser.submit(page, username=username, password=password)
        for username, password in (
            ("aa11111-ovh", "wrong"),
            ("zz99999-ovh", "wrong"),
            ("dd44444-ovh", "wrong"),
            ("dd44444-ovh", PASSWORD),
            *[("bb22222-ovh", "wrong")] * 6,
        )
    ]
    events = await trail(world)
    assert [event["correlation_id"] for event in events] == [request_id(response) for response in responses]
    assert types(events) == [*["sign_in.failed"] * 9, "sign_in.throttled"]
    assert [event["reason"] for event in events] == [
        "wrong_password", "unknown_account", "wrong_password", "disabled", *["wrong_password"] * 5, "throttled",
    ]  # fmt: skip
    named = {"aa": "alice", "dd": "dan", "bb": "bob"}
    subjects = ["aa", None, "dd", "dd", *["bb"] * 6]
    assert [event["subject_id"] for event in events] == [
        world.people[named[who]].subject_id if who else None for who in subjects
    ]
    for event in events:
        assert event["outcome"] == "failure"
        assert event["actor"] == "anonymous"
        assert event["client_id"] == "manager"
        assert event["factor"] == "pwd"
        assert event["address_digest"]


@pytest.mark.requirement("S86")
async def test_consent_and_denial_are_recorded(world: World) -> None:
    browser = world.browser()
    denied = await browser.submit(await browser.sign_in(**SPA), action="deny")
    allowed = await browser.submit(await browser.authorize(**SPA), action="allow")
    await browser.follow(allowed)
    events = (await trail(world))[1:]
    assert types(events) == ["authorization.denied", "consent.granted", "authorization.granted"]
    assert events[0]["reason"] == "access_denied"
    assert [event["correlation_id"] for event in events[:2]] == [request_id(denied), request_id(allowed)]
    alice = world.people["alice"].subject_id
    for event in events:
        assert event["actor"] == f"subject:{alice}"
        assert event["subject_id"] == alice
        assert event["client_id"] == "spa"
        assert event["session_id"]


@pytest.mark.requirement("S86")
async def test_replays_are_recorded(world: World) -> None:
    browser = world.browser()
    redirect = await browser.sign_in()
    first = (await browser.redeem(redirect)).json()
    replayed = await browser.redeem(redirect)
    second = await browser.sign_in(prompt="login")
    tokens = (await browser.redeem(second)).json()
    for _ in range(2):
        tokens = (
            await browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
        ).json()
    world.clock.pass_(60)
    reused = await browser.redeem(second)
    assert replayed.json()["error"] == reused.json()["error"] == "invalid_grant"
    assert first["refresh_token"] != tokens["refresh_token"]
    events = {event["correlation_id"]: event for event in await trail(world)}
    for response in (replayed, reused):
        event = events[request_id(response)]
        assert event["type"] == "code.replayed"
        assert event["outcome"] == "failure"
        assert event["client_id"] == "manager"
        assert event["family_id"]


@pytest.mark.requirement("S86")
async def test_who_takes_over_a_browser_ends_the_session_on_the_record(world: World) -> None:
    browser = world.browser()
    await browser.sign_in()
    redirect = await browser.sign_in("bb22222-ovh", prompt="login")
    ended = [event for event in await trail(world) if event["type"] == "session.ended"]
    assert [(event["subject_id"], event["reason"]) for event in ended] == [
        (world.people["alice"].subject_id, "session_replaced")
    ]
    assert ended[0]["correlation_id"] == request_id(redirect)
