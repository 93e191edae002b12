"""`idp account`: customers and staff. Nobody types a password here; people choose theirs through a link."""

from typing import Any

import click

from idp.account.creation import NewAccount, create_account
from idp.account.domains import change_domains
from idp.account.enrolment import issue_enrolment_link
from idp.account.finding import get_person
from idp.account.groups import change_groups
from idp.account.status import disable_account, enable_account
from idp.account.watching import watch_account
from idp.app.house import House
from idp.cli.desk import open_database, open_desk, run
from idp.cli.faults import Refused, iso_time
from idp.cli.options import config_option, echo_json, json_option
from idp.config.settings import Settings
from idp.records.account import AccountStatus, Person, Role
from idp.records.event import Occasion
from idp.store.accounts import CREDENTIAL_BY_SUBJECT

_identifier = click.argument("identifier", metavar="CUSTOMER_ID_OR_EMAIL")


@click.group()
def command() -> None:
    """Accounts of customers and staff."""


@command.command()
@config_option
@click.option("--email", "primary_email", help="Primary e-mail address.")
@click.option(
    "--email-verified",
    "is_primary_email_verified",
    is_flag=True,
    help="Its owner proved it; to no other is a link for a new password mailed.",
)
@click.option("--backup-email", help="Second address.")
@click.option("--given-name", help="First name.")
@click.option("--family-name", help="Last name.")
@click.option("--name", help="Full name, if it is not the two together.")
@click.option("--language", default="", help="Preferred language, such as fr.")
@click.option(
    "--role", type=click.Choice([role.value for role in Role]), default=Role.CUSTOMER.value, show_default=True
)
@click.option("--customer-id", help="Instead of a generated one.")
@json_option
def create(settings: Settings, as_json: bool, **fields: Any) -> None:
    """Create an account, and print the single-use link where its owner chooses a password."""
    names = {name: fields.pop(name) for name in ("name", "given_name", "family_name")}
    names["name"] = names["name"] or " ".join(filter(None, (names["given_name"], names["family_name"])))
    profile = {name: value for name, value in names.items() if value}
    role = Role(fields.pop("role"))
    new = NewAccount(profile=profile, role=role, **fields)
    run(_create(settings, new, as_json))


async def _create(settings: Settings, new: NewAccount, as_json: bool) -> None:
    async with open_desk(settings) as (house, occasion):
        person = await create_account(
            house.database, house.audit, house.entropy, occasion, new, rules=settings.customer_id
        )
        await _print_link(
            house, occasion, person, as_json=as_json, title=f"Created {person.role} {person.customer_id}"
        )


@command.command()
@config_option
@_identifier
@json_option
def show(settings: Settings, identifier: str, as_json: bool) -> None:
    """Print an account."""
    run(_show(settings, identifier, as_json))


async def _show(settings: Settings, identifier: str, as_json: bool) -> None:
    async with open_database(settings) as db:
        person = await get_person(db, identifier, suffix=settings.customer_id.suffix)
        credential = await db.one(CREDENTIAL_BY_SUBJECT, subject_id=person.subject_id)
    shown = _shown(person, has_password=credential is not None and credential.encoded is not None)
    if as_json:
        echo_json(shown)
        return
    for name, value in shown.items():
        click.echo(f"{name:24} {value if value is not None else '-'}")


@command.command()
@config_option
@_identifier
@click.option("--reason", default="", help="For the audit trail.")
def disable(settings: Settings, identifier: str, reason: str) -> None:
    """Block an account: its sessions and everything issued to it end at once."""
    run(_set_status(settings, identifier, reason, is_enabled=False))


@command.command()
@config_option
@_identifier
@click.option("--reason", default="", help="For the audit trail.")
def enable(settings: Settings, identifier: str, reason: str) -> None:
    """Unblock an account."""
    run(_set_status(settings, identifier, reason, is_enabled=True))


async def _set_status(settings: Settings, identifier: str, reason: str, *, is_enabled: bool) -> None:
    act = enable_account if is_enabled else disable_account
    state = "enabled" if is_enabled else "disabled"
    async with open_desk(settings) as (house, occasion):
        person = await get_person(house.database, identifier, suffix=settings.customer_id.suffix)
        changed = await act(house.database, house.audit, occasion, person, reason=reason)
    click.echo(f"{person.customer_id} is {state}{'' if changed else ' already'}")


@command.command()
@config_option
@_identifier
@click.option("--off", "is_watched", flag_value=False, default=True, help="No more.")
@click.option("--reason", default="", help="For the audit trail.")
def watch(settings: Settings, identifier: str, reason: str, *, is_watched: bool) -> None:
    """Ask for more than the password at every sign-in, in known browsers too, until the password changes."""
    run(_watch(settings, identifier, reason, is_watched=is_watched))


