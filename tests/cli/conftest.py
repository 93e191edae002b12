"""Commands on a migrated database, in this process."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from idp.cli import main


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """Runs `idp` with one configuration."""

    config: Path

    def __call__(self, *arguments: str, given: str | None = None) -> Result:
        """The outcome, whatever it is; bugs surface as themselves."""
        environment = {"IDP_CONFIG": str(self.config)}
        return CliRunner().invoke(main, arguments, input=given, env=environment, catch_exceptions=False)

    def text(self, *arguments: str) -> str:
        """What a command that succeeds prints."""
        result = self(*arguments)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: str, given: str | None = None) -> Any:
        """What a command that succeeds prints with `--json`."""
        result = self(*arguments, "--json", given=given)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def refused(self, *arguments: str, given: str | None = None) -> str:
        """The line that a command which fails prints."""
        result = self(*arguments, given=given)
        assert result.exit_code == 1, result.output
        assert "Traceback" not in result.output
        return result.stderr


Configure = Callable[[str], Commands]


@pytest.fixture
def configure(tmp_path: Path) -> Configure:
    """Commands with a configuration for a database URL."""

    def made(url: str) -> Commands:
        config = tmp_path / "config.toml"
        config.write_text(
            f'issuer = "http://localhost:21510"\n[database]\nurl = "{url}"\n'
            f'[keys]\ndirectory = "{tmp_path}/keys"\n'
            "[password]\ntime_cost = 1\nmemory_cost_kib = 8\n"
            '[[resources]]\nidentifier = "https://api.example"\nscopes = ["invoices:read"]\n'
        )
        return Commands(config=config)

    return made


@pytest.fixture
def idp(configure: Configure, sqlite_url: str) -> Commands:
    """Commands on SQLite."""
    return configure(sqlite_url)


@pytest.fixture
def idp_on_both(configure: Configure, database_url: str) -> Commands:
    """Commands on SQLite, and on PostgreSQL."""
    return configure(database_url)
