"""What the pages on machines list is what there is: settings, errors of endpoints, members of metadata."""

import re

import pytest

from idp.clients.authentication_asked import CERTIFICATE_NAMES
from idp.clients.service_account_asked import METHODS
from idp.config.settings import Dpop, MutualTls
from idp.spec import errors
from tests.docs.markdown import prose, spans, table
from tests.support.processes import ROOT

_DOCS = ROOT / "docs"


@pytest.mark.parametrize(
    ("page", "section", "record"),
    [("mutual-tls.md", "mtls", MutualTls), ("proof-of-possession.md", "dpop", Dpop)],
)
def test_every_setting_has_its_row(page: str, section: str, record: type) -> None:
    told = set(re.findall(rf"^\| `{section}\.(\w+)` \|", prose(_DOCS / page), re.MULTILINE))
    assert told == set(record.__dataclass_fields__)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "page", ["token-exchange.md", "service-accounts.md", "devices.md", "delegation.md", "pushed-requests.md"]
)
def test_errors_of_a_page_exist(page: str) -> None:
    """`connect.md` has all of them; these name some, and by their names."""
    codes = {error.code for error in errors.ProtocolError.__subclasses__()}
    like = re.compile(
        r"(?:invalid|unauthorized|unsupported|expired|unmet|insufficient|use_dpop)_[a-z_]+|slow_down"
    )
    named = {span for span in spans(_DOCS / page) if like.fullmatch(span)}
    assert named
    assert named <= codes


def test_refusals_of_the_service_accounts_api_are_all_told() -> None:
    """Whatever it answers with beside protocol errors stands in its source as a text."""
    source = (ROOT / "idp" / "oauth" / "service_accounts.py").read_text(encoding="utf-8")
    rows = table(_DOCS / "service-accounts.md", "Make one by program")
    told = {row[1].strip("`") for row in rows}
    answered = set(re.findall(r"_Answered\((\d+), \"(\w+)\"", source))
    assert answered
    assert answered <= {(row[0], row[1].strip("`")) for row in rows}
    assert {"invalid_client_metadata", "invalid_token", "insufficient_scope"} <= told


def test_every_way_to_prove_oneself_has_its_row() -> None:
    told = {
        name for row in table(_DOCS / "service-accounts.md", "Make one by hand") for name in _names(row[1])
    }
    assert told == set(METHODS)


def test_members_of_certificates_are_all_told() -> None:
    told = {row[0].strip("`") for row in table(_DOCS / "mutual-tls.md", "Clients")}
    assert told == set(CERTIFICATE_NAMES)


def _names(cell: str) -> list[str]:
    return [part for index, part in enumerate(cell.split("`")) if index % 2]
