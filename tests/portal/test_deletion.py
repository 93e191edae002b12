"""Deleting an account: announced, cancelled by whoever reads the mail, and then really gone."""

import re

import httpx2
import pytest

from idp.account.address_mails import Whence
from idp.account.creation import NewAccount, create_account
from idp.account.deletion import obstacle, plan_deletion
from idp.account.status import disable_account
from idp.app.upkeep import Upkeep
from idp.records.account import AccountStatus
from idp.records.event import Occasion
from idp.store.accounts import PERSON_BY_CUSTOMER_ID, PERSON_BY_SUB, PERSON_BY_SUBJECT
from idp.store.address_changes import SET_BACKUP
from idp.store.cases import INSERT_CASE
from idp.store.tables.metadata import metadata
from tests.oidc.test_customers import billing_service, customers_token
from tests.portal.pressing import forms_of, open_account, press
from tests.portal.ways_back import ask
from tests.support.factors import give_factors
from tests.support.mail import Mail, delivered
from tests.support.world import PASSWORD, Browser, World, is_asking

PATH = "/account/delete"
ALICE = "aa11111-ovh"
GRACE_SECONDS = 30 * 86_400
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def _plan(browser: Browser, *, identifier: str = ALICE) -> httpx2.Response:
    page = await open_account(browser, PATH, identifier=identifier)
    done = await press(browser, page, "delete", "delete", customer_id=identifier)
    assert (done.status_code, done.headers["location"]) == (303, PATH)
    return await browser.get(PATH)


async def _upkeep(world: World) -> None:
    await Upkeep(house=world.house, holder="test").once(world.clock.now())


async def _delete(world: World) -> None:
    world.clock.pass_(GRACE_SECONDS)
    await _upkeep(world)


async def _count(world: World, kind: str) -> int:
    return len(await world.rows(f"SELECT event_id FROM audit_event WHERE type = '{kind}'"))


async def _delete_at(world: World) -> object:
    ((found,),) = await world.rows(f"SELECT delete_at FROM account WHERE customer_id = '{ALICE}'")
    return found


def _link_of(mail: Mail) -> str:
    found = re.search(r"/deletion/\S+", mail.text)
    assert found, mail.text
    return found[0]


async def test_a_deletion_is_planned_told_and_shown(world: World) -> None:
    browser = world.browser(headers={"user-agent": FIREFOX})
    page = await _plan(browser)
    assert "Your account will be deleted" in page.text
    assert set(forms_of(page)) == {"sign-out", "keep"}
    assert await _delete_at(world) == world.clock.now() + GRACE_SECONDS
    (mail,) = [mail for mail in await delivered(world) if "will be deleted" in mail.subject]
    assert (mail.to, ALICE in mail.subject, ALICE in mail.html) == ("alice@example.test", True, True)
    assert "Firefox, Linux" in mail.text
    assert await _count(world, "account.deletion_planned") == 1
    home = await browser.get("/account")
    assert 'id="deletion"' in home.text


async def test_every_proven_address_is_told(sqlite_world: World) -> None:
    await _set_backup(sqlite_world)
    await _plan(sqlite_world.browser())
    told = [mail.to for mail in await delivered(sqlite_world) if "will be deleted" in mail.subject]
    assert sorted(told) == ["alice@example.test", "spare@example.test"]


async def _set_backup(world: World) -> None:
    effect = SET_BACKUP.effect(
        expects=1,
        of_account=world.people["alice"].account_id,
        new_email="spare@example.test",
        new_key="spare@example.test",
        now=world.clock.now(),
    )
    assert await world.house.database.apply([effect])


@pytest.mark.parametrize("typed", ["", "bb22222-ovh", "aa11111", "AA11111-OVH ", "' OR ''='"])
async def test_the_customer_id_has_to_be_typed(sqlite_world: World, typed: str) -> None:
    browser = sqlite_world.browser()
    page = await open_account(browser, PATH)
    answer = await press(browser, page, "delete", "delete", customer_id=typed)
    is_right = typed.strip().lower().startswith("aa11111")
    assert answer.status_code == (303 if is_right else 422)
    assert (await _delete_at(sqlite_world) is not None) == is_right
    if not is_right:
        assert "<title>Error: " in answer.text
        assert 'aria-describedby="customer_id-hint customer_id-error"' in answer.text


