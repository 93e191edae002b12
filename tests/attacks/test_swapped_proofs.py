"""A proof counts for its own interaction, person and browser: swapping any one of them fails."""

import pytest

from tests.attacks.paused import (
    ALICE,
    BOB,
    Paused,
    at_email_code,
    at_second_factor,
    at_set_up,
    backup_code,
    copied,
)
from tests.support.factors import BACKUP_CODES, TOTP_SECRET, give_factors, totp_at
from tests.support.world import World, answer, asked

pytestmark = pytest.mark.requirement("S33")


async def _sessions(world: World) -> list[str]:
    return [subject for (subject,) in await world.rows("SELECT subject_id FROM session")]


async def test_mailed_code_of_one_sign_in_is_worth_nothing_in_another(risky_world: World) -> None:
    """§5 items 5 and 10: two sign-ins of one person in one browser, and the code of the first in the second."""
    first = await at_email_code(risky_world)
    code = await first.mailed_code()
    second = await Paused.at_login(risky_world, browser=first.browser, state="second")
    await second.password()
    other = await second.mailed_code()
    assert code != other
    await second.post("email-code", action="continue", code=code)
    assert second.is_at("email-code")
    assert await _sessions(risky_world) == []
    # Each is right where it belongs.
    await second.post("email-code", action="continue", code=other)
    assert answer(second.page)["state"] == "second"


async def test_mailed_code_of_one_person_is_worth_nothing_to_another(risky_world: World) -> None:
    """Mallory has an account and gets codes for it; Alice's password is all that they have of hers."""
    await give_factors(risky_world.house, risky_world.people["alice"].subject_id, two_factor=False)
    mallory = await at_email_code(risky_world, "ad90000-ovh")
    code = await mallory.mailed_code()
    victim = await at_email_code(risky_world)
    await victim.post("email-code", action="continue", code=code)
    assert victim.is_at("email-code")
    assert await _sessions(risky_world) == []


async def test_person_who_changes_in_an_interaction_takes_no_proof_along(risky_world: World) -> None:
    """§5 item 5: a code that was proven for oneself, then the password of somebody else in the same interaction."""
    paused = await at_email_code(risky_world, "ad90000-ovh")
    code = await paused.mailed_code()
    await paused.password(ALICE)
    assert paused.is_at("email-code")
    await paused.post("email-code", action="continue", code=code)
    assert paused.is_at("email-code")
    assert await _sessions(risky_world) == []
    proofs = await risky_world.rows("SELECT proofs FROM interaction")
    assert all("email-code" not in proof for (proof,) in proofs)


async def test_factor_of_one_person_is_worth_nothing_to_another(risky_world: World) -> None:
    """Two people with apps: one's code and backup codes open nothing of the other's."""
    secret = TOTP_SECRET[::-1]
    own = tuple(code.replace("A", "Z") for code in BACKUP_CODES[:1])
    await give_factors(
        risky_world.house, risky_world.people["ada"].subject_id, apps=(secret,), backup_codes=own
    )
    paused = await at_second_factor(risky_world)
    for typed in (totp_at(risky_world.clock.now(), secret), own[0]):
        await paused.post("second-factor", action="continue", way="totp", code=typed)
        assert paused.is_at("second-factor")
    assert await _sessions(risky_world) == []


async def test_two_people_in_one_browser_do_not_finish_for_each_other(risky_world: World) -> None:
    """Alice waits for her code in one tab, Bob for his factor in the other: each finishes as themselves."""
    alice = await at_email_code(risky_world)
    bob = await Paused.at_login(risky_world, browser=alice.browser, state="bob")
    await bob.password(BOB)
    assert bob.is_at("second-factor")
    # The second password took the cookie that proofs are bound to: the first tab begins again, as nobody.
    await alice.post("email-code", action="continue", code=await alice.mailed_code())
    assert alice.is_at("login")
    await bob.post("second-factor", action="continue", way="totp", code=totp_at(risky_world.clock.now()))
    tokens = (await bob.browser.redeem(bob.page)).json()
    userinfo = await bob.browser.get(
        "/userinfo", headers={"authorization": f"Bearer {tokens['access_token']}"}
    )
    assert userinfo.json()["sub"] == risky_world.people["bob"].sub
    assert await _sessions(risky_world) == [risky_world.people["bob"].subject_id]


async def test_same_person_in_two_tabs_gets_on_in_both(risky_world: World) -> None:
    """Whichever tab is finished first, the other one asks for what it asked for, or for nothing."""
    first = await Paused.at_login(risky_world, state="first")
    await first.password()
    await first.mailed_code()  # Two mails of one second arrive in any order.
    second = await Paused.at_login(risky_world, browser=first.browser, state="second")
    await second.password()
    await second.post("email-code", action="continue", code=await second.mailed_code())
    assert answer(second.page)["state"] == "second"
    await first.next()
    assert answer(first.page)["state"] == "first"
    assert len(await _sessions(risky_world)) == 1


async def test_interaction_belongs_to_the_browser_that_began_it(risky_world: World) -> None:
    """§5 item 15: the link of an interaction, with all that was proven in it, opened elsewhere."""
    paused = await at_second_factor(risky_world)
    thief = risky_world.browser()
    for path in (paused.base, f"{paused.base}/second-factor", f"{paused.base}/set-up"):
        page = await thief.follow(await thief.get(path))
        assert '<form id="second-factor"' not in page.text
    elsewhere = Paused(world=risky_world, browser=thief, page=paused.page, base=paused.base)
    await thief.authorize()
    await elsewhere.send(
        "second-factor", action="continue", way="totp", code=totp_at(risky_world.clock.now())
    )
    assert await _sessions(risky_world) == []
    assert await risky_world.rows("SELECT last_step FROM totp") == [(-1,)]


