"""The house with a hasher that counts its work, may be busy, and finds hashes outdated when a test says so."""

from dataclasses import dataclass, replace

from idp.app import create_app
from idp.records.ports import PasswordHasher, PoolBusy
from tests.support.world import World


@dataclass(kw_only=True)
class CountingHasher:
    """Real hashing; `comparisons` counts every one, also those with nobody's hash."""

    inner: PasswordHasher
    comparisons: int = 0
    hashes: int = 0
    passwords: list[str]
    is_busy: bool = False
    finds_outdated: bool = False

    async def hash(self, password: str, *, pepper: bytes) -> str:
        self._check()
        self.hashes += 1
        return await self.inner.hash(password, pepper=pepper)

    async def verify(self, password: str, encoded: str, *, pepper: bytes) -> bool:
        self._compare(password)
        return await self.inner.verify(password, encoded, pepper=pepper)

    async def verify_nobody(self, password: str, *, pepper: bytes) -> bool:
        self._compare(password)
        return await self.inner.verify_nobody(password, pepper=pepper)

    def is_outdated(self, encoded: str) -> bool:
        return self.finds_outdated or self.inner.is_outdated(encoded)

    def _compare(self, password: str) -> None:
        self._check()
        self.comparisons += 1
        self.passwords.append(password)

    def _check(self) -> None:
        if self.is_busy:
            raise PoolBusy


def count_work(world: World) -> CountingHasher:
    """From now on `world` hashes with the answer."""
    hasher = CountingHasher(inner=world.house.hasher, passwords=[])
    world.house = replace(world.house, hasher=hasher)
    world.app = create_app(world.house)
    return hasher
