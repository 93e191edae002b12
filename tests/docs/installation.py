"""An installation as the pages describe it: a folder, a configuration, the `idp` command, a shell for snippets."""

import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.processes import ROOT, Running, free_port, running

PASSWORD = "violet sundial kept walking"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """`replaced` are the example addresses and paths of a page, with what stands for them here."""

    folder: Path
    port: int
    replaced: Mapping[str, str]
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def issuer(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def here(self, text: str) -> str:
        """A snippet with the addresses of this installation."""
        for example, actual in self.replaced.items():
            text = text.replace(example, actual)
        return text

    def sh(self, snippet: str, **environment: str) -> str:
        """Run a shell snippet, which must succeed; its standard output."""
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", self.here(snippet)],
            cwd=self.folder,
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{snippet}\nexited with {done.returncode}:\n{done.stdout}{done.stderr}")
        return done.stdout

    def serving(self) -> AbstractContextManager[Running]:
        """The provider, while it runs."""
        return self.program("-m", "idp", "serve", ready=f"ready {self.issuer}")

    def program(self, *arguments: str, ready: str, **environment: str) -> AbstractContextManager[Running]:
        """A Python program, while it runs."""
        return running(
            [sys.executable, *arguments],
            ready=ready,
            environment={**self.environment, **environment},
            cwd=self.folder,
        )


def install(folder: Path, configuration: str, replaced: Mapping[str, str]) -> Installation:
    """A folder with a configuration. What only tests need, such as a free port, comes from the environment."""
    port = free_port()
    installation = Installation(
        folder=folder,
        port=port,
        replaced={"https://login.example.com": f"http://localhost:{port}", **replaced},
        environment=_environment(folder, port),
    )
    installation.data.mkdir(mode=0o700)
    (folder / "config.toml").write_text(installation.here(configuration), encoding="utf-8")
    return installation


def _environment(folder: Path, port: int) -> dict[str, str]:
    """`idp` and `python` by name, of this checkout and this interpreter."""
    programs = folder / "bin"
    programs.mkdir()
    for name, arguments in (("idp", "-m idp"), ("python", "")):
        script = programs / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        script.chmod(0o700)
    return {
        **os.environ,
        "PATH": f"{programs}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "IDP_CONFIG": str(folder / "config.toml"),
        "IDP_SERVER__PORT": str(port),
        "IDP_SERVER__DRAIN_SECONDS": "1",
        # There is no relay that would take a code; `test_readme.py` reads some.
        "IDP_RISK__MODE": "observe",
        "IDP_PASSWORD__TIME_COST": "1",
        "IDP_PASSWORD__MEMORY_COST_KIB": "8",
        "NO_PROXY": "localhost,127.0.0.1",
        "no_proxy": "localhost,127.0.0.1",
    }


def new_customer(installation: Installation, email: str) -> str:
    """Create an account, and return the link where its owner chooses a password."""
    command = f"idp account create --email {email} --email-verified --given-name Alice --family-name Martin"
    return installation.sh(command).splitlines()[-1]