async def test_planted_browser_cookie_reaps_no_proof(risky_world: World) -> None:
    """§5 item 15: Mallory plants the cookie and the link of an interaction, waits until somebody proves who they are,
    and goes on with their own browser.
    """
    mallory = await Paused.at_login(risky_world)
    victim = copied(risky_world, mallory.browser)
    proven = Paused(world=risky_world, browser=victim, page=mallory.page, base=mallory.base)
    await proven.password(BOB)
    assert proven.is_at("second-factor")
    # What was proven there is not Mallory's: neither to be gone on with, nor to be added to.
    await mallory.next()
    assert mallory.is_at("login")
    await mallory.send("second-factor", action="continue", way="totp", code=backup_code())
    await mallory.next()
    assert mallory.is_at("login")
    assert await _sessions(risky_world) == []
    # Nor after the last proof: the session is made in the browser that gave it.
    code = totp_at(risky_world.clock.now())
    answered = await proven.send("second-factor", action="continue", way="totp", code=code)
    assert answered.headers["location"] == proven.base
    await mallory.next()
    assert mallory.is_at("login")
    assert await _sessions(risky_world) == []
    await proven.next()
    assert "code" in answer(proven.page)


async def test_cookies_copied_in_the_middle_are_stale_after_the_next_proof(risky_world: World) -> None:
    paused = await at_second_factor(risky_world)
    thief = copied(risky_world, paused.browser)
    code = totp_at(risky_world.clock.now())
    await paused.send("second-factor", action="continue", way="totp", code=code)
    page = await thief.follow(await thief.get(paused.base))
    assert '<form id="login"' in page.text
    assert "idp-session" not in thief.http.cookies


async def test_copy_of_a_session_does_not_reap_a_step_up(risky_world: World) -> None:
    """§5 item 15: somebody with a copy of the cookies opens a step-up, and waits at its dispatcher until the owner, led
    there, proves the factor: the raised session is in the owner's browser alone.
    """
    await give_factors(risky_world.house, risky_world.people["alice"].subject_id, two_factor=False)
    owner = await at_email_code(risky_world)
    await owner.post("email-code", action="continue", code=await owner.mailed_code())
    thief = copied(risky_world, owner.browser)
    page = await thief.authorize(acr_values="2")
    base = page.url.path.rpartition("/")[0]
    proving = Paused(world=risky_world, browser=owner.browser, page=page, base=base)
    code = totp_at(risky_world.clock.now())
    assert (await proving.send("second-factor", action="continue", way="totp", code=code)).status_code == 303
    reaped = await thief.follow(await thief.get(base))
    assert '<form id="second-factor"' in reaped.text
    assert await risky_world.rows("SELECT acr FROM session") == [("1",)]
    assert "code" in answer(await proving.next())
    assert await risky_world.rows("SELECT acr FROM session") == [("2",)]
    assert "error" in answer(await thief.get("/authorize", params=asked(prompt="none")))


async def test_set_up_of_one_person_is_none_of_another(risky_world: World) -> None:
    """Ada begins to set an app up; with Bob's password in the same interaction nothing of it is his."""
    paused = await at_set_up(risky_world)
    named = [enrolment for (enrolment,) in await risky_world.rows("SELECT enrolment_id FROM enrolment")]
    assert named
    await paused.password(BOB)
    assert paused.is_at("second-factor")
    for step in ("choose", "totp", "key", "phone", "backup-codes"):
        for field in ("enrolment", "enrolment_id", "row"):
            await paused.send(
                "set-up", form=step, action="continue", kind="totp", code="123456", **{field: named[0]}
            )
    await paused.next()
    assert paused.is_at("second-factor")
    owners = await risky_world.rows("SELECT DISTINCT subject_id FROM enrolment")
    assert owners == [(risky_world.people["ada"].subject_id,)]
    assert await risky_world.rows("SELECT count(*) FROM totp") == [(1,)]


async def test_proof_for_a_session_raises_that_session_alone(risky_world: World) -> None:
    """A factor that was asked for in one session does not raise the session that took its place."""
    browser = risky_world.browser()
    alice = await Paused.at_login(risky_world, browser=browser)
    await give_factors(risky_world.house, risky_world.people["alice"].subject_id, two_factor=False)
    await alice.password()
    await alice.post("email-code", action="continue", code=await alice.mailed_code())
    raising = await browser.authorize(acr_values="2", state="raised")
    assert '<form id="second-factor"' in raising.text
    base = str(raising.url.path).rpartition("/")[0]
    step_up = Paused(world=risky_world, browser=browser, page=raising, base=base)
    code = totp_at(risky_world.clock.now())
    answered = await step_up.send("second-factor", action="continue", way="totp", code=code)
    assert answered.headers["location"] == base
    # Before the dispatcher adds it, somebody else signs in here.
    bob = await Paused.at_login(risky_world, browser=browser, prompt="login")
    await bob.password(BOB)
    await bob.post("second-factor", action="continue", way="backup-code", code=backup_code())
    assert "code" in answer(bob.page)
    await step_up.next()
    acrs = await risky_world.rows("SELECT acr, amr, subject_id FROM session WHERE ended_at IS NULL")
    assert [(acr, subject) for acr, _, subject in acrs] == [("2", risky_world.people["bob"].subject_id)]
    assert '"otp"' not in acrs[0][1]