async def test_planning_wants_a_fresh_proof_and_keeping_does_not(world: World) -> None:
    browser = world.browser()
    page = await open_account(browser, PATH)
    world.clock.pass_(3_600)
    refused = await press(browser, page, "delete", "delete", customer_id=ALICE)
    assert refused.headers["location"].startswith("/sign-in/")
    assert await _delete_at(world) is None
    assert (await browser.get(PATH)).headers["location"].startswith("/sign-in/")
    asking = await browser.follow(await browser.get(PATH))
    await browser.follow(await browser.submit(asking, username=ALICE, password=PASSWORD))
    await press(browser, await browser.get(PATH), "delete", "delete", customer_id=ALICE)
    world.clock.pass_(3_600)
    kept = await press(browser, await browser.get(PATH), "keep", "keep")
    assert (kept.status_code, await _delete_at(world)) == (303, None)


async def test_the_link_of_the_mail_keeps_the_account_once_and_without_signing_in(world: World) -> None:
    await _plan(world.browser())
    (mail,) = [mail for mail in await delivered(world) if "will be deleted" in mail.subject]
    reader = world.browser()
    page = await reader.get(_link_of(mail))
    assert ALICE in page.text
    for _ in range(3):  # Scanners open it, too.
        await world.browser().get(_link_of(mail))
    assert await _delete_at(world) is not None
    kept = await reader.submit(page, "keep", action="keep")
    assert "will not be deleted" in kept.text
    assert await _delete_at(world) is None
    assert (await reader.get(_link_of(mail))).status_code == 404
    told = await delivered(world)
    assert [mail.subject for mail in told] == [
        f"The deletion of your account was cancelled \N{EN DASH} {ALICE}"
    ]
    await _delete(world)
    assert (await _status(world)) == "active"


async def _status(world: World) -> str:
    ((found,),) = await world.rows(f"SELECT status FROM account WHERE customer_id = '{ALICE}'")
    return str(found)


async def test_a_link_of_another_kind_or_of_nobody_keeps_nothing(sqlite_world: World) -> None:
    await _plan(sqlite_world.browser())
    mails = await delivered(sqlite_world)
    (mail,) = [mail for mail in mails if "will be deleted" in mail.subject]
    value = _link_of(mail).removeprefix("/deletion/")
    for other in (value[:-2] + "xx", "0192f3a4", value.upper()):
        assert (await sqlite_world.browser().get(f"/deletion/{other}")).status_code == 404
    for purpose in ("not-me", "new-password", "unblock", "address", "enrol"):
        assert (await sqlite_world.browser().get(f"/{purpose}/{value}")).status_code == 404
    # Another site's post carries no cookie and no token.
    await sqlite_world.browser().http.post(f"/deletion/{value}", data={"action": "keep"})
    assert await _delete_at(sqlite_world) is not None


