"""A step counts as passed by its own proof alone: not by an empty form, a later page, another way, or a restart."""

import itertools
from collections.abc import Awaitable, Callable

import pytest

from idp.login.prompts import PROMPTS
from tests.attacks.paused import Paused, at_email_code, at_second_factor, at_set_up
from tests.support.world import Browser, World, asked

pytestmark = pytest.mark.requirement("S33")

STATES: dict[str, tuple[Callable[[World], Awaitable[Paused]], str]] = {
    "nobody": (Paused.at_login, "login"),
    "email-code": (at_email_code, "email-code"),
    "second-factor": (at_second_factor, "second-factor"),
    "set-up": (at_set_up, "set-up"),
}
ACTIONS = (
    "continue",
    "resend",
    "send",
    "other-way",
    "totp",
    "security-key",
    "sms",
    "backup-code",
    "skip",
    "change",
    "options",
    "allow",
    "deny",
    "other",
    "done",
    "finish",
    "next",
    "begin",
    "add",
    "turn-on",
    "copied",
    "sign-out",
)
FILLED = {"code": "", "credential": "", "email": "", "account": "aa11111-ovh", "password": "", "kind": "totp"}


async def _progress(world: World) -> list[tuple[object, ...]]:
    """Whatever a step forward would change."""
    return [
        *await world.rows("SELECT proofs, session_id, raised_session_id, completed_at FROM interaction"),
        *await world.rows("SELECT session_id, acr, amr FROM session"),
        *await world.rows("SELECT subject_id, two_factor_at FROM security ORDER BY subject_id"),
        *await world.rows("SELECT totp_id, last_step FROM totp"),
        *await world.rows("SELECT passkey_id FROM passkey"),
        *await world.rows("SELECT phone_id FROM phone"),
        *await world.rows("SELECT count(*) FROM backup_code WHERE used_at IS NULL"),
        *await world.rows("SELECT device_id FROM device"),
        *await world.rows("SELECT family_id FROM family"),
        *await world.rows("SELECT scope FROM consent"),
    ]


@pytest.mark.parametrize("state", STATES)
async def test_no_form_without_its_proof_is_a_step(sqlite_risky_world: World, state: str) -> None:
    """§5 item 12: an empty post passes a stage. Item 13: a step is submitted without its out-of-band check."""
    world = sqlite_risky_world
    arrive, step = STATES[state]
    paused = await arrive(world)
    before = await _progress(world)
    for prompt, action in itertools.product([module.PATH for module in PROMPTS], ["", *ACTIONS]):
        for fields in ({}, FILLED):
            await paused.send(prompt, **({"action": action} if action else {}), **fields)
    await paused.browser.http.post(f"{paused.base}/{step}")
    assert await _progress(world) == before
    await paused.next()
    assert step in paused.page.url.path


@pytest.mark.parametrize("state", STATES)
async def test_looking_at_pages_moves_nothing_forward(sqlite_risky_world: World, state: str) -> None:
    """§5 items 12 to 14: pages of later steps, and the dispatcher, opened in any order."""
    world = sqlite_risky_world
    arrive, step = STATES[state]
    paused = await arrive(world)
    before = await _progress(world)
    for path in ("", *(f"/{module.PATH}" for module in PROMPTS)):
        for query in ("", "?choose=1", "?step=done", "?enrolment=x"):
            await paused.browser.get(paused.base + path + query)
    assert await _progress(world) == before
    await paused.next()
    assert step in paused.page.url.path


@pytest.mark.parametrize("state", ["email-code", "second-factor", "set-up"])
async def test_starting_again_skips_nothing(risky_world: World, state: str) -> None:
    """§5 item 14: a restart skips forced set-up. A new request in the same browser owes all of it again."""
    arrive, step = STATES[state]
    paused = await arrive(risky_world)
    browser = paused.browser
    for prompt in ("", "login", "consent", "select_account"):
        page = await browser.authorize(prompt=prompt)
        assert '<form id="login"' in page.text
    silent = await browser.get("/authorize", params=asked(prompt="none"))
    assert "error=login_required" in silent.headers["location"]
    # The first one is where it was.
    await paused.next()
    assert step in paused.page.url.path
    assert await risky_world.rows("SELECT session_id FROM session") == []


async def test_account_pages_take_nobody_who_is_half_signed_in(risky_world: World) -> None:
    """§5 item 14. Neither our own pages nor the application see somebody who still owes a proof."""
    for state in ("email-code", "second-factor", "set-up"):
        arrive, _ = STATES[state]
        paused = await arrive(risky_world)
        for path in ("/account", "/account/security", "/account/devices", "/account/security/set-up"):
            page = await paused.browser.follow(await paused.browser.get(path))
            assert '<form id="login"' in page.text, (state, path)


async def test_another_way_marks_nothing_passed(risky_world: World) -> None:
    """§5 item 1, at sign-in: "try another way" marks the step passed."""
    paused = await at_second_factor(risky_world)
    for way in ("backup-code", "totp", "sms", "security-key", "email-code", "none"):
        await paused.post("other-way", action=way)
        await paused.next()
        assert paused.is_at("second-factor")
    assert await risky_world.rows("SELECT session_id FROM session") == []


async def test_mailed_code_is_no_other_way_for_a_factor(risky_world: World) -> None:
    """With two-factor authentication on there is nothing at the prompt of mailed codes, and nothing is sent."""
    paused = await at_second_factor(risky_world)
    for action in ("", "continue", "resend"):
        await paused.post("email-code", action=action, code="1234 5678")
        assert paused.is_at("second-factor")
    await paused.browser.get(f"{paused.base}/email-code")
    assert await risky_world.rows("SELECT challenge_id FROM challenge") == []
    assert await risky_world.rows("SELECT message_id FROM outbox") == []


async def test_back_button_finds_the_step_that_is_due(sqlite_risky_world: World) -> None:
    paused = await at_email_code(sqlite_risky_world)
    page = paused.page
    code = await paused.mailed_code()
    await paused.post("email-code", action="continue", code=code)
    assert "code=" in paused.page.headers["location"]
    # What was answered is over: the page of the code, and its form again.
    for again in (
        await paused.browser.get(f"{paused.base}/email-code"),
        await paused.browser.submit(page, "email-code", code=code),
    ):
        assert again.status_code == 303
        assert "code=" not in again.headers["location"].split("?")[-1]
    assert len(await sqlite_risky_world.rows("SELECT session_id FROM session")) == 1


async def test_sign_in_page_of_a_browser_in_the_middle_starts_over(risky_world: World) -> None:
    """Another password, of somebody else, forgets what was proven before."""
    paused = await at_second_factor(risky_world)
    await paused.password("aa11111-ovh")
    assert paused.is_at("email-code")
    await paused.password("bb22222-ovh")
    assert paused.is_at("second-factor")


async def test_step_that_does_not_exist_is_none(sqlite_risky_world: World) -> None:
    paused = await at_second_factor(sqlite_risky_world)
    for step in ("done", "issue", "sign-in", "raise", "SECOND-FACTOR", "second-factor/"):
        answered = await paused.send(step, action="continue")
        assert answered.status_code == 404, step
    other: Browser = sqlite_risky_world.browser()
    assert (await other.get(f"{paused.base}/done")).status_code == 404
