"""`idp config`: what is wrong with a configuration, all at once."""

from pathlib import Path

import click

from idp.cli.options import CONFIG_VARIABLE, echo_json, json_option, overrides
from idp.config.problem import ConfigurationProblems, Problem
from idp.config.reading import read_configuration


@click.group()
def command() -> None:
    """The configuration file."""


@command.command()
@click.argument(
    "file", type=click.Path(path_type=Path, dir_okay=False), envvar=CONFIG_VARIABLE, default="config.toml"
)
@json_option
@click.pass_context
def check(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Print every problem with its line and its fix. Exit code 1 if there is one; warnings alone are fine."""
    try:
        problems: tuple[Problem, ...] = ()
        warnings = read_configuration(file, overrides()).warnings
    except ConfigurationProblems as found:
        problems, warnings = found.problems, ()
    if as_json:
        echo_json(
            {"problems": [_told(one) for one in problems], "warnings": [_told(one) for one in warnings]}
        )
    else:
        for problem in problems:
            click.echo(f"{file}: {problem}")
        for warning in warnings:
            click.echo(f"{file}: warning: {warning}")
        if not problems:
            click.echo(f"{file} is fine" if not warnings else f"{file} can be used")
    ctx.exit(1 if problems else 0)


def _told(problem: Problem) -> dict[str, object]:
    return {
        "key": problem.key,
        "value": problem.value,
        "line": problem.line,
        "variable": problem.variable,
        "message": problem.message,
        "fix": problem.fix,
    }
