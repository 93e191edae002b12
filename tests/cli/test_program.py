"""What every command has in common: help, one line for a fault, nothing imported in vain."""

import subprocess
import sys
from pathlib import Path

import click
import pytest

from idp import __version__
from idp.cli import COMMANDS, main
from tests.cli.conftest import Commands, Configure


def test_help_names_every_command(idp: Commands) -> None:
    text = idp.text("--help")
    assert all(name in text for name in COMMANDS)
    assert __version__ in idp.text("--version")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(idp: Commands, name: str) -> None:
    command = main.get_command(click.Context(main), name)
    assert command is not None
    assert command.help
    idp.text(name, "--help")
    for subcommand in getattr(command, "commands", {}).values():
        assert subcommand.help
        idp.text(name, subcommand.name, "--help")


def test_unknown_command_is_a_usage_error(idp: Commands) -> None:
    assert idp("nonsense").exit_code == 2


def test_help_imports_no_command() -> None:
    check = "import sys, idp.cli; sys.exit(any(name.startswith(('sqlalchemy', 'starlette')) for name in sys.modules))"
    subprocess.run([sys.executable, "-c", check], check=True)


def test_module_runs_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "idp", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"idp, version {__version__}\n"


def test_missing_configuration_is_one_line(tmp_path: Path) -> None:
    commands = Commands(config=tmp_path / "nope.toml")
    assert commands.refused("account", "show", "x").startswith(f"Error: {tmp_path}/nope.toml cannot be read")


def test_missing_database_is_not_made(configure: Configure, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/typo/idp.db"
    commands = configure(url)
    assert f"There is no database {url}" in commands.refused("client", "list")
    assert "revision 0001 is pending" in commands("db", "check").stdout
    assert not (tmp_path / "typo").exists()


def test_unmigrated_database_names_the_fix(configure: Configure, empty_database_url: str) -> None:
    commands = configure(empty_database_url)
    commands_on_empty = commands.refused("client", "list")
    assert "idp db upgrade" in commands_on_empty
    assert "Applied revision 0001" in commands.text("db", "upgrade")
    assert commands.text("client", "list") == ""


def test_unreachable_database_names_the_setting(configure: Configure) -> None:
    commands = configure("postgresql://127.0.0.1:1/idp")
    for arguments in (("client", "list"), ("db", "upgrade"), ("db", "check")):
        assert "[database] url" in commands.refused(*arguments)


def test_missing_root_key_refuses(idp: Commands, tmp_path: Path) -> None:
    idp.text("account", "create")
    for file in (tmp_path / "keys").iterdir():
        file.unlink()
    assert "restore the folder" in idp.refused("account", "create")
