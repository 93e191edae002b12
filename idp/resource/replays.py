"""Which DPoP proofs were seen: RFC 9449 §11.1. In the memory of one process, and bounded.

Several processes behind one address want something shared instead: whatever has the same `is_first`.
"""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol


class SeenProofs(Protocol):
    async def is_first(self, proof: str, expires_at: int) -> bool:
        """Remember a proof until `expires_at`; False if it is remembered already, or can't be."""


@dataclass(slots=True, kw_only=True)
class Replays:
    """When `most` proofs are remembered and none has expired, the next is refused: forgetting one early would let it be
    used again.
    """

    clock: Callable[[], float]
    most: int = 100_000
    _seen: OrderedDict[str, int] = field(default_factory=OrderedDict)

    async def is_first(self, proof: str, expires_at: int) -> bool:
        now = self.clock()
        # Oldest first; proofs live about as long as each other, so those that have expired are at the front.
        while self._seen and next(iter(self._seen.values())) <= now:
            self._seen.popitem(last=False)
        if proof in self._seen or len(self._seen) >= self.most:
            return False
        self._seen[proof] = expires_at
        return True
