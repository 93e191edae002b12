"""An unverified address never becomes primary, and primary and backup differ: of every statement, and on every path."""

import importlib
import pkgutil
import random
import re
from pathlib import Path

import pytest

import idp.store
from idp.account.address import add_backup, replace_refused_address
from idp.account.address_change import Planning, apply_change, apply_due_changes, cancel_change, plan_change
from idp.account.address_mails import NOWHERE
from idp.records.account import Person
from idp.records.event import Occasion
from idp.records.sign_up import AddressPlace
from idp.spec.identifier import canonical_email
from idp.store.accounts import PERSON_BY_SUBJECT
from idp.store.address_changes import CHANGE
from idp.store.statement import Write
from tests.support.world import World

_IDP = Path(idp.store.__file__).parent.parent
_POOL = ("a@one.test", "b@one.test", "c@one.test", "alice@example.test", "BOB@example.test")


def _writers() -> dict[str, Write]:
    """Every statement that changes a primary address, by name."""
    return {
        name: value
        for module in pkgutil.iter_modules(idp.store.__path__, "idp.store.")
        for name, value in vars(importlib.import_module(module.name)).items()
        if isinstance(value, Write) and "primary_email" in _set_by(value)
    }


def _set_by(write: Write) -> set[str]:
    """The columns that an UPDATE of accounts sets."""
    changed = re.match(r"UPDATE account SET (.*?) WHERE ", write.sqlite.replace("\n", " "))
    return set(re.findall(r"(\w+)=", changed[1])) if changed else set()


def test_every_statement_that_changes_a_primary_address_says_that_it_is_proven() -> None:
    writers = _writers()
    # Whoever adds one reads this: its caller has to have proven the address first. Who is deleted has none.
    assert set(writers) == {"SET_PRIMARY", "REPLACE_REFUSED_ADDRESS", "DELETE_ACCOUNT"}
    for name in ("SET_PRIMARY", "REPLACE_REFUSED_ADDRESS"):
        assert {"primary_email", "primary_email_key", "primary_email_verified"} <= _set_by(writers[name])
        assert writers[name].constants["primary_email_verified"] == 1
    assert writers["DELETE_ACCOUNT"].constants["primary_email_key"] is None


def test_those_statements_are_used_by_acts_on_proven_addresses_alone() -> None:
    users = {
        path.relative_to(_IDP).as_posix()
        for path in _IDP.rglob("*.py")
        if "store/" not in path.as_posix()
        and any(
            name in path.read_text(encoding="utf-8") for name in ("SET_PRIMARY", "REPLACE_REFUSED_ADDRESS")
        )
    }
    assert users == {"account/address.py", "account/address_change.py", "account/cases/changes.py"}


async def _check(world: World) -> None:
    rows = await world.rows(
        "SELECT primary_email, primary_email_key, primary_email_verified, backup_email, backup_email_key,"
        " backup_email_verified FROM account"
    )
    keys = [key for _, key, *_ in rows]
    assert len({*keys}) == len(keys)
    for primary, key, is_proven, backup, backup_key, is_backup in rows:
        assert is_proven == 1
        assert canonical_email(primary) == key
        assert (canonical_email(backup) if backup else None) == backup_key
        assert bool(is_backup) == bool(backup)
        assert backup_key != key


async def _person(world: World, who: str) -> Person:
    person = await world.house.database.one(PERSON_BY_SUBJECT, subject_id=world.people[who].subject_id)
    assert person is not None
    return person


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_done_in_whatever_order_both_addresses_are_proven_and_differ(
    sqlite_world: World, seed: int
) -> None:
    """The acts themselves, as their callers may race them: stale people, changes that ended, addresses taken since."""
    world, dice = sqlite_world, random.Random(seed)
    house, planned = world.house, []
    stale = {who: [await _person(world, who)] for who in ("alice", "bob")}
    for _ in range(120):
        who = dice.choice(("alice", "bob"))
        stale[who].append(await _person(world, who))
        person, address = dice.choice(stale[who][-3:]), dice.choice(_POOL)
        occasion = Occasion(now=world.clock.now(), actor="test")
        match dice.randrange(6):
            case 0:
                place = dice.choice(list(AddressPlace))
                wanted = "" if place is AddressPlace.BACKUP and dice.random() < 0.3 else address
                planning = Planning(person=person, place=place, address=wanted, whence=NOWHERE)
                if change := await plan_change(house, occasion, planning, also=[]):
                    planned.append((who, change.change_id))
            case 1 | 2 if planned:
                owner, change_id = dice.choice(planned[-4:])
                change = await house.database.one(CHANGE, of_change=change_id)
                assert change is not None
                await apply_change(house, occasion, dice.choice(stale[owner][-3:]), change)
            case 3 if planned:
                owner, change_id = dice.choice(planned[-4:])
                change = await house.database.one(CHANGE, of_change=change_id)
                assert change is not None
                await cancel_change(house, occasion, stale[owner][-1], change)
            case 4:
                await add_backup(house.database, house.audit, occasion, person, address, also=[])
                await replace_refused_address(house.database, house.audit, occasion, person, address, also=[])
            case _:
                world.clock.pass_(dice.choice((60, 86_400)))
                await apply_due_changes(house, Occasion(now=world.clock.now(), actor="system"))
        await _check(world)
    assert any(await world.rows("SELECT change_id FROM address_change WHERE applied_at IS NOT NULL"))