async def _watch(settings: Settings, identifier: str, reason: str, *, is_watched: bool) -> None:
    async with open_desk(settings) as (house, occasion):
        person = await get_person(house.database, identifier, suffix=settings.customer_id.suffix)
        changed = await watch_account(
            house.database,
            house.audit,
            house.entropy,
            occasion,
            person.subject_id,
            is_watched=is_watched,
            reason=reason,
        )
    state = "watched" if is_watched else "watched no more"
    click.echo(f"{person.customer_id} is {state}{'' if changed else ' already'}")


@command.command()
@config_option
@_identifier
@click.option("--add", multiple=True, metavar="GROUP", help="Put it into a group; may be repeated.")
@click.option("--remove", multiple=True, metavar="GROUP", help="Take it out of a group; may be repeated.")
@json_option
def groups(
    settings: Settings, identifier: str, add: tuple[str, ...], remove: tuple[str, ...], as_json: bool
) -> None:
    """Print the groups of an account, or change them. `factors.required_groups` says what a group has to do."""
    run(_groups(settings, identifier, add, remove, as_json))


async def _groups(
    settings: Settings, identifier: str, add: tuple[str, ...], remove: tuple[str, ...], as_json: bool
) -> None:
    async with open_desk(settings) as (house, occasion):
        person = await get_person(house.database, identifier, suffix=settings.customer_id.suffix)
        groups = await change_groups(house.database, house.audit, occasion, person, add=add, remove=remove)
    if as_json:
        echo_json({"customer_id": person.customer_id, "role": person.role.value, "groups": list(groups)})
        return
    click.echo(f"{person.customer_id}: {', '.join((person.role.value, *groups))}")


@command.command()
@config_option
@_identifier
@click.option("--add", multiple=True, metavar="DOMAIN", help="The customer has it with us; may be repeated.")
@click.option("--remove", multiple=True, metavar="DOMAIN", help="Not any more; may be repeated.")
@json_option
def domains(
    settings: Settings, identifier: str, add: tuple[str, ...], remove: tuple[str, ...], as_json: bool
) -> None:
    """Print the domains of an account, or change them: who lost their mailbox may prove themselves by one."""
    run(_domains(settings, identifier, add, remove, as_json))


async def _domains(
    settings: Settings, identifier: str, add: tuple[str, ...], remove: tuple[str, ...], as_json: bool
) -> None:
    async with open_desk(settings) as (house, occasion):
        person = await get_person(house.database, identifier, suffix=settings.customer_id.suffix)
        domains = await change_domains(house.database, house.audit, occasion, person, add=add, remove=remove)
    if as_json:
        echo_json({"customer_id": person.customer_id, "domains": list(domains)})
        return
    click.echo(f"{person.customer_id}: {', '.join(domains) or 'no domains'}")


@command.command()
@config_option
@_identifier
@json_option
def enrol(settings: Settings, identifier: str, as_json: bool) -> None:
    """Print a new enrolment link. Links before it end; a password stays until the link is used."""
    run(_enrol(settings, identifier, as_json))


async def _enrol(settings: Settings, identifier: str, as_json: bool) -> None:
    async with open_desk(settings) as (house, occasion):
        person = await get_person(house.database, identifier, suffix=settings.customer_id.suffix)
        if person.status is AccountStatus.DISABLED:
            raise Refused(
                f"{person.customer_id} is disabled. Run `idp account enable {person.customer_id}` first."
            )
        await _print_link(
            house, occasion, person, as_json=as_json, title=f"New link for {person.customer_id}"
        )


async def _print_link(house: House, occasion: Occasion, person: Person, *, as_json: bool, title: str) -> None:
    seconds = house.settings.login.enrolment_link_seconds
    value = await issue_enrolment_link(
        house.database, house.audit, house.entropy, occasion, person.subject_id, seconds=seconds
    )
    link = f"{house.settings.issuer}/enrol/{value}"
    expires_at = iso_time(occasion.now + seconds)
    if as_json:
        echo_json(
            _shown(person, has_password=False) | {"enrolment_link": link, "enrolment_expires_at": expires_at}
        )
        return
    click.echo(title)
    click.echo(f"Enrolment link, for one use until {expires_at}:")
    click.echo(link)


def _shown(person: Person, *, has_password: bool) -> dict[str, Any]:
    return {
        "customer_id": person.customer_id,
        "name": person.name,
        "role": person.role.value,
        "status": person.status.value,
        "primary_email": person.primary_email,
        "primary_email_verified": person.primary_email_verified,
        "backup_email": person.backup_email,
        "backup_email_verified": person.backup_email_verified,
        "language": person.language,
        "sub": person.sub,
        "has_password": has_password,
        "created_at": iso_time(person.created_at),
        "updated_at": iso_time(person.updated_at),
    }
