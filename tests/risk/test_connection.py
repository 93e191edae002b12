"""What of an address is somebody's connection."""

import pytest

from idp.records.risk import Outcome
from idp.risk.features import connection_of
from tests.risk.conftest import Desk


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("5.5.1.7", "5.5.1.7"),
        ("2a01:5:1:2:aaaa::7", "2a01:5:1:2::/64"),
        ("2a01:5:1:2::8", "2a01:5:1:2::/64"),
        ("", ""),
        ("unknown", "unknown"),
    ],
)
def test_connection_of_an_address(address: str, expected: str) -> None:
    assert connection_of(address) == expected


async def test_address_that_changes_each_day_within_its_64_is_no_novelty(desk: Desk) -> None:
    for number in range(10):
        await desk.usual(1, f"2a01:5:1:2::{number:x}")
    assessment = await desk.assess("2a01:5:1:2::99")
    assert (assessment.outcome, assessment.reasons) == (Outcome.ALLOW, ("usual",))
    assert (await desk.decision(assessment)).terms["place_level"] == "address"
