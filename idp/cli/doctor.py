"""`idp doctor`: examine an installation where it runs."""

import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import click

from idp.cli.checks.finding import Finding, Level, failure, fine, warning
from idp.cli.desk import run
from idp.cli.options import CONFIG_VARIABLE, echo_json, json_option, overrides
from idp.config.problem import ConfigurationProblems
from idp.config.reading import Configuration, read_configuration
from idp.config.settings import Settings

_MARKS = {Level.FINE: "ok", Level.NOTE: "--", Level.WARNING: "??", Level.FAILURE: "!!"}


@click.command()
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar=CONFIG_VARIABLE,
    default="config.toml",
    show_default=True,
    help="The configuration file; IDP_CONFIG may name it too.",
)
@json_option
@click.pass_context
def command(ctx: click.Context, config_file: Path, as_json: bool) -> None:
    """Examine an installation where it runs. Exit code 1 if something fails."""
    findings = run(_all(config_file))
    if as_json:
        echo_json([{"subject": one.subject, "level": one.level, "message": one.message} for one in findings])
    else:
        for finding in findings:
            click.echo(f"{_MARKS[finding.level]}  {finding.subject:13} {finding.message}")
    ctx.exit(1 if any(finding.level is Level.FAILURE for finding in findings) else 0)


async def _all(config_file: Path) -> list[Finding]:
    try:
        configuration = read_configuration(config_file, overrides())
    except ConfigurationProblems as problems:
        return [failure("configuration", str(problem)) for problem in problems.problems]
    findings = [*_configuration(configuration), *_outside(configuration.settings)]
    findings += [finding async for finding in _inside(configuration.settings)]
    return findings


def _configuration(configuration: Configuration) -> Iterator[Finding]:
    for doubt in configuration.warnings:
        # `check_mail` says that better.
        if doubt.key != "mail.host":
            yield warning("configuration", str(doubt))
    yield fine("configuration", "It can be used")


def _outside(settings: Settings) -> Iterator[Finding]:
    from idp.cli.checks.address_data import check_address_data
    from idp.cli.checks.hashing import check_hashing
    from idp.cli.checks.issuer import check_issuer, check_synchronization, check_tls
    from idp.cli.checks.mail import check_mail, check_sender, check_sms

    yield from check_issuer(settings)
    yield from check_tls(settings)
    yield from check_synchronization()
    yield from check_mail(settings.mail)
    yield from check_sender(settings)
    yield from check_sms(settings.factors)
    yield from check_address_data(settings.risk, now=int(time.time()))
    yield from check_hashing(settings.password, processors=os.cpu_count() or 1)


async def _inside(settings: Settings) -> AsyncIterator[Finding]:
    from idp.cli.checks.mail import check_outbox
    from idp.cli.checks.storage import (
        check_backup,
        check_certificates,
        check_database,
        check_exceptions,
        check_keys,
    )

    for finding in (*check_database(settings), *check_certificates(settings)):
        yield finding
    async for finding in check_keys(settings):
        yield finding
    async for finding in check_exceptions(settings):
        yield finding
    async for finding in check_outbox(settings):
        yield finding
    for finding in check_backup(settings):
        yield finding
