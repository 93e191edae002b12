"""Sessions that somebody else chose, kept, guessed or left behind."""

import pytest

from tests.attacks.paused import (
    BOB,
    Paused,
    at_email_code,
    at_second_factor,
    copied,
    sign_in_with_app,
    sign_in_with_code,
)
from tests.login.signing_in import is_signed_in
from tests.support.factors import totp_at
from tests.support.world import World, answer, asked

pytestmark = pytest.mark.requirement("S59")


async def _sids(world: World) -> list[tuple[str, str, int | None]]:
    rows = await world.rows("SELECT subject_id, sid, ended_at FROM session ORDER BY session_id")
    return [(subject, sid, ended) for subject, sid, ended in rows]


async def test_link_of_a_sign_in_is_nothing_without_its_cookie(risky_world: World) -> None:
    """§5 item 15: a restart link without cookie ownership. Mallory's link, bookmarked by the victim, begins anew in the
    victim's own browser, and what the victim proves there is in no interaction that Mallory can open.
    """
    mallory = await Paused.at_login(risky_world, state="mallory")
    victim = risky_world.browser()
    restarted = await victim.get(mallory.base)
    while restarted.is_redirect and restarted.headers["location"].startswith("/"):
        restarted = await victim.get(restarted.headers["location"])
    # The application begins again, with a state of its own; nothing of Mallory's request is answered.
    assert restarted.headers["location"].startswith("http://localhost:8001/login?")
    assert "code" in answer(await sign_in_with_code(risky_world, victim))
    await mallory.next()
    assert mallory.is_at("login")
    assert not await is_signed_in(mallory.browser)
    states = await risky_world.rows("SELECT session_id FROM interaction WHERE session_id IS NOT NULL")
    assert len(states) == 1


@pytest.mark.parametrize(
    "path", ["/login", "/email-code", "/second-factor", "/set-up", "/consent", "/other-way"]
)
async def test_bookmarked_page_of_another_browser_shows_nothing_of_it(risky_world: World, path: str) -> None:
    """§5 item 15."""
    paused = await at_email_code(risky_world)
    stranger = risky_world.browser()
    page = await stranger.get(paused.base + path)
    for _ in range(5):
        location = page.headers.get("location", "")
        if not location.startswith("/"):
            break
        page = await stranger.get(location)
    assert "alice" not in page.text
    assert "aa11111" not in page.text
    assert "idp-session" not in stranger.http.cookies
    assert await risky_world.rows("SELECT session_id FROM session") == []


async def test_new_subject_never_keeps_the_old_sid(risky_world: World) -> None:
    """§5 item 16: cancel `prompt=login`, and the new subject keeps the old sid."""
    browser = risky_world.browser()
    await sign_in_with_code(risky_world, browser)
    tokens = (await browser.redeem(await browser.authorize())).json()
    # Bob gives his password, and stops at his factor: nothing has changed hands.
    bob = await Paused.at_login(risky_world, browser=browser, prompt="login")
    await bob.password(BOB)
    assert bob.is_at("second-factor")
    assert await is_signed_in(browser)
    before = await _sids(risky_world)
    assert [subject for subject, _, _ in before] == [risky_world.people["alice"].subject_id]
    # What is issued meanwhile is Alice's.
    again = (await browser.redeem(await browser.authorize(prompt="none"))).json()
    userinfo = await browser.get("/userinfo", headers={"authorization": f"Bearer {again['access_token']}"})
    assert userinfo.json()["sub"] == risky_world.people["alice"].sub
    # He goes on: her session ends, and his is another one.
    await bob.post("second-factor", action="continue", way="totp", code=totp_at(risky_world.clock.now()))
    assert "code" in answer(bob.page)
    (alice, alices_sid, ended), (other, bobs_sid, living) = await _sids(risky_world)
    assert (alice, other) == tuple(risky_world.people[name].subject_id for name in ("alice", "bob"))
    assert alices_sid != bobs_sid
    assert ended is not None
    assert living is None
    refused = await browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refused.json()["error"] == "invalid_grant"


