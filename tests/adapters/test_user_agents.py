"""User agents in families that their owners know."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.adapters.user_agents import ParsedUserAgents
from idp.records.risk import UserAgent

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
MAC, PHONE = "Macintosh; Intel Mac OS X 10_15_7", "iPhone; CPU iPhone OS 17_4 like Mac OS X"
parse = ParsedUserAgents().parse


@pytest.mark.parametrize(
    ("user_agent", "browser", "version", "system"),
    [
        (
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox",
            140,
            "Linux",
        ),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0.0.0 Safari/537.36",
            "Chrome",
            140,
            "Windows",
        ),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0",
            "Edge",
            140,
            "Windows",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 10; K) {WEBKIT} Chrome/140.0.0.0 Mobile Safari/537.36",
            "Chrome",
            140,
            "Android",
        ),
        (
            f"Mozilla/5.0 ({MAC}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15",
            "Safari",
            17,
            "macOS",
        ),
        (
            f"Mozilla/5.0 ({PHONE}) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
            "Safari",
            17,
            "iPhone",
        ),
        (
            f"Mozilla/5.0 ({PHONE}) AppleWebKit/605.1.15 (KHTML, like Gecko) CriOS/140.0 Mobile/15E148 Safari/604.1",
            "Chrome",
            140,
            "iPhone",
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) FxiOS/140.0 Mobile/15E148 Safari/605.1.15",
            "Firefox",
            140,
            "iPad",
        ),
        (
            f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} Chrome/140.0.0.0 Safari/537.36",
            "Chrome",
            140,
            "ChromeOS",
        ),
        ("curl/8.1", "curl", 8, ""),
        ("", "", 0, ""),
        ("nothing that anybody knows", "", 0, ""),
    ],
)
def test_families(user_agent: str, browser: str, version: int, system: str) -> None:
    found = parse(user_agent)
    assert (found.browser, found.version, found.system) == (browser, version, system)


def test_absurd_versions_are_none() -> None:
    assert parse("Mozilla/5.0 (X11; Linux x86_64) Firefox/" + "9" * 90).version == 0


@given(st.text(max_size=600))
def test_nothing_raises_and_everything_is_short_and_printable(user_agent: str) -> None:
    found = parse(user_agent)
    assert isinstance(found, UserAgent)
    for text in (found.browser, found.system, found.device):
        assert len(text) <= 40
        assert text.isprintable()
