"""`idp mail`: what was sent, what waits and what was refused, never what it said; and how each mail looks."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from idp.account.finding import get_person
from idp.cli.desk import open_database, run
from idp.cli.faults import Refused, iso_time
from idp.cli.options import config_option, echo_json, json_option
from idp.config.settings import Settings
from idp.events.mails import TEMPLATES, Channel, Template
from idp.store.database import Database
from idp.store.outbox import (
    LOGGED_MESSAGE,
    MESSAGE_LOG,
    MESSAGE_LOG_OF_SUBJECT,
    NEWEST,
    RETRY_MESSAGE,
    RETRY_MESSAGES,
    LoggedMessage,
    Status,
)

_TIMES = ("created_at", "due_at", "expires_at", "finished_at")
_SAMPLE_ACCOUNT = {"customer_id": "ab12345-ovh", "name": "Alice Martin"}


@click.group()
def command() -> None:
    """Mails and texts: the log, dead letters, and previews."""


@command.command(name="list")
@config_option
@click.option("--status", type=click.Choice([status.value for status in Status]))
@click.option("--account", "identifier", metavar="CUSTOMER_ID_OR_EMAIL", help="Those to one account.")
@click.option("--before", metavar="MESSAGE_ID", default=NEWEST, help="Those before this one: the next page.")
@json_option
def list_(settings: Settings, status: str | None, identifier: str | None, before: str, as_json: bool) -> None:
    """Print the log, newest first, at most 100 lines. Dead letters have the status failed."""
    messages = run(_list(settings, status or "", identifier, before))
    if as_json:
        echo_json([_shown(message) for message in messages])
        return
    for message in messages:
        click.echo(
            f"{message.message_id}  {iso_time(message.created_at)}  {message.status:9}  {message.reply or '-':10}"
            f"  {message.template:16}  {message.recipient}"
        )


async def _list(settings: Settings, status: str, identifier: str | None, before: str) -> list[LoggedMessage]:
    async with open_database(settings) as db:
        if identifier is None:
            return await db.all(MESSAGE_LOG, before_message=before, of_status=status)
        person = await get_person(db, identifier, suffix=settings.customer_id.suffix)
        return await db.all(
            MESSAGE_LOG_OF_SUBJECT, of_subject=person.subject_id, before_message=before, of_status=status
        )


@command.command()
@config_option
@click.argument("message_id")
@json_option
def show(settings: Settings, message_id: str, as_json: bool) -> None:
    """Print a line of the log in full. Recipients are masked, and words are not kept."""
    shown = _shown(run(_show(settings, message_id)))
    if as_json:
        echo_json(shown)
        return
    for name, value in shown.items():
        click.echo(f"{name:12} {'-' if value in (None, '') else value}")


async def _show(settings: Settings, message_id: str) -> LoggedMessage:
    async with open_database(settings) as db:
        return await _get(db, message_id)


@command.command()
@config_option
@click.argument("message_id", required=False)
def retry(settings: Settings, message_id: str | None) -> None:
    """Send at once what waits for its next try: one message, or all of them."""
    run(_retry(settings, message_id))
    click.echo("A running server sends it within seconds")


async def _retry(settings: Settings, message_id: str | None) -> None:
    from idp.adapters.clock import SystemClock

    now = SystemClock().now()
    async with open_database(settings) as db:
        if message_id is None:
            await db.apply([RETRY_MESSAGES.effect(now=now)])
            return
        message = await _get(db, message_id)
        if message.status != Status.QUEUED:
            raise Refused(
                f"{message_id} is {message.status}, and its words are erased. Whoever needs it asks for another."
            )
        await db.apply([RETRY_MESSAGE.effect(of_message=message_id, now=now)])


@command.command()
@config_option
@click.argument("template", required=False, type=click.Choice([template.name for template in TEMPLATES]))
@click.option("--language", help="Instead of every language that is offered.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write files into it, HTML parts too, instead of printing the text parts.",
)
def preview(settings: Settings, template: str | None, language: str | None, folder: Path | None) -> None:
    """Show mails as they look with this configuration's brand and templates, with invented contents."""
    languages = [language] if language else list(settings.language.offered)
    if language and language not in settings.language.offered:
        raise Refused(f"{language} is not in [language] offered.")
    for one in TEMPLATES:
        if template in (None, one.name):
            for code in languages:
                _preview(settings, one, code, folder)


def _preview(settings: Settings, template: Template, language: str, folder: Path | None) -> None:
    from idp.events.composing import Composer
    from idp.web.locale import Catalogues
    from idp.web.pages import template_folders

    folders = template_folders(settings.brand.templates)
    composer = Composer(settings, Catalogues([one / "locale" for one in folders], [language]), folders)
    compose = composer.mail if template.channel is Channel.MAIL else composer.sms
    for number, sample in enumerate(template.samples, 1):
        composed = compose(template.name, language, {**sample, **_SAMPLE_ACCOUNT})
        if folder is None:
            click.echo(f"\n=== {template.name}, {language}\n{composed.subject}\n\n{composed.text}")
            continue
        folder.mkdir(parents=True, exist_ok=True)
        stem = f"{template.name}-{number}-{language}"
        (folder / f"{stem}.txt").write_text(f"{composed.subject}\n\n{composed.text}")
        if composed.html:
            (folder / f"{stem}.html").write_text(composed.html)


async def _get(db: Database, message_id: str) -> LoggedMessage:
    message = await db.one(LOGGED_MESSAGE, of_message=message_id)
    if message is None:
        raise Refused(f"There is no message {message_id}. `idp mail list` shows the newest.")
    return message


def _shown(message: LoggedMessage) -> dict[str, Any]:
    fields = asdict(message)
    return fields | {name: iso_time(fields[name]) for name in _TIMES if fields[name] is not None}
