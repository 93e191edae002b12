"""A browser is recognised by its own token alone, and a copy of its cookie gives itself away."""

from dataclasses import replace

import pytest

from idp.login.device import Presented, recognise, standing_of
from idp.records.account import SubjectId
from idp.records.interaction import BrowserStanding
from idp.records.risk import UserAgent
from idp.records.session import Device
from idp.spec.token_value import digest_of

NOW = 1_800_000_000
LINUX = UserAgent(browser="Firefox", version=140, system="Linux")
DEVICE = Device(
    device_id="d1",
    subject_id=SubjectId("s1"),
    digest=digest_of("current"),
    created_at=NOW - 1_000,
    seen_at=NOW - 500,
    expires_at=NOW + 1_000,
    revoked_at=None,
    former_digest=digest_of("former"),
    rotated_at=NOW - 500,
    browser="Firefox",
    system="Linux",
    country="FR",
    place="France",
    trusted_until=None,
    revoked_reason="",
)


def shown(
    device: Device = DEVICE, token: str = "current", agent: UserAgent = LINUX, at: int = NOW
) -> Presented:
    return recognise([device], ("somebody-else", token), agent, at)


def test_current_token_is_recognised() -> None:
    assert shown() == Presented(device=DEVICE, token="current", tokens=("somebody-else", "current"))


def test_unknown_token_is_nobody() -> None:
    assert shown(token="other") == Presented(tokens=("somebody-else", "other"))


def test_replaced_token_is_good_for_a_minute_more() -> None:
    in_time = shown(token="former", at=NOW - 500 + 60)
    assert (in_time.device, in_time.is_current, in_time.copied) == (DEVICE, False, None)


def test_replaced_token_that_comes_back_later_is_a_copy() -> None:
    late = shown(token="former", at=NOW - 500 + 61)
    assert (late.device, late.copied) == (None, DEVICE)


def test_current_token_beside_a_replaced_one_is_no_copy() -> None:
    assert recognise([DEVICE], ("former", "current"), LINUX, NOW).device == DEVICE


@pytest.mark.parametrize(
    "device",
    [replace(DEVICE, revoked_at=NOW - 1), replace(DEVICE, expires_at=NOW), replace(DEVICE, system="Windows")],
    ids=["revoked", "expired", "another operating system"],
)
@pytest.mark.parametrize("token", ["current", "former"])
def test_device_that_is_not_known_any_more_is_nobody(device: Device, token: str) -> None:
    found = shown(device, token)
    assert (found.device, found.copied) == (None, None)


def test_unknown_system_matches_any() -> None:
    assert shown(agent=UserAgent()).device == DEVICE


def test_trust_is_the_operators_to_offer() -> None:
    trusted = shown(replace(DEVICE, trusted_until=NOW + 1))
    assert standing_of(trusted, trust_days=30, now=NOW) is BrowserStanding.TRUSTED
    assert standing_of(trusted, trust_days=30, now=NOW + 1) is BrowserStanding.KNOWN
    assert standing_of(trusted, trust_days=0, now=NOW) is BrowserStanding.KNOWN
    assert standing_of(Presented(), trust_days=30, now=NOW) is BrowserStanding.UNKNOWN
