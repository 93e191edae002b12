"""Redeeming a code. RFC 6749 §4.1.3, RFC 7636 §4.6, RFC 9700 §4.5 and §4.8, OAuth 2.1 §7.5.2."""

from collections.abc import Awaitable, Callable

import httpx2
import pytest

from idp.account.ending import end_all_sessions
from idp.account.status import disable_account
from idp.records.event import Occasion
from tests.oauth.wire import NATIVE, is_alive, refresh, refused, success, userinfo
from tests.support.clients import API, LEDGER
from tests.support.world import ISSUER, START, VERIFIER, World, answer

_OTHER_VERIFIER = "w" * 43


async def test_the_answer_is_what_the_specifications_say(world: World) -> None:
    """Authlib deviations 9, 20, 21, 22: auth_time defaulted to now, no at_hash for EdDSA, no `kid`, a random key."""
    response = await world.browser().sign_in()
    world.clock.pass_(30)

    tokens = success(await world.browser().redeem(response))

    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"}
    assert (tokens["token_type"], tokens["expires_in"]) == ("Bearer", 600)
    assert tokens["scope"] == "openid profile email"
    access = world.house.keyring.verify(tokens["access_token"], typ="at+jwt", now=world.clock.now())
    assert set(access) == {
        "iss", "sub", "aud", "iat", "exp", "jti", "client_id", "fid", "scope", "auth_time", "acr", "amr",
    }  # fmt: skip
    assert (access["iss"], access["client_id"], access["auth_time"]) == (ISSUER, "manager", START)
    identity = world.house.keyring.verify(tokens["id_token"], typ="JWT", now=world.clock.now())
    assert set(identity) == {
        "iss", "sub", "aud", "iat", "exp", "auth_time", "acr", "amr", "sid", "at_hash", "nonce",
    }  # fmt: skip
    assert (identity["iss"], identity["aud"], identity["auth_time"]) == (ISSUER, "manager", START)


@pytest.mark.requirement("S4", "S5", "S9", "S35")
async def test_a_wrong_request_burns_nothing(world: World, subtests: pytest.Subtests) -> None:
    """CVE-2026-55672: another client. CVE-2023-48228, GO-2024-2479: the verifier left out."""
    response = await world.browser().sign_in()
    code = answer(response)["code"]
    browser = world.browser()
    wrongs: list[tuple[str, dict[str, str], str]] = [
        ("manager", {"code_verifier": ""}, "invalid_grant"),
        ("manager", {"code_verifier": _OTHER_VERIFIER}, "invalid_grant"),
        ("manager", {"code_verifier": VERIFIER + "="}, "invalid_grant"),
        ("manager", {"code_verifier": "\N{SNOWMAN}" * 43}, "invalid_grant"),
        ("manager", {"code_verifier": VERIFIER[:-1]}, "invalid_grant"),
        ("manager", {"code_verifier": "v" * 129}, "invalid_grant"),
        ("manager", {"redirect_uri": ""}, "invalid_grant"),
        ("manager", {"redirect_uri": "http://localhost:8001/callback/"}, "invalid_grant"),
        ("manager", {"redirect_uri": 'http://localhost:8001/"\N{SNOWMAN}'}, "invalid_grant"),
        ("manager", {"resource": LEDGER}, "invalid_target"),
        ("manager", {"resource": "\N{SNOWMAN}"}, "invalid_target"),
        ("manager", {"code": code[:-1] + ("A" if code[-1] != "A" else "B")}, "invalid_grant"),
        ("manager", {"code": code[:22] + "A" * 42}, "invalid_grant"),
        ("manager", {"code": code[:-1]}, "invalid_grant"),
        ("manager", {"code": code + "A"}, "invalid_grant"),
        ("manager", {"code": code.swapcase()}, "invalid_grant"),
        ("manager", {"code": "\N{SNOWMAN}"}, "invalid_grant"),
        ("manager", {"code": ""}, "invalid_request"),
        ("manager", {"grant_type": "refresh_token", "refresh_token": code}, "invalid_grant"),
        ("native", {}, "invalid_grant"),
        ("spa", {}, "invalid_client"),
    ]
    for client, form, error in wrongs:
        with subtests.test(client=client, form=form):
            if client == "spa":
                answered = await browser.redeem(response, "native", client_id="nobody")
                assert answered.json()["error"] == error
                continue
            refused(await browser.redeem(response, client, **form), error)
    assert await world.rows("SELECT redeemed_at FROM code") == [(None,)]
    assert await world.rows("SELECT token_id FROM refresh_token") == []

    tokens = success(await browser.redeem(response))

    assert await is_alive(world, tokens)


@pytest.mark.requirement("S5")
async def test_a_second_valid_redemption_ends_the_family(world: World) -> None:
    """Authlib deviation 14: what had been issued lived on. oidcc-codereuse."""
    response = await world.browser().sign_in()
    browser = world.browser()
    tokens = success(await browser.redeem(response))
    assert await is_alive(world, tokens)

    refused(await browser.redeem(response), "invalid_grant")

    assert not await is_alive(world, tokens)
    refused(await refresh(browser, tokens["refresh_token"]), "invalid_grant")
    assert await world.rows("SELECT revoked_reason FROM family") == [("code_replayed",)]
    refused(await browser.redeem(response), "invalid_grant")
    assert await world.rows("SELECT count(*) FROM audit_event WHERE type = 'code.replayed'") == [(1,)]


