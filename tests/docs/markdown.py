"""Reading our own pages: their fences, links and code spans, in the little Markdown that they use."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.support.processes import ROOT

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"(?<!!)\[[^\]\n]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """A block of code. The first word of its info string is the language; `name` is what `run=` or `file=` says."""

    language: str
    mark: str
    name: str
    text: str


def pages() -> list[Path]:
    """Every page that people read."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def fences(page: Path) -> list[Fence]:
    return [_fence(match["info"], match["text"]) for match in _FENCE.finditer(_text(page))]


def fence(page: Path, name: str) -> Fence:
    """The one of that name."""
    (found,) = [one for one in fences(page) if one.name == name]
    return found


def prose(page: Path) -> str:
    """The page without its fences."""
    return _FENCE.sub("", _text(page))


def spans(page: Path) -> list[str]:
    """What stands between backticks in prose."""
    return _SPAN.findall(prose(page))


def links(page: Path) -> list[str]:
    return _LINK.findall(prose(page))


def anchors(page: Path) -> set[str]:
    """What a link may name after its "#", as GitHub makes it of a heading."""
    words = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in _HEADING.findall(prose(page)))
    return {word.replace(" ", "-") for word in words}


def table(page: Path, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its first two lines."""
    rest = prose(page).split(f"# {heading}\n", 1)[1]
    lines = _table_lines(rest)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def _table_lines(text: str) -> list[str]:
    found: list[str] = []
    for line in text.splitlines():
        if line.startswith("|"):
            found.append(line)
        elif found:
            break
    return found


def commands(page: Path) -> Iterator[str]:
    """Every call of `idp`, from prose and from shell blocks, with continued lines joined."""
    shells = [one.text.replace("\\\n", " ") for one in fences(page) if one.language == "sh"]
    for line in [*spans(page), *(line for text in shells for line in text.splitlines())]:
        found = re.search(r"(?:^|[=(|&] ?|bin/)idp ((?:--?)?[a-z].*)", line)
        if found:
            yield found[1]


def _fence(info: str, text: str) -> Fence:
    language, _, rest = info.strip().partition(" ")
    mark, _, name = rest.partition("=")
    return Fence(language=language, mark=mark, name=name, text=text)


def _text(page: Path) -> str:
    return page.read_text(encoding="utf-8")
