"""The command line: a file for each group of commands, imported when it is asked for, so that `serve` starts fast."""

import importlib

import click

from idp import __version__
from idp.cli.faults import expected_faults, fault_text

# What each command is for, here so that `idp --help` imports none of them.
COMMANDS = {
    "serve": "Serve the provider.",
    "demo": "The demo world: provider, applications and mailbox, with seeded accounts.",
    "db": "Migrate the database.",
    "account": "Accounts of customers and staff.",
    "client": "Applications and services.",
    "keys": "Signing keys, and the root keys that seal every secret.",
    "mail": "Mails and texts: the log, dead letters, and previews.",
    "risk": "The risk decision: explain, replay, weigh a policy.",
    "config": "The configuration file.",
    "doctor": "Examine an installation.",
}


class Program(click.Group):
    """Finds commands by module name, and tells what may go wrong as one line instead of a traceback."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(f"idp.cli.{cmd_name}").command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except expected_faults() as fault:
            raise click.ClickException(fault_text(fault)) from fault


@click.command(name="idp", cls=Program, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="idp")
def main() -> None:
    """An OAuth 2 and OpenID Connect identity provider."""
