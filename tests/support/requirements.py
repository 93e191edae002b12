"""Which test checks which requirement of docs/requirements.md. `python -m tests.support.requirements` prints the table.

As a pytest plugin it refuses a marker whose number is not on that page.
"""

import re
import sys
from collections import defaultdict
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

_PAGE = Path(__file__).parent.parent.parent / "docs" / "requirements.md"
_LINE = re.compile(r"^- (S\d+) (.+)$", re.MULTILINE)


def main() -> None:
    """Collect the tests without running them, and print a line for each requirement."""
    tests = Tests()
    with redirect_stdout(StringIO()) as said:
        code = pytest.main(["--collect-only", "--quiet"], plugins=[tests])
    if code:
        sys.exit(said.getvalue())
    requirements = read_requirements()
    for number, text in requirements.items():
        names = sorted(tests.by_number[number])
        print(f"{number:4} {len(names):3}  {text if len(text) <= 90 else text[:89] + '…'}")
        for name in names:
            print(f"           {name}")
    covered = sum(1 for number in requirements if tests.by_number[number])
    print(f"{covered} of {len(requirements)} requirements have tests.")


class Tests:
    """A pytest plugin that remembers the collected tests by the requirements they name."""

    def __init__(self) -> None:
        self.by_number: dict[str, set[str]] = defaultdict(set)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Take note of every test, without its parameters."""
        for item in session.items:
            for number in _numbers(item):
                self.by_number[number].add(item.nodeid.partition("[")[0])


def read_requirements() -> dict[str, str]:
    """The requirements by their numbers, in the page's order."""
    return dict(_LINE.findall(_PAGE.read_text(encoding="utf-8")))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a number that is not on the page: a typing mistake would look like coverage."""
    known = read_requirements()
    for item in items:
        if unknown := [number for number in _numbers(item) if number not in known]:
            raise pytest.UsageError(f"{item.nodeid}: not in docs/requirements.md: {', '.join(unknown)}")


def _numbers(item: pytest.Item) -> list[str]:
    return [str(number) for marker in item.iter_markers("requirement") for number in marker.args]


if __name__ == "__main__":
    main()
