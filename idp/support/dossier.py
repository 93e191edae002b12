"""Everything that an agent sees of an account, loaded together. No secret is in it: neither a seed nor a digest."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.account.own_browsers import OwnBrowser, browsers_of
from idp.account.own_devices import OwnDevice, devices_of
from idp.login.front_door import FrontDoor
from idp.records.account import Person
from idp.records.case import Case
from idp.records.factor import Standing
from idp.records.risk import Decision
from idp.store.accounts import CREDENTIAL_BY_SUBJECT, PERSON_BY_SUBJECT
from idp.store.cases import CASES_OF_SUBJECT, DISABLED_AT
from idp.store.devices import DEVICES_OF_SUBJECT
from idp.store.factors import STANDING
from idp.store.outbox import MESSAGE_LOG_OF_SUBJECT, NEWEST, LoggedMessage
from idp.store.risk import DECISIONS_OF_SUBJECT
from idp.store.sessions import SESSIONS_OF_SUBJECT
from idp.store.support import (
    DOMAINS_OF_ACCOUNT,
    MOST_SHOWN,
    SIGN_INS_OF_SUBJECT,
    STAFF_ACTS_ON_SUBJECT,
    TrailEntry,
)

_DECISIONS = 10
_OF_A_PERSON = "subject:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """`names` are those of the agents and applications that its lines are about, by actor and by client_id."""

    person: Person
    standing: Standing
    blocked_at: int | None
    password_at: int | None
    devices: Sequence[OwnDevice]
    browsers: Sequence[OwnBrowser]
    decisions: Sequence[Decision]
    sign_ins: Sequence[TrailEntry]
    messages: Sequence[LoggedMessage]
    cases: Sequence[Case]
    domains: Sequence[str]
    staff_acts: Sequence[TrailEntry]
    names: dict[str, str]


async def load_dossier(door: FrontDoor, person: Person, locale: str, now: int) -> Dossier:
    database, subject_id = door.database, person.subject_id
    standing = await database.one(STANDING, of_subject=subject_id)
    credential = await database.one(CREDENTIAL_BY_SUBJECT, subject_id=subject_id)
    assert standing is not None  # A person is a subject.
    devices = await database.all(DEVICES_OF_SUBJECT, of_subject=subject_id, now=now)
    sessions = await database.all(SESSIONS_OF_SUBJECT, of_subject=subject_id)
    decisions = await database.all(DECISIONS_OF_SUBJECT, of_subject=subject_id, most=_DECISIONS)
    sign_ins = await database.all(SIGN_INS_OF_SUBJECT, of_subject=subject_id)
    messages = await database.all(
        MESSAGE_LOG_OF_SUBJECT, of_subject=subject_id, before_message=NEWEST, of_status=""
    )
    staff_acts = await database.all(
        STAFF_ACTS_ON_SUBJECT, of_subject=subject_id, own_actor=f"{_OF_A_PERSON}{subject_id}"
    )
    clients = [*(one.client_id for one in decisions), *(one.client_id or "" for one in sign_ins)]
    return Dossier(
        person=person,
        standing=standing,
        blocked_at=await database.one(DISABLED_AT, of_account=person.account_id),
        password_at=credential.changed_at if credential else None,
        devices=await devices_of(database, subject_id),
        browsers=browsers_of(devices, [one for one in sessions if one.is_alive(now)]),
        decisions=decisions,
        sign_ins=sign_ins,
        messages=messages[:MOST_SHOWN],
        cases=await database.all(CASES_OF_SUBJECT, of_subject=subject_id),
        domains=await database.all(DOMAINS_OF_ACCOUNT, of_account=person.account_id),
        staff_acts=staff_acts,
        names={
            **await _names_of_clients(door, clients, locale, now),
            **await _names_of_actors(door, [one.actor for one in staff_acts]),
        },
    )


async def _names_of_clients(door: FrontDoor, clients: Sequence[str], locale: str, now: int) -> dict[str, str]:
    names = {}
    for client_id in {*clients} - {""}:
        client = await door.clients.find(client_id, now)
        names[client_id] = client.name_in(locale) if client else client_id
    return names


async def _names_of_actors(door: FrontDoor, actors: Sequence[str]) -> dict[str, str]:
    names = {}
    for actor in {*actors}:
        subject_id = actor.removeprefix(_OF_A_PERSON)
        agent = await door.database.one(PERSON_BY_SUBJECT, subject_id=subject_id)
        names[actor] = agent.name if agent else subject_id
    return names
