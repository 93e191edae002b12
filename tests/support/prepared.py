"""What thousands of worlds in one process needn't each make anew, and where their files are.

A server reads its templates and catalogues once, builds the statements of its limits once, and makes an RSA key in a
rotation. A test process would do so for every world: that was half of the processor's work.
"""

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import pytest
from jinja2 import Environment
from jinja2.bccache import Bucket, BytecodeCache

from idp.records.key import KeyAlgorithm
from idp.signing.keys import KeyPair, generate_key
from idp.store.throttle import spend_try
from idp.web import locale

# More than any test makes in one database, where no key may come twice.
_PAIRS = 8
# Where statements are built for the limits of one house.
_LIMITED = (
    "idp.login.recovery_form",
    "idp.login.sending",
    "idp.login.throttle",
    "idp.portal.forgot.counts",
    "idp.portal.recovery.limits",
)
_MEMORY = Path("/dev/shm")
_LEAST_BYTES = 6 * 1024**3


class _Compiled(BytecodeCache):
    """Templates that this process has compiled, by name and source."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._codes.get((bucket.key, bucket.checksum)):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


def _recurring(generate: Callable[[KeyAlgorithm], KeyPair]) -> Callable[[KeyAlgorithm], KeyPair]:
    """RSA keys in turn; the other algorithms' cost nothing and are always new."""
    turns: dict[KeyAlgorithm, Iterator[KeyPair]] = {}
    pairs: dict[KeyAlgorithm, list[KeyPair]] = {"RS256": [], "PS256": [], "RSA-OAEP-256": []}

    def recurring(algorithm: KeyAlgorithm) -> KeyPair:
        if algorithm not in pairs:
            return generate(algorithm)
        if len(pairs[algorithm]) < _PAIRS:
            pairs[algorithm].append(pair := generate(algorithm))
            return pair
        return next(turns.setdefault(algorithm, itertools.cycle(pairs[algorithm])))

    return recurring


@pytest.fixture(scope="session", autouse=True)
def _prepared() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        environment = partial(Environment, bytecode_cache=_Compiled())
        patch.setattr("idp.web.writing.Environment", environment)
        patch.setattr(locale, "compiled", cache(locale.compiled))
        patch.setattr("idp.signing.succession.generate_key", _recurring(generate_key))
        built = cache(spend_try)
        for room in _LIMITED:
            patch.setattr(f"{room}.spend_try", built)
        yield


def pytest_configure(config: pytest.Config) -> None:
    """Keep the databases of the tests in memory, where that can be a folder: no test can tell, as none cuts the power,
    and no test process waits for a disk. Where programs may not lie there, or little fits, all stays where it was.
    """
    if "TMPDIR" not in os.environ and _is_spacious(_MEMORY):
        os.environ["TMPDIR"] = str(_MEMORY)
        tempfile.tempdir = None


def _is_spacious(folder: Path) -> bool:
    if not os.access(folder, os.W_OK):
        return False
    return not os.statvfs(folder).f_flag & os.ST_NOEXEC and shutil.disk_usage(folder).free > _LEAST_BYTES
