"""docs/devices.md does what it says: a device is registered, asks for its codes, and waits."""

import json
from dataclasses import replace
from itertools import repeat, takewhile
from pathlib import Path

from idp.config.settings import DeviceAuthorization
from tests.docs.installation import install
from tests.docs.markdown import fence, fences, table
from tests.support.processes import ROOT

_PAGE = ROOT / "docs" / "devices.md"


def test_a_device_asks_and_waits(tmp_path: Path) -> None:
    """The page asks as the demo's client; here, the one that it registers does."""
    here = install(tmp_path, 'issuer = "https://login.example.com"\n', {"client_id=cli": "client_id=tv"})
    here = replace(here, replaced={**here.replaced, "http://localhost:8000": here.issuer})
    here.sh("idp db upgrade")
    here.sh(fence(_PAGE, "register").text)
    with here.serving():
        asked = json.loads(here.sh(fence(_PAGE, "ask").text))
        (shown,) = [json.loads(one.text) for one in fences(_PAGE) if one.language == "json"]
        assert asked.keys() == shown.keys()
        assert (asked["expires_in"], asked["interval"]) == (shown["expires_in"], shown["interval"])

        def answer(code: str) -> str:
            return str(json.loads(here.sh(fence(_PAGE, "poll").text, DEVICE_CODE=code))["error"])

        # Twice in one second is once.
        answers = list(
            takewhile(lambda error: error != "slow_down", map(answer, repeat(asked["device_code"], 100)))
        )
        assert set(answers) == {"authorization_pending"}
        assert len(answers) < 100
        assert answer("unknown") == "invalid_grant"
    assert {*answers, "slow_down", "invalid_grant"} <= {row[0].strip("`") for row in table(_PAGE, "Try it")}
    defaults = DeviceAuthorization()
    assert f"lifetime_seconds = {defaults.lifetime_seconds}" in _PAGE.read_text()
    assert f"interval_seconds = {defaults.interval_seconds}" in _PAGE.read_text()
