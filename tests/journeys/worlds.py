"""Demo worlds to travel in, each a process of its own. A test may let time pass in one."""

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyotp

from idp.demo.accounts import TOTP_SECRET
from idp.demo.addresses import Addresses
from tests.journeys.mailbox import Mailbox
from tests.support.processes import ROOT, Running, free_base, running

_STEP_SECONDS = 30
# For the operator's commands, which work beside a running server.
_CONFIGURATION = """\
issuer = "{issuer}"
[database]
url = "{database}"
[keys]
directory = "{folder}/keys"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Somebody whom no other test knows."""

    customer_id: str
    email: str
    enrolment_link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """A running demo world, and the language that its visitors speak."""

    addresses: Addresses
    language: str
    server: Running
    clock: Path
    configuration: Path
    mailbox: Mailbox
    _steps: dict[str, int] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def is_french(self) -> bool:
        return self.language.startswith("fr")

    @property
    def now(self) -> int:
        return int(time.time()) + int(self.clock.read_text())

    def pass_(self, seconds: int) -> None:
        """Let time pass in this world alone. It never goes back."""
        ahead = int(self.clock.read_text()) + seconds
        whole = self.clock.with_suffix(".next")
        whole.write_text(str(ahead))
        whole.replace(self.clock)

    def app_code(self, whose: str, secret: str = TOTP_SECRET) -> str:
        """What somebody's app shows now; after a while, where it has shown that already."""
        step = self.now // _STEP_SECONDS
        former = self._steps.get(whose, -1)
        if step <= former:
            self.pass_((former + 1) * _STEP_SECONDS - self.now)
            step = former + 1
        self._steps[whose] = step
        return pyotp.TOTP(secret).at(step * _STEP_SECONDS)

    def newcomer(self, *options: str) -> Newcomer:
        """An account that was made with the operator's command, and has no password yet."""
        name = f"n{next(self._numbers)}"
        email = f"{name}@demo.test"
        created = self._idp_json(
            *("account", "create", "--email", email, "--email-verified"),
            *("--given-name", "Nina", "--family-name", name, "--language", self.language[:2], *options),
        )
        return Newcomer(
            customer_id=created["customer_id"], email=email, enrolment_link=created["enrolment_link"]
        )

    def _idp_json(self, *arguments: str) -> Any:
        """Run a command at this world's time; what it says, read."""
        done = subprocess.run(
            [sys.executable, "-m", "tests.journeys.moved_time", self.clock, *arguments, "--json"],
            cwd=ROOT,
            env={**os.environ, "IDP_CONFIG": str(self.configuration)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"idp {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
        return json.loads(done.stdout)


@contextmanager
def demo_world(folder: Path, language: str, settings: Mapping[str, Mapping[str, Any]]) -> Iterator[Demo]:
    """A world on free ports. `settings` are sections with the keys that differ."""
    addresses = Addresses(port=free_base())
    clock = folder / "clock"
    clock.write_text("0")
    command: list[str | Path] = [sys.executable, "-m", "tests.journeys.launch", str(addresses.port), folder]
    command += [clock, json.dumps(settings)]
    database = settings.get("database", {}).get("url", f"sqlite:///{folder}/idp.db")
    configuration = folder / "config.toml"
    configuration.write_text(_CONFIGURATION.format(issuer=addresses.issuer, database=database, folder=folder))
    with running(command, ready=f"ready {addresses.issuer}", within_seconds=60) as server:
        yield Demo(
            addresses=addresses,
            language=language,
            server=server,
            clock=clock,
            configuration=configuration,
            mailbox=Mailbox(origin=addresses.mailbox),
        )