@pytest.mark.requirement("S5")
async def test_a_replay_that_is_not_valid_revokes_nothing(world: World) -> None:
    response = await world.browser().sign_in()
    browser = world.browser()
    tokens = success(await browser.redeem(response))

    for client, form in (
        ("manager", {"code_verifier": _OTHER_VERIFIER}),
        ("manager", {"code_verifier": ""}),
        ("manager", {"redirect_uri": "http://localhost:8001/other"}),
        ("native", {}),
        ("machine", {}),
    ):
        assert (await browser.redeem(response, client, **form)).status_code == 400
    wrong_secret = await browser.http.post(
        "/token",
        data={
            "grant_type": "authorization_code",
            "code": answer(response)["code"],
            "redirect_uri": "http://localhost:8001/callback",
            "code_verifier": VERIFIER,
            "client_id": "manager",
            "client_secret": "wrong",
        },
    )
    refused(wrong_secret, "invalid_client", 401)

    assert await is_alive(world, tokens)
    success(await refresh(browser, tokens["refresh_token"]))


@pytest.mark.requirement("S5")
async def test_a_late_replay_still_ends_the_family(world: World) -> None:
    response = await world.browser().sign_in()
    browser = world.browser()
    tokens = success(await browser.redeem(response))

    world.clock.pass_(3_600)
    refused(await browser.redeem(response), "invalid_grant")

    refused(await refresh(browser, tokens["refresh_token"]), "invalid_grant")


@pytest.mark.requirement("S6")
async def test_a_code_lives_for_60_seconds(world: World) -> None:
    early = await world.browser().sign_in()
    late = await world.browser().sign_in()

    world.clock.pass_(59)
    success(await world.browser().redeem(early))
    world.clock.pass_(1)
    refused(await world.browser().redeem(late), "invalid_grant")
    assert await world.rows("SELECT count(*) FROM code WHERE redeemed_at IS NULL") == [(1,)]


async def test_a_scope_beside_a_code_is_ignored(sqlite_world: World) -> None:
    """RFC 6749 §3.2: it is no parameter of this grant, though some clients send it."""
    response = await sqlite_world.browser().sign_in()

    tokens = success(await sqlite_world.browser().redeem(response, scope="openid admin"))

    assert tokens["scope"] == "openid profile email"


async def test_a_token_can_be_for_a_part_of_the_resources(sqlite_world: World) -> None:
    response = await sqlite_world.browser().sign_in(resource=API)

    tokens = success(await sqlite_world.browser().redeem(response, resource=API))

    assert sqlite_world.house.keyring.verify(tokens["access_token"], typ="at+jwt")["aud"] == API


async def _disable(world: World) -> None:
    house = world.house
    await disable_account(
        house.database, house.audit, Occasion(now=START, actor="cli:test"), world.people["alice"]
    )


async def _end_sessions(world: World) -> None:
    house = world.house
    subject_id = world.people["alice"].subject_id
    occasion = Occasion(now=START, actor=f"subject:{subject_id}")
    await end_all_sessions(house.database, house.audit, occasion, subject_id=subject_id)


@pytest.mark.parametrize("end", [_disable, _end_sessions])
async def test_what_ends_between_code_and_redemption_yields_nothing(
    world: World, end: Callable[[World], Awaitable[None]]
) -> None:
    """CVE-2023-22492: a locked person still got tokens."""
    response = await world.browser().sign_in()

    await end(world)

    refused(await world.browser().redeem(response), "invalid_grant")
    assert await world.rows("SELECT token_id FROM refresh_token") == []


@pytest.mark.requirement("S8")
async def test_a_native_client_can_not_be_downgraded(world: World) -> None:
    """CVE-2023-48228: without a verifier, or with one that fits nothing, there is no token."""
    response = await world.browser().sign_in(**NATIVE)
    browser = world.browser()

    refused(await browser.redeem(response, "native", code_verifier=""), "invalid_grant")
    refused(await browser.redeem(response, "native", code_verifier=_OTHER_VERIFIER), "invalid_grant")

    assert "refresh_token" not in success(await browser.redeem(response, "native"))


@pytest.mark.requirement("S29")
async def test_sub_is_no_client_and_tells_nothing(world: World) -> None:
    tokens = success(await world.browser().redeem(await world.browser().sign_in()))
    sub = world.house.keyring.verify(tokens["id_token"], typ="JWT")["sub"]

    assert sub == world.people["alice"].sub != world.people["bob"].sub
    assert len(sub) >= 22
    for telling in ("aa11111", "alice", world.people["alice"].subject_id, "manager"):
        assert telling not in sub


async def test_userinfo_is_for_the_scopes_that_were_granted(world: World) -> None:
    response: httpx2.Response = await world.browser().sign_in(scope="openid email")
    tokens = success(await world.browser().redeem(response))

    claims = (await userinfo(world.browser(), tokens["access_token"])).json()

    assert set(claims) == {"sub", "email", "email_verified"}