async def test_signing_in_meanwhile_keeps_the_plan_and_shows_it(world: World) -> None:
    await _plan(world.browser())
    world.clock.pass_(GRACE_SECONDS // 2)
    browser = world.browser()
    home = await open_account(browser)
    assert 'id="deletion"' in home.text
    assert await _delete_at(world) == world.clock.now() + GRACE_SECONDS // 2
    assert "Keep my account" in (await browser.get(PATH)).text


async def test_the_link_of_the_mail_works_while_a_case_is_waited_for(world: World) -> None:
    await _plan(world.browser())
    (mail,) = [mail for mail in await delivered(world) if "will be deleted" in mail.subject]
    await _open_case(world)
    await _delete(world)
    reader = world.browser()
    kept = await reader.submit(await reader.get(_link_of(mail)), "keep", action="keep")
    assert "will not be deleted" in kept.text


async def test_staff_cannot_delete_themselves(sqlite_world: World) -> None:
    ada = sqlite_world.people["ada"]
    assert await obstacle(sqlite_world.house.database, ada) is not None
    occasion = Occasion(now=sqlite_world.clock.now(), actor="test")
    assert not await plan_deletion(sqlite_world.house, occasion, ada, Whence())


async def _open_case(world: World) -> None:
    alice = world.people["alice"]
    effect = INSERT_CASE.effect(
        case_id="0192f3a4" + "0" * 24,
        reference="K7QF-29DM",
        kind="factor",
        status="open",
        subject_id=alice.subject_id,
        typed_name="Alice Martin",
        opened_by="customer",
        created_at=world.clock.now(),
        updated_at=world.clock.now(),
    )
    assert await world.house.database.apply([effect])


async def test_an_open_case_stands_in_the_way_and_the_page_says_so(world: World) -> None:
    await _open_case(world)
    page = await open_account(world.browser(), PATH)
    assert "Our support team works on a request" in page.text
    assert "delete" not in forms_of(page)


async def test_a_case_that_is_opened_meanwhile_is_waited_for(world: World) -> None:
    await _plan(world.browser())
    await _open_case(world)
    await _delete(world)
    assert await _status(world) == "active"


async def test_blocking_the_account_cancels_what_a_thief_planned(world: World) -> None:
    await _plan(world.browser())
    house, subject_id = world.house, world.people["alice"].subject_id
    alice = await house.database.one(PERSON_BY_SUBJECT, subject_id=subject_id)
    assert alice is not None
    occasion = Occasion(now=world.clock.now(), actor="test")
    assert await disable_account(house.database, house.audit, occasion, alice)
    assert (await _delete_at(world), await _status(world)) == (None, "disabled")
    assert await _count(world, "account.deletion_cancelled") == 1
    await _delete(world)
    assert await _status(world) == "disabled"


async def test_nothing_is_left_of_a_deleted_account_but_its_names(world: World) -> None:
    browser = world.browser(headers={"user-agent": FIREFOX})
    await _set_backup(world)
    await give_factors(
        world.house, world.people["alice"].subject_id, phones=("+33199000001",), two_factor=False
    )
    await browser.sign_in()
    await _plan(world.browser())
    await delivered(world)
    await _delete(world)
    assert await _status(world) == "deleted"
    personal = ("alice", "Alice", "Martin", "spare@", "Firefox", "s•••", "a•••")
    alice, last = world.people["alice"], {"account-deleted"}
    for table in metadata.sorted_tables:
        if table.name == "risk_count":  # What everybody does, counted.
            continue
        for row in await world.rows(f"SELECT * FROM {table.name}"):
            is_last_mail = table.name == "outbox" and last & {str(value) for value in row}
            assert is_last_mail or not any(word in str(row) for word in personal), (table.name, row)
    for name in ("password", "totp", "phone", "backup_code", "security", "device", "link"):
        rows = await world.rows(f"SELECT * FROM {name} WHERE subject_id = '{alice.subject_id}'")
        assert rows == [], name
    assert await world.rows(f"SELECT sub FROM subject WHERE sub = '{alice.sub}'")
    assert await world.rows(f"SELECT issued_at FROM customer_id WHERE customer_id = '{ALICE}'")
    assert await _count(world, "sign_in.succeeded") > 0
    mails = await delivered(world)
    assert sorted(mail.to for mail in mails) == ["alice@example.test", "spare@example.test"]
    assert all("was deleted" in mail.subject and ALICE in mail.text and ALICE in mail.html for mail in mails)


async def test_whatever_was_open_is_closed(world: World) -> None:
    browser = world.browser()
    tokens = (await browser.redeem(await browser.sign_in(scope="openid offline_access"))).json()
    await open_account(world.browser(), PATH)
    await _plan(world.browser())
    await _delete(world)
    assert (await browser.get("/account")).headers["location"].startswith("/sign-in/")
    refreshed = await browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"


async def test_tokens_of_the_last_minutes_are_dead(world: World) -> None:
    await _plan(world.browser())
    world.clock.pass_(GRACE_SECONDS - 10)
    browser = world.browser()
    tokens = (await browser.redeem(await browser.sign_in())).json()
    bearer = {"authorization": f"Bearer {tokens['access_token']}"}
    assert (await browser.get("/userinfo", headers=bearer)).status_code == 200
    world.clock.pass_(10)
    await _upkeep(world)
    assert (await browser.get("/userinfo", headers=bearer)).status_code == 401
    asked = await browser.call("/introspect", "introspector", token=tokens["access_token"])
    assert asked.json() == {"active": False}


async def test_signing_in_to_a_deleted_account_is_signing_in_to_none(world: World) -> None:
    await _plan(world.browser())
    await _delete(world)
    pages = []
    for identifier in (ALICE, "zz99999-ovh", "alice@example.test", "nobody@example.test"):
        browser = world.browser()
        page = await browser.authorize()
        answer = await browser.submit(page, username=identifier, password=PASSWORD)
        assert is_asking(answer, "login")
        pages.append((answer.status_code, "don’t match" in answer.text, "blocked" in answer.text))
    assert set(pages) == {(422, True, False)}


async def test_the_names_of_a_deleted_account_find_nobody(world: World) -> None:
    await _plan(world.browser())
    await _delete(world)
    database, alice = world.house.database, world.people["alice"]
    assert await database.one(PERSON_BY_CUSTOMER_ID, customer_id=ALICE) is None
    assert await database.one(PERSON_BY_SUB, sub=alice.sub) is None
    left = await database.one(PERSON_BY_SUBJECT, subject_id=alice.subject_id)
    assert left is not None
    assert (left.status, left.name, left.proven_addresses) == (AccountStatus.DELETED, ALICE, ())


async def test_the_address_is_free_again_and_the_customer_id_never(world: World) -> None:
    await _plan(world.browser())
    await _delete(world)
    house = world.house
    occasion = Occasion(now=world.clock.now(), actor="test")
    new = NewAccount(primary_email="alice@example.test", profile={"name": "Anna Meyer"})
    again = await create_account(
        house.database, house.audit, house.entropy, occasion, new, rules=house.settings.customer_id
    )
    assert again.customer_id != ALICE
    taken = NewAccount(customer_id=ALICE)
    with pytest.raises(Exception, match=ALICE):
        await create_account(
            house.database, house.audit, house.entropy, occasion, taken, rules=house.settings.customer_id
        )


@pytest.mark.parametrize("typed", [ALICE, "alice@example.test", "spare@example.test"])
@pytest.mark.parametrize("what", ["id", "password"])
async def test_who_forgot_something_of_a_deleted_account_gets_no_mail(
    sqlite_world: World, typed: str, what: str
) -> None:
    await _set_backup(sqlite_world)
    await _plan(sqlite_world.browser())
    await _delete(sqlite_world)
    await delivered(sqlite_world)
    sent = await ask(sqlite_world.browser(), typed, what=what)
    nobody = await ask(sqlite_world.browser(), "zz99999-ovh", what=what)
    assert (sent.status_code, sent.headers["location"]) == (nobody.status_code, nobody.headers["location"])
    assert ALICE not in "".join(mail.text for mail in await delivered(sqlite_world))


async def test_billing_finds_no_deleted_account(sqlite_world: World) -> None:
    alice, service = sqlite_world.people["alice"], await billing_service(sqlite_world)
    await _plan(sqlite_world.browser())
    await _delete(sqlite_world)
    bearer = {"authorization": f"Bearer {await customers_token(service)}"}
    assert (await service.get(f"/api/v1/customers/{alice.sub}", headers=bearer)).status_code == 404


async def test_deleting_twice_changes_nothing(sqlite_world: World) -> None:
    await _plan(sqlite_world.browser())
    await _delete(sqlite_world)
    await _delete(sqlite_world)
    assert await _count(sqlite_world, "account.deleted") == 1
