"""User agents by ua-parser: families as people know them. Its rules load with the first one that is parsed."""

import re
from collections.abc import Mapping
from functools import lru_cache

from idp.records.risk import UserAgent

_LONGEST = 512
# ua-parser tells editions of a browser apart; their owners don't.
_BROWSERS: Mapping[str, str] = {
    "Chrome Mobile": "Chrome",
    "Chrome Mobile iOS": "Chrome",
    "Chrome Mobile WebView": "Chrome",
    "Chromium": "Chrome",
    "Edge Mobile": "Edge",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "IE": "Internet Explorer",
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": "Safari",
    "DuckDuckGo Mobile": "DuckDuckGo",
    "Opera Mobile": "Opera",
    "Opera Touch": "Opera",
}
_SYSTEMS: Mapping[str, str] = {
    "Chrome OS": "ChromeOS",
    "Debian": "Linux",
    "Fedora": "Linux",
    "Mac OS X": "macOS",
    "Red Hat": "Linux",
    "SUSE": "Linux",
    "Ubuntu": "Linux",
}
_APPLE = frozenset({"iPad", "iPhone"})
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9 +-]{0,31}")
_NUMBER = re.compile(r"[0-9][0-9 +-]{4}")


class ParsedUserAgents:
    """`UserAgents` by ua-parser's rules."""

    def parse(self, user_agent: str) -> UserAgent:
        # The matcher takes UTF-8 alone; a lone surrogate is none.
        return _parsed(user_agent[:_LONGEST].encode("utf-8", "ignore").decode())


@lru_cache(maxsize=4096)
def _parsed(user_agent: str) -> UserAgent:
    from ua_parser import parse  # noqa: PLC0415 - a command that parses none should not wait for it

    found = parse(user_agent)
    browser = found.user_agent.family if found.user_agent else ""
    version = found.user_agent.major if found.user_agent else None
    system = found.os.family if found.os else ""
    device = found.device.family if found.device else ""
    if system == "iOS":
        system = device if device in _APPLE else "iPhone"
    return UserAgent(
        browser=_named(_BROWSERS.get(browser, browser)),
        version=_whole(version),
        system=_named(_SYSTEMS.get(system, system)),
        device=_printable(device),
    )


def _whole(version: str | None) -> int:
    """A major version; 0 for what is none. A header may claim any number of digits."""
    return int(version) if version and version.isascii() and version.isdigit() and len(version) <= 6 else 0


def _named(family: str) -> str:
    """A name that mails and pages show. Rules may take it from the header itself, which anybody writes: what could be a
    web address or a phone number is no name.
    """
    return family if _NAME.fullmatch(family) and not _NUMBER.search(family) else ""


def _printable(family: str) -> str:
    """The same, where it is shown to nobody."""
    return "".join(character for character in family[:40] if character.isprintable())
