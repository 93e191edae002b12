"""Guesses are counted for the person, at every door, however often the sign-in begins anew."""

import asyncio

import pytest

from idp.account import totp as apps
from idp.login import codes, sent_code
from idp.login.factors import totp
from tests.attacks.paused import ALICE, BOB, Paused, at_email_code, at_second_factor, sign_in_with_app
from tests.support.factors import give_factors, totp_at
from tests.support.world import World, asked

pytestmark = pytest.mark.requirement("S41")

WRONG = "00000000"


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every code that is compared, by the real comparisons."""
    seen: list[str] = []

    def matching_step(secret: str, code: str, *, now: int, last_step: int) -> apps.StepMatch:
        seen.append(code)
        return apps.matching_step(secret, code, now=now, last_step=last_step)

    real = codes.is_right

    async def is_right(*args: object, **kwargs: object) -> bool:
        seen.append("mailed")
        return await real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(totp, "matching_step", matching_step)
    monkeypatch.setattr(sent_code, "is_right", is_right)
    return seen


def _wrong(world: World) -> str:
    right = {totp_at(world.clock.now() + shift) for shift in (-30, 0, 30)}
    return next(code for code in ("000000", "111111", "222222", "333333") if code not in right)


async def test_restarted_sign_ins_share_the_persons_tries(risky_world: World, compared: list[str]) -> None:
    """§5 item 19: unlimited factor guesses. A new sign-in, in a new browser, gives no new tries."""
    for _ in range(10):
        paused = await at_second_factor(risky_world)
        for _ in range(5):
            await paused.send("second-factor", action="continue", way="totp", code=_wrong(risky_world))
    assert len(compared) <= 6
    # The right one waits as long as any other.
    paused = await at_second_factor(risky_world)
    code = totp_at(risky_world.clock.now())
    answered = await paused.send("second-factor", action="continue", way="totp", code=code)
    assert answered.status_code == 429
    assert int(answered.headers["retry-after"]) >= 1
    assert len(compared) <= 6


async def test_step_up_counts_like_signing_in(risky_world: World, compared: list[str]) -> None:
    """§5 items 19 and 20: the same limit at another door. A session that lacks a factor is asked for it."""
    await give_factors(risky_world.house, risky_world.people["alice"].subject_id, two_factor=False)
    paused = await at_email_code(risky_world)
    await paused.post("email-code", action="continue", code=await paused.mailed_code())
    compared.clear()
    for _ in range(8):
        page = await paused.browser.authorize(acr_values="2")
        assert '<form id="second-factor"' in page.text
        base = page.url.path.rpartition("/")[0]
        door = Paused(world=risky_world, browser=paused.browser, page=page, base=base)
        for _ in range(5):
            await door.send("second-factor", action="continue", way="totp", code=_wrong(risky_world))
    assert len(compared) <= 6
    acrs = await risky_world.rows("SELECT acr FROM session")
    assert acrs == [("1",)]


async def test_recent_proof_for_ones_own_pages_counts_like_signing_in(
    risky_world: World, compared: list[str]
) -> None:
    """§5 item 20. Whoever sits at somebody's open session guesses at the factor that security pages want."""
    browser = risky_world.browser()
    await sign_in_with_app(risky_world, browser)
    risky_world.clock.pass_(600)
    compared.clear()
    for _ in range(8):
        page = await browser.follow(await browser.get("/account/security/set-up"))
        assert '<form id="second-factor"' in page.text, page.url
        base = page.url.path.rpartition("/")[0]
        door = Paused(world=risky_world, browser=browser, page=page, base=base)
        for _ in range(5):
            await door.send("second-factor", action="continue", way="totp", code=_wrong(risky_world))
    assert len(compared) <= 6


async def test_mailed_codes_share_the_persons_guesses(risky_world: World, compared: list[str]) -> None:
    """§5 item 19, for mailed codes: new challenges bring new codes, and no more guesses in all."""
    for number in range(8):
        paused = await at_email_code(risky_world, address=f"203.0.113.{number}")
        for _ in range(6):
            await paused.send("email-code", action="continue", code=WRONG)
        await paused.password(ALICE)
        for _ in range(6):
            await paused.send("email-code", action="continue", code=WRONG)
    assert len(compared) <= 12
    assert await risky_world.rows("SELECT session_id FROM session") == []


async def test_hundred_mailed_guesses_at_once_compare_no_more_than_the_tries(
    risky_world: World, compared: list[str]
) -> None:
    paused = await at_email_code(risky_world)
    answers = await asyncio.gather(
        *[paused.send("email-code", action="continue", code=f"{number:08}") for number in range(100)]
    )
    assert len(compared) <= 5
    assert {answered.status_code for answered in answers} <= {303, 422, 429}


async def test_right_mailed_code_a_hundred_times_at_once_is_redeemed_once(risky_world: World) -> None:
    paused = await at_email_code(risky_world)
    code = await paused.mailed_code()
    await asyncio.gather(*[paused.send("email-code", action="continue", code=code) for _ in range(100)])
    [(proofs,)] = await risky_world.rows("SELECT proofs FROM interaction")
    assert proofs.count("email-code") == 1


async def test_silent_requests_and_wrong_states_guess_at_nothing(
    risky_world: World, compared: list[str]
) -> None:
    """§5 item 20: doors that ask for no proof take none."""
    paused = await at_second_factor(risky_world, BOB)
    await paused.browser.get("/authorize", params=asked(prompt="none"))
    for step in ("login", "consent", "select-account", "email-code", "address", "set-up", "other-way"):
        await paused.send(step, action="continue", way="totp", code=_wrong(risky_world))
    assert compared == []
