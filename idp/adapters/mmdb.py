"""MMDB files of the operator's: MaxMind's format, which others publish their data in too.

A file may be replaced while we run: the new one is used within a minute.
"""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

if TYPE_CHECKING:
    from maxminddb import Reader

_log = structlog.get_logger(__name__)
_LOOK_SECONDS = 60
# `maxminddb` raises its own RuntimeError for a broken file.
_BROKEN = (RuntimeError, ValueError)


class Mmdb:
    """A file, looked at again once a minute. An empty `path` is a database without anything in it."""

    def __init__(self, path: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = path
        self._clock = clock
        self._reader: Reader | None = None
        self._changed_ns: int | None = None
        self._look_at = 0.0

    @property
    def is_named(self) -> bool:
        return bool(self._path)

    def find(self, address: str) -> Mapping[str, Any]:
        """The record of an address, or an empty one."""
        reader = self._current()
        if reader is None:
            return {}
        try:
            found = reader.get(address)
        except _BROKEN as error:
            _log.warning("address database can't be read", path=self._path, reason=str(error))
            return {}
        return found if isinstance(found, dict) else {}

    def data_at(self) -> int:
        reader = self._current()
        return reader.metadata().build_epoch if reader else 0

    def _current(self) -> "Reader | None":
        if self._path and (now := self._clock()) >= self._look_at:
            self._look_at = now + _LOOK_SECONDS
            self._look()
        return self._reader

    def _look(self) -> None:
        try:
            changed_ns = Path(self._path).stat().st_mtime_ns
            if changed_ns != self._changed_ns:
                self._changed_ns = changed_ns
                self._reader = None
                self._reader = open_mmdb(self._path)
        except (OSError, *_BROKEN) as error:
            # A file that vanished may be on its way back; what was read of it is gone all the same.
            self._reader, self._changed_ns = None, None
            _log.warning("address database can't be read", path=self._path, reason=str(error))


def open_mmdb(path: str) -> "Reader":
    """Open a file. Raises OSError, RuntimeError or ValueError for one that is missing or broken."""
    from maxminddb import open_database  # noqa: PLC0415 - most installations have no such file

    return open_database(path)
