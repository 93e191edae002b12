"""`idp db`: bring the database to this release's schema, and check it."""

import click

from idp.cli.options import config_option, echo_json, json_option
from idp.config.settings import Settings


@click.group()
def command() -> None:
    """Migrate the database."""


@command.command()
@config_option
@json_option
def upgrade(settings: Settings, as_json: bool) -> None:
    """Apply pending revisions. Safe while nodes serve; an SQLite database is copied first."""
    from idp.store.migrations.upgrade import upgrade as upgrade_database

    done = upgrade_database(settings.database.url)
    if as_json:
        backup = str(done.backup) if done.backup else None
        echo_json({"former": done.former, "applied": list(done.applied), "backup": backup})
        return
    if done.backup:
        click.echo(f"Copied the database to {done.backup}")
    for revision in done.applied:
        click.echo(f"Applied revision {revision}")
    if not done.applied:
        click.echo("Nothing to do")


@command.command()
@config_option
@json_option
@click.pass_context
def check(ctx: click.Context, settings: Settings, as_json: bool) -> None:
    """Compare the database with what this release expects. Exit code 1 if it differs."""
    from idp.store.migrations.upgrade import check as check_database

    problems = check_database(settings.database.url)
    if as_json:
        echo_json({"problems": problems})
    else:
        for problem in problems:
            click.echo(problem)
        if not problems:
            click.echo("The schema is as expected")
    ctx.exit(1 if problems else 0)
