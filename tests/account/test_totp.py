"""Codes of authenticator apps: RFC 6238, and each step once ever."""

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.account.totp import (
    STEP_SECONDS,
    canonical_code,
    grouped,
    looks_like_totp,
    matching_step,
    new_secret,
    otpauth_uri,
)
from idp.adapters.entropy import SystemEntropy

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # "12345678901234567890", as in RFC 6238 appendix B.
NOW = 1_111_111_109
STEP = NOW // STEP_SECONDS


def code_at(step: int) -> str:
    return pyotp.TOTP(SECRET).generate_otp(step)


@pytest.mark.parametrize(
    ("at", "code"),
    [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")],
)
def test_codes_are_those_of_the_specification(at: int, code: str) -> None:
    assert matching_step(SECRET, code, now=at, last_step=-1).step == at // STEP_SECONDS


@pytest.mark.parametrize(
    "typed", ["081804", "081 804", " 081 804 ", "081-804", "٠٨١٨٠٤", "\uff10\uff18\uff11\uff18\uff10\uff14"]
)
def test_a_code_is_typed_as_people_type_it(typed: str) -> None:
    assert matching_step(SECRET, typed, now=NOW, last_step=-1).step == STEP
    assert looks_like_totp(typed)


@pytest.mark.parametrize("away", [-1, 0, 1])
def test_a_clock_may_be_half_a_minute_off(away: int) -> None:
    assert matching_step(SECRET, code_at(STEP + away), now=NOW, last_step=-1).step == STEP + away


@pytest.mark.parametrize("away", [-40, -2, 2, 3, 2_880])
def test_a_clock_may_not_be_further_off(away: int) -> None:
    match = matching_step(SECRET, code_at(STEP + away), now=NOW, last_step=-1)
    assert (match.step, match.is_used) == (None, False)


@pytest.mark.requirement("S44")
@pytest.mark.parametrize("last", [STEP, STEP + 1])
def test_a_step_that_was_accepted_is_not_accepted_again(last: int) -> None:
    match = matching_step(SECRET, code_at(STEP), now=NOW, last_step=last)
    assert match.step is None
    assert match.is_used
    assert match.wait_seconds == STEP_SECONDS - NOW % STEP_SECONDS


@given(step=st.integers(0, 2**40), last=st.integers(-1, 2**40), away=st.integers(-3, 3))
def test_only_a_later_step_near_now_is_accepted(step: int, last: int, away: int) -> None:
    match = matching_step(SECRET, code_at(max(step + away, 0)), now=step * STEP_SECONDS, last_step=last)
    assert match.step is None or (match.step > last and abs(match.step - step) <= 1)
    assert 0 <= match.wait_seconds <= STEP_SECONDS


@given(st.text(max_size=5_000))
def test_nothing_that_is_typed_breaks_it(typed: str) -> None:
    assert matching_step(SECRET, typed, now=NOW, last_step=-1).step in (None, STEP - 1, STEP, STEP + 1)
    assert len(canonical_code(typed)) <= 64


def test_secrets_are_long_enough_and_differ() -> None:
    secrets = {new_secret(SystemEntropy()) for _ in range(50)}
    assert len(secrets) == 50
    assert {len(pyotp.TOTP(secret).byte_secret()) for secret in secrets} == {20}
    assert grouped(SECRET).split() == [SECRET[at : at + 4] for at in range(0, 32, 4)]


@pytest.mark.parametrize("brand", ["Demo Hosting", "A:B & C", "Hébergeur?x=1", "50 % off"])
def test_apps_read_the_address_of_the_qr_code(brand: str) -> None:
    read = pyotp.parse_uri(otpauth_uri(SECRET, issuer=brand, account="aa11111-ovh"))
    assert isinstance(read, pyotp.TOTP)
    assert (read.secret, read.digits, read.interval) == (SECRET, 6, 30)
    assert read.issuer == brand.replace(":", " ")
    assert read.name == "aa11111-ovh"
