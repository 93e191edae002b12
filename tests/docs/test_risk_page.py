"""The page on risk names every reason and every key."""

import re
from dataclasses import fields

from idp.config.settings import Risk
from idp.risk.decision import Reason
from tests.docs.markdown import table
from tests.support.processes import ROOT

_PAGE = ROOT / "docs" / "risk.md"


def test_every_reason_is_explained() -> None:
    assert [row[0].strip("`") for row in table(_PAGE, "Reasons")] == list(Reason)


def test_every_key_is_in_the_table() -> None:
    named = re.findall(r"`risk\.(\w+)`", " ".join(row[0] for row in table(_PAGE, "Keys")))
    assert sorted(named) == sorted(field.name for field in fields(Risk))
