"""The address prompt: a mailbox refuses mail for good, and a browser that the account knows asks for another one."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import bindparam, update

from idp.account.creation import NewAccount, create_account
from idp.records.event import Occasion
from idp.records.ports import NotDelivered
from idp.store.statement import Write
from idp.store.tables.account import account
from tests.login.coded import Visitor, ask_for_code, code_in, mailed_code, mails_to, other_than
from tests.support.mail import deliver
from tests.support.world import PASSWORD, World, answer, is_asking, open_world, risky_settings

NEW = "alice@new.test"
REFUSE = Write(
    update(account)
    .where(account.c.account_id == bindparam("of_account"))
    .values(primary_email_refused_at=bindparam("at"))
)
GIVE_BACKUP = Write(
    update(account)
    .where(account.c.account_id == bindparam("of_account"))
    .values(backup_email=bindparam("address"), backup_email_verified=1)
)


async def known_browser(world: World) -> Visitor:
    """Alice's browser, signed in once; her mailbox refuses mail since."""
    visitor = await ask_for_code(world)
    assert "code" in answer(await visitor.enter(await mailed_code(world)))
    await mails_to(world)
    await ask_for_code(world, address="203.0.113.9")
    world.relay.refusal = NotDelivered("550 5.1.1", is_final=True, details={"stage": "recipient"})
    await deliver(world)
    world.relay.refusal = None
    return visitor


async def asked(visitor: Visitor) -> Visitor:
    """Signed in again, up to the question."""
    visitor.page = await visitor.browser.authorize(prompt="login")
    await visitor.press("continue", username="aa11111-ovh", password=PASSWORD)
    assert visitor.path.endswith("/address"), visitor.page.text
    return visitor


async def test_a_new_address_is_proven_and_becomes_the_primary_one(risky_world: World) -> None:
    visitor = await asked(await known_browser(risky_world))
    assert "a•••@e•••.test" in visitor.page.text
    await visitor.press("continue", email=NEW)
    assert NEW in visitor.page.text
    [mail] = await mails_to(risky_world)
    assert mail.to == NEW
    signed_in = await visitor.enter(code_in(mail))
    assert "code" in answer(signed_in)


async def address_of(world: World) -> list[tuple[str, int, int | None]]:
    return await world.rows(
        "SELECT primary_email, primary_email_verified, primary_email_refused_at FROM account"
        " WHERE customer_id = 'aa11111-ovh'"
    )


async def test_the_old_address_is_kept_out_and_the_new_one_signs_in(risky_world: World) -> None:
    visitor = await asked(await known_browser(risky_world))
    await visitor.press("continue", email=f" {NEW.upper()} ")
    assert "code" in answer(await visitor.enter(await mailed_code(risky_world)))
    assert await address_of(risky_world) == [("ALICE@NEW.TEST", 1, None)]
    told = {mail.to.lower() for mail in await mails_to(risky_world)}
    assert told == {NEW}
    for typed, signs_in in (("alice@example.test", False), (NEW, True)):
        page = await visitor.browser.authorize(prompt="login")
        answered = await visitor.browser.follow(
            await visitor.browser.submit(page, username=typed, password=PASSWORD)
        )
        assert ("code" in answered.headers.get("location", "")) is signs_in


async def test_it_can_be_put_off_for_this_time(risky_world: World) -> None:
    visitor = await asked(await known_browser(risky_world))
    assert "code" in answer(await visitor.press("skip"))
    assert (await address_of(risky_world))[0][2] is not None
    await asked(visitor)
    await visitor.press("continue", email=NEW)
    assert "code" in answer(await visitor.press("skip"))
    assert (await address_of(risky_world))[0][0] == "alice@example.test"


async def test_an_unknown_browser_is_not_asked(risky_world: World) -> None:
    await known_browser(risky_world)
    risky_world.clock.pass_(60)
    stranger = await ask_for_code(risky_world)
    assert is_asking(stranger.page, "email-code")
    page = await stranger.look(stranger.path.replace("email-code", "address"))
    assert is_asking(page, "email-code")


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter an e-mail address"),
        ("alice", "Enter an e-mail address in full"),
        ("alice@new.test\r\nBcc: eve@evil.test", "Enter an e-mail address in full"),
        ("Alice@Example.test", "This is the address that refuses our mail."),
    ],
)
async def test_what_is_no_new_address_is_refused_and_stays_to_be_mended(
    sqlite_risky_world: World, typed: str, sentence: str
) -> None:
    visitor = await asked(await known_browser(sqlite_risky_world))
    page = await visitor.press("continue", email=typed)
    assert page.status_code == 422
    assert sentence in page.text
    assert "<title>Error:" in page.text
    assert await mails_to(sqlite_risky_world) == []
    assert "eve@evil.test" not in page.headers.get("set-cookie", "")


async def test_an_address_of_another_account_looks_the_same_and_gets_no_mail(risky_world: World) -> None:
    visitor = await asked(await known_browser(risky_world))
    taken = await visitor.press("continue", email="bob@example.test")
    assert taken.status_code == 200
    assert await mails_to(risky_world) == []
    assert (await visitor.enter("1234 5678")).status_code == 422
    risky_world.clock.pass_(30)
    again = await visitor.resend()
    assert again.status_code == 200
    assert await mails_to(risky_world) == []
    await visitor.press("change")
    free = await visitor.press("continue", email="bub@example.test")
    assert free.text.replace("bub@", "bob@").count("bob@") == taken.text.count("bob@")
    assert [mail.to for mail in await mails_to(risky_world)] == ["bub@example.test"]


