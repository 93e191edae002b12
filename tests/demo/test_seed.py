"""Seeding: everybody gets what the contract says, once, also in a database that an older release seeded."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlalchemy import table as named

from idp.account.backup_codes import canonical_code, digest_of_code, looks_like_backup_code
from idp.account.totp import open_secret
from idp.app import House, open_house
from idp.demo.accounts import ACCOUNTS, BACKUP_CODES, TOTP_SECRET
from idp.demo.addresses import Addresses
from idp.demo.seed import Seeding, seed
from idp.records.account import SubjectId
from idp.records.factor import Standing, Way
from idp.store.accounts import PERSON_BY_CUSTOMER_ID
from idp.store.factors import (
    DELETE_BACKUP_CODES,
    PHONES,
    REDEEM_BACKUP_CODE,
    SECURITY,
    STANDING,
    TOTPS,
    TURN_TWO_FACTOR,
)
from idp.store.seals import PHONES as SEALED_PHONES
from idp.store.statement import Write
from tests.support.world import settings_for

ADDRESSES = Addresses(port=8000)
WITH_APP = {"bb22222-ovh", "ss90001-ovh", "kk90002-ovh", "ad90000-ovh"}


@pytest.fixture
async def house(database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(settings_for(database_url, tmp_path)) as house:
        yield house


async def _subject(house: House, customer_id: str = "bb22222-ovh") -> SubjectId:
    person = await house.database.one(PERSON_BY_CUSTOMER_ID, customer_id=customer_id)
    assert person is not None
    return person.subject_id


async def _standing(house: House, customer_id: str = "bb22222-ovh") -> Standing:
    standing = await house.database.one(STANDING, of_subject=await _subject(house, customer_id))
    assert standing is not None
    return standing


async def test_whoever_has_an_app_has_two_factor_authentication_on(house: House) -> None:
    await seed(Seeding.of(house), ADDRESSES)
    for account in ACCOUNTS:
        standing = await _standing(house, account.customer_id)
        has_app = account.customer_id in WITH_APP
        assert (standing.has_two_factor, standing.totps) == (has_app, int(has_app))
        if has_app:
            (totp,) = await house.database.all(TOTPS, of_subject=standing.subject_id)
            assert open_secret(house.root_keys, totp) == TOTP_SECRET


async def test_bob_has_every_way_but_a_key(house: House) -> None:
    await seed(Seeding.of(house), ADDRESSES)
    standing = await _standing(house)
    assert standing.ways(sms=True) == (Way.TOTP, Way.SMS, Way.BACKUP_CODE)
    assert standing.backup_codes == 10
    (phone,) = await house.database.all(PHONES, of_subject=standing.subject_id)
    binding = SEALED_PHONES.binding(phone.phone_id)
    number = house.root_keys.open(phone.sealed, root_key_id=phone.root_key_id, binding=binding)
    assert number == b"+33199005678"
    assert phone.masked.endswith("78")


def test_printed_codes_are_as_real_ones() -> None:
    assert len(set(BACKUP_CODES)) == 10
    for code in BACKUP_CODES:
        assert looks_like_backup_code(code)
        assert canonical_code(code) == code.replace("-", "")


async def test_seeding_again_keeps_what_people_changed(house: House) -> None:
    await seed(Seeding.of(house), ADDRESSES)
    bob, sam = await _subject(house), await _subject(house, "ss90001-ovh")
    digest = digest_of_code(BACKUP_CODES[0])
    used = REDEEM_BACKUP_CODE.effect(expects=1, of_subject=bob, of_digest=digest, now=1)
    assert await house.database.apply([used, TURN_TWO_FACTOR.effect(of_subject=sam, turned_at=None)])
    before = await house.database.all(TOTPS, of_subject=bob)

    await seed(Seeding.of(house), ADDRESSES)

    assert await house.database.all(TOTPS, of_subject=bob) == before
    assert (await _standing(house)).backup_codes == 9
    assert not (await _standing(house, "ss90001-ovh")).has_two_factor


async def test_people_of_an_older_release_get_their_factors(house: House) -> None:
    """That release knew no factors, and Bob has changed nothing but his password since."""
    await seed(Seeding.of(house), ADDRESSES)
    bob = await _subject(house)
    for table in ("totp", "phone", "security"):
        await _delete_all(house, table)
    await house.database.apply([DELETE_BACKUP_CODES.effect(of_subject=bob)])
    assert await house.database.one(SECURITY, of_subject=bob) is None

    await seed(Seeding.of(house), ADDRESSES)

    assert await _subject(house) == bob
    assert (await _standing(house)).ways(sms=True) == (Way.TOTP, Way.SMS, Way.BACKUP_CODE)


async def _delete_all(house: House, table: str) -> None:
    assert await house.database.apply([Write(delete(named(table))).effect()])
