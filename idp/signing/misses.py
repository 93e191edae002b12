"""Unknown names that were looked for lately.

A node that meets an unknown key looks into the database again. Names come from tokens and forms, so strangers
choose them: each name is worth one look a minute, and all names together a bounded number.
"""


class Misses:
    """`seconds` between two looks for one name, `most` looks in that time."""

    def __init__(self, *, seconds: int = 60, most: int = 64) -> None:
        self._seconds = seconds
        self._most = most
        self._looked_at: dict[str, int] = {}

    def admits(self, name: str, now: int) -> bool:
        """Whether to look for `name` now. The look counts."""
        past = now - self._seconds
        self._looked_at = {known: at for known, at in self._looked_at.items() if past < at <= now}
        if name in self._looked_at or len(self._looked_at) >= self._most:
            return False
        self._looked_at[name] = now
        return True