async def test_an_address_that_somebody_took_meanwhile_is_not_taken_twice(risky_world: World) -> None:
    visitor = await asked(await known_browser(risky_world))
    await visitor.press("continue", email=NEW)
    code = await mailed_code(risky_world)
    house = risky_world.house
    new = NewAccount(primary_email=NEW, customer_id="zz90001-ovh")
    occasion = Occasion(now=risky_world.clock.now(), actor="cli:test")
    await create_account(
        house.database, house.audit, house.entropy, occasion, new, rules=house.settings.customer_id
    )
    page = await visitor.enter(code)
    assert is_asking(page, "address-code")
    assert (await address_of(risky_world))[0][0] == "alice@example.test"


async def test_a_wrong_code_proves_no_address_and_five_end_it(risky_world: World) -> None:
    visitor = await asked(await known_browser(risky_world))
    await visitor.press("continue", email=NEW)
    code = await mailed_code(risky_world)
    page = await visitor.enter(other_than(code))
    assert "Tries left: 4." in page.text
    assert (await visitor.enter("")).status_code == 422
    for _ in range(4):
        page = await visitor.enter(other_than(code))
    assert is_asking(page, "address")
    assert "that was the last try" in page.text
    await visitor.press("continue", code=code)
    assert (await address_of(risky_world))[0][0] == "alice@example.test"


async def test_the_code_goes_again_to_the_address_that_was_typed(risky_world: World) -> None:
    visitor = await asked(await known_browser(risky_world))
    await visitor.press("continue", email=NEW)
    await mails_to(risky_world)
    assert (await visitor.resend()).status_code == 429
    risky_world.clock.pass_(30)
    await visitor.look()
    assert NEW in visitor.page.text
    await visitor.resend()
    [mail] = await mails_to(risky_world)
    assert mail.to == NEW
    assert "code" in answer(await visitor.enter(code_in(mail)))


async def test_a_code_for_one_address_proves_no_other(risky_world: World) -> None:
    visitor = await asked(await known_browser(risky_world))
    await visitor.press("continue", email=NEW)
    code = await mailed_code(risky_world)
    await visitor.press("change")
    await visitor.press("continue", email="eve@other.test")
    await mails_to(risky_world)
    assert (await visitor.enter(code)).status_code == 422
    assert (await address_of(risky_world))[0][0] == "alice@example.test"


async def test_the_backup_address_is_told(risky_world: World) -> None:
    visitor = await known_browser(risky_world)
    alice = risky_world.people["alice"]
    await risky_world.house.database.apply(
        [GIVE_BACKUP.effect(of_account=alice.account_id, address="spare@example.test")]
    )
    await asked(visitor)
    await visitor.press("continue", email=NEW)
    await visitor.enter(await mailed_code(risky_world))
    assert {mail.to for mail in await mails_to(risky_world)} == {NEW, "spare@example.test"}


async def test_an_address_at_rest_is_sealed_until_it_is_proven(sqlite_risky_world: World) -> None:
    visitor = await asked(await known_browser(sqlite_risky_world))
    await visitor.press("continue", email="sealed-away@new.test")
    path = Path(sqlite_risky_world.house.settings.database.url.removeprefix("sqlite:///"))
    stored = path.read_bytes() + path.with_name(path.name + "-wal").read_bytes()
    assert b"sealed-away@" not in stored


async def test_a_backup_address_that_becomes_the_primary_one_is_none_any_more(risky_world: World) -> None:
    visitor = await known_browser(risky_world)
    alice = risky_world.people["alice"]
    await risky_world.house.database.apply([GIVE_BACKUP.effect(of_account=alice.account_id, address=NEW)])
    await asked(visitor)
    await visitor.press("continue", email=NEW)
    assert "code" in answer(await visitor.enter(await mailed_code(risky_world)))
    found = await risky_world.rows(
        "SELECT primary_email, backup_email FROM account WHERE customer_id = 'aa11111-ovh'"
    )
    assert found == [(NEW, None)]


async def test_of_two_accounts_that_prove_an_address_at_once_one_gets_it(
    database_url: str, tmp_path: Path
) -> None:
    async with open_world(risky_settings(database_url, tmp_path)) as world:
        visitors = []
        for who in ("aa11111-ovh", "bb22222-ovh"):
            visitor = await ask_for_code(world, who)
            assert "code" in answer(await visitor.enter(await mailed_code(world)))
            visitors.append(visitor)
        await mails_to(world)
        for person in ("alice", "bob"):
            await world.house.database.apply(
                [REFUSE.effect(of_account=world.people[person].account_id, at=world.clock.now())]
            )
        codes = []
        for visitor, who in zip(visitors, ("aa11111-ovh", "bb22222-ovh"), strict=True):
            visitor.page = await visitor.browser.authorize(prompt="login")
            await visitor.press("continue", username=who, password=PASSWORD)
            await visitor.press("continue", email=NEW)
            codes.append(await mailed_code(world))
        await asyncio.gather(*(visitor.enter(code) for visitor, code in zip(visitors, codes, strict=True)))
        found = await world.rows("SELECT count(*) FROM account WHERE primary_email_key = 'alice@new.test'")
        assert found == [(1,)]
        asked_again = [is_asking(visitor.page, "address-code") for visitor in visitors]
        assert sorted(asked_again) == [False, True]