async def test_same_person_half_way_changes_nothing_of_the_session(risky_world: World) -> None:
    """§5 item 16: a sign-in again that is left in the middle neither renews nor lowers what is there."""
    browser = risky_world.browser()
    await sign_in_with_app(risky_world, browser)
    columns = "SELECT sid, digest, acr, amr, authenticated_at, factor_at FROM session"
    before = await risky_world.rows(columns)
    risky_world.clock.pass_(30)
    again = await Paused.at_login(risky_world, browser=browser, prompt="login")
    await again.password(BOB)
    assert again.is_at("second-factor")
    assert await risky_world.rows(columns) == before


async def test_sign_out_without_the_cookie_leaves_no_session_to_inherit(risky_world: World) -> None:
    """§5 item 17: signing out without cookies, and the next person inherits the session id."""
    browser = risky_world.browser()
    await sign_in_with_code(risky_world, browser)
    kept = dict(browser.http.cookies)
    # The browser lost its session cookie; it signs out, which then ends nothing of Alice's …
    del browser.http.cookies["idp-session"]
    assert "<form" not in (await browser.get("/logout")).text
    page = await sign_in_with_app(risky_world, browser)
    assert "code" in answer(page)
    # … and nothing of hers becomes his.
    alice, bob = await _sids(risky_world)
    assert alice[1] != bob[1]
    assert bob[0] == risky_world.people["bob"].subject_id
    old = risky_world.browser(headers={"cookie": f"idp-session={kept['idp-session']}"})
    own = await old.get("/authorize", params=asked(prompt="none"))
    tokens = (await old.redeem(own)).json()
    userinfo = await old.get("/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"})
    assert userinfo.json()["sub"] == risky_world.people["alice"].sub


async def test_signed_out_session_comes_back_by_no_sign_in(risky_world: World) -> None:
    """§5 item 17: whoever signs in next has another session, be it the same person in the same tab."""
    browser = risky_world.browser()
    await sign_in_with_code(risky_world, browser)
    former = copied(risky_world, browser)
    waiting = await Paused.at_login(risky_world, browser=browser, prompt="login")
    await browser.submit(await browser.get("/logout"), action="sign-out")
    await waiting.password()
    assert "code" in answer(waiting.page)
    assert len({sid for _, sid, _ in await _sids(risky_world)}) == 2
    assert not await is_signed_in(former)


async def test_identifiers_open_nothing(risky_world: World) -> None:
    """§5 item 18: a guessed time-ordered session id with an empty token. What the database calls things is no key."""
    browser = risky_world.browser()
    await sign_in_with_code(risky_world, browser)
    [(session_id, sid)] = await risky_world.rows("SELECT session_id, sid FROM session")
    [(device_id,)] = await risky_world.rows("SELECT device_id FROM device")
    value = browser.http.cookies["idp-session"]
    guesses = (
        session_id,
        sid,
        device_id,
        f"{session_id}.",
        f"{session_id}.{sid}",
        value[:22],
        value[:-1],
        "",
    )
    for guess in guesses:
        thief = risky_world.browser(headers={"cookie": f"idp-session={guess}"})
        assert answer(await thief.get("/authorize", params=asked(prompt="none")))["error"] == "login_required"
        elsewhere = risky_world.browser(address="203.0.113.9")
        elsewhere.http.cookies.set("idp-device", guess, domain="localhost.local")
        paused = await Paused.at_login(risky_world, browser=elsewhere)
        await paused.password()
        assert paused.is_at("email-code"), guess


async def test_guessed_identifiers_of_challenges_and_interactions_are_nobodys(risky_world: World) -> None:
    """§5 item 18: identifiers that count up, or that were seen in a log, lead into nobody's sign-in."""
    paused = await at_second_factor(risky_world)
    interaction = paused.base.rpartition("/")[2]
    neighbour = f"{int(interaction, 16) + 1:032x}"
    for guess in (neighbour, interaction.upper(), "0" * 32, "..", "%2e%2e", "%00", "%ff"):
        page = await paused.browser.get(f"/sign-in/{guess}")
        assert 'id="second-factor"' not in page.text
        assert page.status_code in (303, 400, 404, 410)
    assert await risky_world.rows("SELECT session_id FROM session") == []


async def test_session_cookie_from_before_the_last_proof_is_dead(risky_world: World) -> None:
    """S59: the cookie changes whenever what it is worth rises."""
    browser = risky_world.browser()
    await sign_in_with_code(risky_world, browser)
    before = copied(risky_world, browser)
    await sign_in_with_code(risky_world, browser)
    assert not await is_signed_in(before)
    assert await is_signed_in(browser)
