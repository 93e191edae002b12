"""What the doctor says of the data on addresses."""

from pathlib import Path

import structlog.testing

from idp.adapters.geography import packaged_at
from idp.cli.checks.address_data import check_address_data
from idp.cli.checks.finding import Level
from idp.config.settings import Risk
from tests.risk.mmdb_file import write_mmdb

_DAY = 86_400


def test_fresh_data_are_fine() -> None:
    [finding] = check_address_data(Risk(), now=packaged_at() + 3 * _DAY)
    assert (finding.level, finding.message) == (Level.FINE, "No older than 3 days")


def test_old_data_are_told_with_what_to_do(tmp_path: Path) -> None:
    file = write_mmdb(tmp_path / "c.mmdb", {"5.0.0.0/8": {}}, built_at=1_800_000_000)
    for policy, data_at, fix in (
        (Risk(), packaged_at(), "Update iptocc"),
        (Risk(country_database=str(file)), 1_800_000_000, "Renew the database"),
    ):
        [finding] = check_address_data(policy, now=data_at + 61 * _DAY)
        assert finding.level is Level.WARNING
        assert finding.message == f"They may be 61 days old: more sign-ins need a code. {fix}."


def test_data_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    with structlog.testing.capture_logs():
        [finding] = check_address_data(Risk(country_database=str(tmp_path / "none")), now=1)
    assert finding.level is Level.WARNING
    assert finding.message.startswith("None can be read")
