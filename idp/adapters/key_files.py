"""Root keys as files: a folder of mode 0700, `root-<id>.key` of mode 0600, the newest is current.

A first start makes the first key. First means: no key file and nothing sealed; a lost folder beside a database that
needs it refuses the start instead, for a new key would open nothing.
"""

import base64
import binascii
import fcntl
import hashlib
import logging
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from idp.records.ports import Entropy
from idp.signing.sealing import ROOT_KEY_LENGTH, RootKey, RootKeys

_log = logging.getLogger(__name__)

_VERSION = "idp-root-key-1"
_NOTICE = (
    "# Seals the secrets in the database of idp. Keep it secret, and in every backup beside the database."
)
_RESTORE = "restore the folder from the backup that belongs to this database, or copy it from another node"


class RootKeyProblem(Exception):
    """The root keys can't be used: where, why, and what to do."""

    def __init__(self, path: Path, problem: str, fix: str) -> None:
        super().__init__(f"{path}: {problem}. Fix: {fix}.")
        self.path = path
        self.problem = problem
        self.fix = fix


def load_root_keys(directory: Path, *, sealed_with: Collection[str], entropy: Entropy, now: int) -> RootKeys:
    """The root keys of this node. Raises `RootKeyProblem`.

    `sealed_with` names the root keys that the database needs (`signing/reseal.py`); if it is empty and the folder is
    too, this is the first start.
    """
    if not directory.is_dir() and sealed_with:
        raise RootKeyProblem(directory, _lacks(sealed_with), _RESTORE)
    with _locked(directory):
        keys = read_root_keys(directory)
        if not keys and not sealed_with:
            keys = [_create(directory, entropy, now)]
    if missing := set(sealed_with) - {key.root_key_id for key in keys}:
        raise RootKeyProblem(directory, _lacks(missing), _RESTORE)
    return RootKeys(keys, entropy=entropy, reread=lambda: _reread(directory))


def add_root_key(directory: Path, *, entropy: Entropy, now: int) -> RootKey:
    """A new file whose key seals from now on. Raises `RootKeyProblem`."""
    with _locked(directory):
        newest = max((key.created_at for key in read_root_keys(directory)), default=0)
        return _create(directory, entropy, max(now, newest + 1))


def read_root_keys(directory: Path) -> list[RootKey]:
    """Every key of the folder. Raises `RootKeyProblem` for the first that can't be used."""
    _check_private(directory)
    return [_read(path) for path in sorted(directory.glob("root-*.key"))]


def root_key_problems(directory: Path) -> list[RootKeyProblem]:
    """Everything that is wrong with the folder, for `idp keys check`."""
    problems: list[RootKeyProblem] = []
    if not directory.is_dir():
        return [RootKeyProblem(directory, "the folder is missing", _RESTORE)]
    for check, path in [
        (_check_private, directory),
        *((_read, path) for path in directory.glob("root-*.key")),
    ]:
        try:
            check(path)
        except RootKeyProblem as problem:
            problems.append(problem)
    return problems


def _reread(directory: Path) -> list[RootKey]:
    """What a running node finds when it looks again; a folder that went bad takes nothing from it."""
    try:
        return read_root_keys(directory)
    except RootKeyProblem as problem:
        _log.error("%s", problem)
        return []


def _lacks(root_key_ids: Collection[str]) -> str:
    files = ", ".join(f"root-{root_key_id}.key" for root_key_id in sorted(root_key_ids))
    return f"the database holds secrets that only {files} opens, and the folder lacks it"


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    """One process at a time makes keys here; the folder is made if it is missing."""
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise RootKeyProblem(directory, f"{error.strerror}", "let idp own and read this folder") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _create(directory: Path, entropy: Entropy, now: int) -> RootKey:
    """Write a key: the file is whole on the disk under its name, or it is not there at all."""
    key = RootKey(value=entropy.token_bytes(ROOT_KEY_LENGTH), created_at=now)
    path = directory / f"root-{key.root_key_id}.key"
    unfinished = path.with_suffix(".new")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(_text(key))
            file.flush()
            os.fsync(descriptor)
        unfinished.rename(path)
        _sync_folder(directory)
    except OSError as error:
        raise RootKeyProblem(path, f"{error.strerror}", "let idp write to this folder") from error
    return key


def _sync_folder(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _text(key: RootKey) -> str:
    value = base64.urlsafe_b64encode(key.value).decode()
    line = f"{_VERSION} {key.root_key_id} {key.created_at} {value}"
    return f"{_NOTICE}\n{line} {_checksum(line)}\n"


def _checksum(line: str) -> str:
    return hashlib.sha256(line.encode()).hexdigest()[:16]


def _read(path: Path) -> RootKey:
    _check_private(path)
    try:
        text = path.read_text(encoding="ascii")
        line, checksum = text.splitlines()[-1].rsplit(" ", 1)
        version, root_key_id, created_at, value = line.split(" ")
        key = RootKey(value=base64.urlsafe_b64decode(value), created_at=int(created_at))
    except OSError as error:
        raise RootKeyProblem(path, f"{error.strerror}", "let idp own and read this file") from error
    except (ValueError, IndexError, binascii.Error) as error:
        raise RootKeyProblem(path, "not a root key file", _RESTORE) from error
    if version != _VERSION:
        raise RootKeyProblem(
            path, f"of the unknown version {version}", "run the release that wrote it, or a later one"
        )
    whole = checksum == _checksum(line) and len(key.value) == ROOT_KEY_LENGTH
    if not whole or key.root_key_id != root_key_id:
        raise RootKeyProblem(path, "the file is damaged", _RESTORE)
    if path.name != f"root-{root_key_id}.key":
        raise RootKeyProblem(
            path, "the file has another name than its key", f"rename it to root-{root_key_id}.key"
        )
    return key


def _check_private(path: Path) -> None:
    try:
        status = path.stat()
    except OSError as error:
        raise RootKeyProblem(path, f"{error.strerror}", "let idp own and read it") from error
    if status.st_mode & 0o077:
        mode = "700" if path.is_dir() else "600"
        raise RootKeyProblem(
            path, f"has mode {status.st_mode & 0o777:03o}: others can get at it", f"chmod {mode} {path}"
        )
