"""On which line of a TOML text each key stands. `tomllib` reads values but forgets their places.

Only for text that `tomllib` has accepted: the grammar is walked, not checked. A place is keyed by its path,
with an index for each element of an array: `("resources", 1, "identifier")`.
"""

import re
import tomllib

KeyPath = tuple[str | int, ...]

_BLANK = re.compile(r"[ \t]*")
_BETWEEN = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_QUOTED_KEY = re.compile(r'"(?:[^"\\]|\\.)*"|\'[^\']*\'')
_STRING = re.compile(
    r'"""(?:[^"\\]|\\.|"(?!""))*"{3,5}' r"|'''(?:[^']|'(?!''))*'{3,5}" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Path of every table, key and array element → its 1-based line."""
    return _Walk(text).document()


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[KeyPath, int] = {}
        self.counts: dict[KeyPath, int] = {}
        self.line_at, self.line = 0, 1

    def document(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        while self.skip(_BETWEEN) and self.at < len(self.text):
            if self.text.startswith("[[", self.at):
                table = self.header(2)
            elif self.text.startswith("[", self.at):
                table = self.header(1)
            else:
                self.pair(table)
        return self.lines

    def header(self, brackets: int) -> KeyPath:
        line = self.line_here()
        self.at += brackets
        parts = self.key()
        self.at += brackets
        path = (*self.through_arrays(tuple(parts[:-1])), parts[-1])
        if brackets == 2:
            self.lines.setdefault(path, line)
            index = self.counts.get(path, 0)
            self.counts[path] = index + 1
            path += (index,)
        else:
            path = self.through_arrays(tuple(parts))
        self.mark(path, line)
        return path

    def through_arrays(self, parts: tuple[str, ...]) -> KeyPath:
        """`[a.b]` after `[[a]]` means the last element of `a`."""
        path: KeyPath = ()
        for part in parts:
            path += (part,)
            if path in self.counts:
                path += (self.counts[path] - 1,)
        return path

    def mark(self, path: KeyPath, line: int) -> None:
        for length in range(1, len(path) + 1):
            self.lines.setdefault(path[:length], line)

    def key(self) -> list[str]:
        parts = []
        while True:
            self.skip(_BLANK)
            bare = _BARE_KEY.match(self.text, self.at)
            match = bare or _QUOTED_KEY.match(self.text, self.at)
            assert match, self.at
            self.at = match.end()
            # An escape in a quoted key is TOML's to decode.
            parts.append(bare[0] if bare else next(iter(tomllib.loads(f"{match[0]} = 0"))))
            self.skip(_BLANK)
            if not self.text.startswith(".", self.at):
                return parts
            self.at += 1

    def pair(self, table: KeyPath) -> None:
        line = self.line_here()
        path = table + tuple(self.key())
        self.mark(path, line)
        self.at += 1  # the "="
        self.value(path)

    def value(self, path: KeyPath) -> None:
        self.skip(_BLANK)
        if self.text.startswith("[", self.at):
            self.elements(path)
        elif self.text.startswith("{", self.at):
            self.members(path)
        elif not self.skip_match(_STRING):
            self.skip(_SCALAR)

    def elements(self, path: KeyPath) -> None:
        self.at += 1
        index = 0
        while self.skip(_BETWEEN) and not self.text.startswith("]", self.at):
            self.lines[(*path, index)] = self.line_here()
            self.value((*path, index))
            self.skip(_BETWEEN)
            self.at += self.text.startswith(",", self.at)
            index += 1
        self.at += 1

    def members(self, path: KeyPath) -> None:
        self.at += 1
        while self.skip(_BETWEEN) and not self.text.startswith("}", self.at):
            self.pair(path)
            self.skip(_BETWEEN)
            self.at += self.text.startswith(",", self.at)
        self.at += 1

    def skip(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return True

    def skip_match(self, pattern: re.Pattern[str]) -> bool:
        match = pattern.match(self.text, self.at)
        self.at = match.end() if match else self.at
        return match is not None

    def line_here(self) -> int:
        # Counted on from the last place, so that a long file is walked once.
        self.line += self.text.count("\n", self.line_at, self.at)
        self.line_at = self.at
        return self.line
