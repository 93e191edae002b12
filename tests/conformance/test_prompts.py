"""What a request asks of the pages: display, prompt, max_age and hints. OpenID Connect Core §3.1.2.1."""

import re
from collections.abc import Awaitable

from tests.conformance.checks import check_error_answer, check_needs_person
from tests.conformance.client import Suite
from tests.conformance.modules import runs_of
from tests.conformance.party import Flow


@runs_of("oidcc-display-page")
async def test_display_page(suite: Suite) -> None:
    await suite.sign_in(await suite.register(), display="page")


@runs_of("oidcc-display-popup")
async def test_display_popup(suite: Suite) -> None:
    await suite.sign_in(await suite.register(), display="popup")


@runs_of("oidcc-prompt-login")
async def test_prompt_login(suite: Suite) -> None:
    """The person signs in again, and later."""
    party = await suite.register()
    first = await suite.sign_in(party)
    suite.world.clock.pass_(1)
    second = await _again(suite, suite.sign_in(party, prompt="login"))
    _has_signed_in(suite)
    assert second.claims["auth_time"] > first.claims["auth_time"]


@runs_of("oidcc-prompt-none-not-logged-in")
async def test_prompt_none_not_signed_in(suite: Suite) -> None:
    request = suite.request(await suite.register(), state="x8Q~" * 32, prompt="none")
    answer = suite.answer(await suite.person.visit(suite.authorize_url(request)), request)
    check_needs_person(check_error_answer(answer, issuer=suite.issuer, state=request["state"]))
    assert suite.person.shown == []


@runs_of("oidcc-prompt-none-logged-in")
async def test_prompt_none_signed_in(suite: Suite) -> None:
    """Silently, for who signed in and allowed a moment ago."""
    party = await suite.register()
    first = await suite.sign_in(party)
    _is_silent(suite, first, await _again(suite, suite.sign_in(party, prompt="none")))


@runs_of("oidcc-id-token-hint")
async def test_id_token_hint(suite: Suite) -> None:
    party = await suite.register()
    first = await suite.sign_in(party)
    again = suite.sign_in(party, prompt="none", id_token_hint=first.id_token)
    _is_silent(suite, first, await _again(suite, again))


@runs_of("oidcc-max-age-1")
async def test_max_age_1(suite: Suite) -> None:
    """After two seconds the person signs in again."""
    party = await suite.register()
    first = await suite.sign_in(party)
    suite.world.clock.pass_(2)
    second = await _again(suite, suite.sign_in(party, max_age="1"))
    _has_signed_in(suite)
    for claims in (second.front, second.back):
        assert not claims or claims["auth_time"] > first.claims["auth_time"]
        assert not claims or abs(claims["auth_time"] - suite.now) < 300


@runs_of("oidcc-max-age-10000")
async def test_max_age_10000(suite: Suite) -> None:
    """Nobody has to sign in again, and both tokens say when it was."""
    party = await suite.register()
    first = await suite.sign_in(party, max_age="15000")
    suite.world.clock.pass_(1)
    second = await _again(suite, suite.sign_in(party, max_age="10000"))
    assert isinstance(first.claims["auth_time"], int)
    _is_silent(suite, first, second)


@runs_of("oidcc-login-hint")
async def test_login_hint(suite: Suite) -> None:
    """An unknown name is no error: it is filled in, and can be changed."""
    await suite.sign_in(await suite.register(), login_hint="buffy@op.example")
    field = re.search(r'<input[^>]*name="username"[^>]*>', suite.person.pages[0].text)
    assert field
    assert 'value="buffy@op.example"' in field[0]
    assert not re.search(r"readonly|disabled", field[0])


async def _again(suite: Suite, flow: Awaitable[Flow]) -> Flow:
    """A second sign-in, with the pages that it alone shows."""
    suite.person.shown.clear()
    return await flow


def _has_signed_in(suite: Suite) -> None:
    assert "login" in suite.person.shown


def _is_silent(suite: Suite, first: Flow, second: Flow) -> None:
    """Nothing was asked, and both tokens are of the same sign-in of the same person."""
    assert suite.person.shown == []
    for name in ("sub", "auth_time"):
        assert first.claims[name] == second.claims[name]
