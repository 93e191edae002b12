"""Whom to call without a mailbox: the country's own number and the one from abroad."""

from pathlib import Path

import pytest
from sqlalchemy import bindparam, update

from idp.config.settings import Brand, SupportPhone
from idp.login.prompts.lost_mailbox import phones_for
from idp.store.statement import Write
from idp.store.tables.account import account
from tests.login.coded import ask_for_code
from tests.support.world import open_world, risky_settings

FRANCE = SupportPhone(country="FR", number="1099")
CANADA = SupportPhone(country="CA", number="1 855 555 0100")
ABROAD = SupportPhone(country="*", number="+33 1 99 00 00 00")
PHONES = (FRANCE, CANADA, ABROAD)
SET_PROFILE = Write(
    update(account)
    .where(account.c.account_id == bindparam("of_account"))
    .values(profile=bindparam("new_profile"))
)


@pytest.mark.parametrize(
    ("country", "shown"),
    [("FR", (FRANCE, ABROAD)), ("CA", (CANADA, ABROAD)), ("DE", PHONES), ("", PHONES)],
)
def test_a_country_has_its_own_number(country: str, shown: tuple[SupportPhone, ...]) -> None:
    assert phones_for(PHONES, country) == shown


def test_without_numbers_there_are_none() -> None:
    assert phones_for((), "FR") == ()


@pytest.mark.parametrize(
    ("profile", "shows", "hides"),
    [
        ('{"address": {"country": "fr"}}', "1099", "1 855"),
        ('{"address": {"country": "CA"}}', "1\N{NO-BREAK SPACE}855", "1099"),
        ('{"address": "Lille"}', "1099", "no such number"),
    ],
)
async def test_the_accounts_country_decides(
    sqlite_url: str, tmp_path: Path, profile: str, shows: str, hides: str
) -> None:
    brand = Brand(support_phones=PHONES)
    async with open_world(risky_settings(sqlite_url, tmp_path, brand=brand)) as world:
        account_id = world.people["alice"].account_id
        await world.house.database.apply([SET_PROFILE.effect(of_account=account_id, new_profile=profile)])
        visitor = await ask_for_code(world)
        page = await visitor.look(visitor.path.replace("email-code", "lost-mailbox"))
        assert shows in page.text
        assert hides not in page.text
        assert "+33" in page.text
