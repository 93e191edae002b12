"""How much of people's files one process holds at a time. A request holds what has arrived of its file until it is
answered, so many files at once, or slow ones, are asked to come again rather than fill the memory.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

_LARGEST_AT_ONCE = 8
# One network has a quarter: whoever sends slowly from many browsers leaves room for everybody else.
_SHARES = 4


class FileRoom:
    """Of one process. `most_file_bytes` is the largest file."""

    def __init__(self, most_file_bytes: int) -> None:
        self._left = most_file_bytes * _LARGEST_AT_ONCE
        self._share = self._left // _SHARES
        self._held: Counter[str] = Counter()

    @contextmanager
    def hold(self, network: str) -> Iterator["Holding"]:
        """Room for one request, given back at its end."""
        holding = Holding(self, network)
        try:
            yield holding
        finally:
            self._give_back(network, holding.held_bytes)

    def take(self, network: str, size: int) -> bool:
        """False, with nothing taken, where there is no room."""
        if size > self._left or self._held[network] + size > self._share:
            return False
        self._left -= size
        self._held[network] += size
        return True

    def _give_back(self, network: str, size: int) -> None:
        self._left += size
        self._held[network] -= size
        if not self._held[network]:
            del self._held[network]


class Holding:
    """What one request holds."""

    def __init__(self, room: FileRoom, network: str) -> None:
        self._room = room
        self._network = network
        self.held_bytes = 0

    def take(self, size: int) -> bool:
        """Room for some more bytes; False where there is none."""
        if not self._room.take(self._network, size):
            return False
        self.held_bytes += size
        return True
