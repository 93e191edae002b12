"""`/account/security`: names, notifications, removal, turning off, new backup codes, and what works after a loss."""

import asyncio
import re
import sqlite3
from contextlib import closing

import pyotp
import pytest

from idp.portal.factors import OwnDevice
from idp.portal.losses import losses
from idp.records.account import SubjectId
from idp.records.factor import Kind, Standing
from idp.store.factors import REDEEM_BACKUP_CODE
from tests.portal.pressing import forms_of, open_account, press
from tests.portal.setting_up import SECURITY, codes_of, open_as_staff, set_up_passkey, turned_on, with_app
from tests.support.authenticator import SoftwareKey
from tests.support.mail import delivered
from tests.support.world import World

REMOVE = "/account/security/remove"
TURN_OFF = "/account/security/turn-off"
BACKUP_CODES = "/account/security/backup-codes"


async def two_factor_at(world: World) -> list[object]:
    return [at for (at,) in await world.rows("SELECT two_factor_at FROM security")]


async def test_a_device_is_renamed(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    await turned_on(browser, world)
    page = await browser.get(SECURITY)
    await press(browser, page, "rename-device", "rename", name=" <b>Alice’s</b>  phone ")
    renamed = await browser.get(SECURITY)
    assert "<bdi>&lt;b&gt;Alice’s&lt;/b&gt; phone</bdi>" in renamed.text
    refused = await press(browser, renamed, "rename-device", "rename", name="x" * 4_096)
    assert refused.status_code == 422
    assert "Error: Security" in refused.text
    assert await world.rows("SELECT name FROM totp") == [("<b>Alice’s</b> phone",)]


async def test_nobody_touches_anothers_device(world: World) -> None:
    alice, bob = world.browser(), world.browser()
    await open_account(alice, SECURITY)
    await turned_on(alice, world)
    await open_account(bob, SECURITY, identifier="bb22222-ovh")
    await set_up_passkey(bob, SoftwareKey())
    [(device,)] = await world.rows("SELECT totp_id FROM totp")
    page = await bob.get(SECURITY)
    await press(bob, page, "rename-device", "rename", device=str(device), name="Mine now")
    refused = await press(bob, await bob.get(REMOVE), "remove-device", "remove", device=str(device))
    assert refused.status_code == 422
    assert await world.rows("SELECT name FROM totp") == [("Authenticator app",)]
    page = await alice.get(SECURITY)
    _, hidden = forms_of(page)["rename-device"]
    forged = await bob.http.post(SECURITY, data={**hidden, "action": "rename", "name": "x"})
    assert forged.status_code == 403


@pytest.mark.requirement("S50")
async def test_removing_takes_a_recent_factor(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    secret, _ = await turned_on(browser, world)
    world.clock.pass_(301)
    page = await browser.follow(await browser.get(REMOVE))
    assert 'id="second-factor"' in page.text
    code = pyotp.TOTP(secret).at(world.clock.at)
    page = await browser.follow(await press(browser, page, "second-factor", "continue", code=code))
    assert 'id="remove-device"' in page.text
    world.clock.pass_(301)
    late = await press(browser, page, "remove-device", "remove", device="x")
    assert late.headers["location"].startswith("/sign-in/")
    assert await world.rows("SELECT COUNT(*) FROM totp") == [(1,)]


async def test_removing_one_of_two_devices_keeps_two_factor_authentication_on(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    await turned_on(browser, world)
    await set_up_passkey(browser, SoftwareKey())
    await delivered(world)
    [(app,)] = await world.rows("SELECT totp_id FROM totp")
    page = await browser.get(f"{REMOVE}?device={app}")
    assert "your last device" not in page.text
    assert re.search(f'value="{app}" required checked', page.text)
    removed = await press(browser, page, "remove-device", "remove", device=str(app))
    assert (removed.status_code, removed.headers["location"]) == (303, SECURITY)
    assert await two_factor_at(world) != [None]
    assert await world.rows("SELECT COUNT(*) FROM backup_code") == [(10,)]
    [mail] = await delivered(world)
    assert "removed" in mail.subject.lower() + mail.text.lower()


async def test_removing_the_last_device_says_and_does_what_goes_with_it(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    await turned_on(browser, world)
    await delivered(world)
    page = await browser.get(REMOVE)
    assert "two-factor authentication is turned off and your backup codes stop working" in page.text
    [(app,)] = await world.rows("SELECT totp_id FROM totp")
    await press(browser, page, "remove-device", "remove", device=str(app))
    assert await two_factor_at(world) == [None]
    assert await world.rows("SELECT digest FROM backup_code") == []
    assert len(await delivered(world)) == 2
    again = await press(browser, page, "remove-device", "remove", device=str(app))
    assert again.status_code == 303
    types = {kind for (kind,) in await world.rows("SELECT type FROM audit_event")}
    assert {"factor.added", "factor.removed", "two_factor.turned_on", "two_factor.turned_off"} <= types


async def test_two_removals_at_once_leave_a_device_or_turn_it_off(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    await turned_on(browser, world)
    await set_up_passkey(browser, SoftwareKey())
    ids = [str(found) for (found,) in await world.rows("SELECT totp_id FROM totp")]
    ids += [str(found) for (found,) in await world.rows("SELECT passkey_id FROM passkey")]
    page = await browser.get(REMOVE)
    await asyncio.gather(*(press(browser, page, "remove-device", "remove", device=name) for name in ids))
    left = await world.rows("SELECT (SELECT COUNT(*) FROM totp) + (SELECT COUNT(*) FROM passkey)")
    is_on = await two_factor_at(world) != [None]
    assert left == [(1,)] if is_on else left == [(0,)]


async def test_turning_off_is_one_button_after_a_proof(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    secret, _ = await turned_on(browser, world)
    await delivered(world)
    world.clock.pass_(301)
    page = await browser.follow(await browser.get(TURN_OFF))
    assert 'id="second-factor"' in page.text
    code = pyotp.TOTP(secret).at(world.clock.at)
    page = await browser.follow(await press(browser, page, "second-factor", "continue", code=code))
    off = await browser.follow(await press(browser, page, "turn-off", "turn-off"))
    assert ">Off<" in off.text
    assert await world.rows("SELECT digest FROM backup_code") == []
    assert await world.rows("SELECT COUNT(*) FROM totp") == [(1,)]
    [mail] = await delivered(world)
    assert mail.to == "alice@example.test"
    assert (await press(browser, page, "turn-off", "turn-off")).status_code == 303
    assert len(await delivered(world)) == 0


async def test_staff_keeps_it(world: World) -> None:
    browser = world.browser()
    security = await open_as_staff(browser, world)
    assert "can’t be turned off" in security.text
    assert TURN_OFF not in security.text
    off = await browser.get(TURN_OFF)
    assert forms_of(off).keys() == {"sign-out"}
    [(app,)] = await world.rows("SELECT totp_id FROM totp")
    page = await browser.get(REMOVE)
    refused = await press(browser, page, "remove-device", "remove", device=str(app))
    assert refused.status_code == 409
    assert "Set up another one first" in refused.text
    assert await world.rows("SELECT COUNT(*) FROM totp") == [(1,)]
    assert await two_factor_at(world) != [None]


async def test_new_backup_codes_replace_the_others_once_they_are_kept(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    _, former = await turned_on(browser, world)
    before = {bytes(digest) for (digest,) in await world.rows("SELECT digest FROM backup_code")}
    await delivered(world)
    page = await browser.follow(await browser.get(BACKUP_CODES))
    assert not set(codes_of(page)) & set(former)
    assert codes_of(await browser.get(str(page.url))) == codes_of(page)
    assert {bytes(digest) for (digest,) in await world.rows("SELECT digest FROM backup_code")} == before
    done = await browser.follow(await press(browser, page, "backup-codes", "continue", saved="1"))
    assert "Your new backup codes work" in done.text
    after = {bytes(digest) for (digest,) in await world.rows("SELECT digest FROM backup_code")}
    assert len(after) == 10
    assert not after & before
    assert len(await delivered(world)) == 1


async def test_there_are_no_backup_codes_without_two_factor_authentication(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await open_account(browser, SECURITY)
    page = await browser.follow(await browser.get(BACKUP_CODES))
    assert page.url.path == SECURITY
    assert await sqlite_world.rows("SELECT digest FROM backup_code") == []


async def test_codes_whose_device_went_meanwhile_turn_nothing_on(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    _, codes = await with_app(browser, world)
    [(app,)] = await world.rows("SELECT totp_id FROM totp")
    page = await browser.get(REMOVE)
    await press(browser, page, "remove-device", "remove", device=str(app))
    refused = await press(browser, codes, "backup-codes", "continue", saved="1")
    assert refused.status_code == 409
    assert "removed meanwhile" in refused.text
    assert await two_factor_at(world) == [None]


async def test_notifications_are_a_choice_that_takes_a_recent_proof(world: World) -> None:
    browser = world.browser()
    page = await open_account(browser, SECURITY)
    await press(browser, page, "notifications", "notify", notify="every")
    assert await world.rows("SELECT notify FROM security") == [("every",)]
    await press(browser, page, "notifications", "notify", notify="never")
    world.clock.pass_(301)
    late = await press(browser, page, "notifications", "notify", notify="new")
    assert late.headers["location"].startswith("/sign-in/")
    assert await world.rows("SELECT notify FROM security") == [("every",)]


async def test_few_codes_are_warned_about(world: World) -> None:
    browser = world.browser()
    await open_account(browser, SECURITY)
    await turned_on(browser, world)
    assert "few backup codes" not in (await browser.get(SECURITY)).text
    rows = await world.rows("SELECT subject_id, digest FROM backup_code")
    effects = [
        REDEEM_BACKUP_CODE.effect(expects=1, of_subject=subject, of_digest=bytes(digest), now=world.clock.at)
        for subject, digest in rows[:7]
    ]
    assert await world.house.database.apply(effects)
    page = await browser.get(SECURITY)
    assert "3 codes left" in page.text
    assert "few backup codes" in page.text


async def test_both_addresses_are_told(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    database = sqlite_world.house.settings.database.url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(database)) as file, file:
        file.execute(
            "UPDATE account SET backup_email = 'spare@example.test', backup_email_verified = 1"
            " WHERE customer_id = 'aa11111-ovh'"
        )
    await open_account(browser, SECURITY)
    await delivered(sqlite_world)
    await set_up_passkey(browser, SoftwareKey())
    assert {mail.to for mail in await delivered(sqlite_world)} == {"alice@example.test", "spare@example.test"}


def standing(**differently: object) -> Standing:
    fields: dict[str, object] = {
        "subject_id": SubjectId("s"),
        "two_factor_at": None,
        "last_way": "",
        "stolen_at": None,
        "totps": 0,
        "keys": 0,
        "passkeys": 0,
        "phones": 0,
        "backup_codes": 0,
        "groups": frozenset(),
        "primary_email_refused_at": None,
        "recommended_at": None,
        "has_backup_email": False,
        "backup_asked_at": None,
    }
    return Standing(**{**fields, **differently})  # type: ignore[arg-type]


APP = OwnDevice(kind=Kind.TOTP, device_id="t", name="App", detail="", created_at=0, used_at=None)
PASSKEY = OwnDevice(
    kind=Kind.PASSKEY, device_id="p", name="Laptop", detail="", created_at=0, used_at=None, signs_in=True
)


def test_what_works_after_a_loss_is_what_the_account_has() -> None:
    nothing = losses(standing(), [])
    assert [len(ways) for ways in (nothing.password, nothing.mailbox, nothing.device)] == [1, 3, 1]
    assert "mail a link" in nothing.password[0].msgid
    assert "online form" in nothing.mailbox[-1].msgid
    with_backup = losses(standing(has_backup_email=True), [])
    assert "backup address" in with_backup.mailbox[-1].msgid
    assert "online form" not in with_backup.mailbox[-1].msgid
    by_passkey = losses(standing(), [PASSKEY])
    assert "Laptop" in str(by_passkey.password[0].params["names"])
    assert len(by_passkey.mailbox) == 4
    one = losses(standing(two_factor_at=1, backup_codes=2), [APP])
    assert one.device[0].params == {"left": 2}
    assert len(one.device) == 3
    none_left = losses(standing(two_factor_at=1), [APP])
    assert len(none_left.device) == 1
    two = losses(standing(two_factor_at=1, backup_codes=10), [PASSKEY, APP])
    assert [len(ways) for ways in (two.password, two.mailbox, two.device)] == [2, 3, 4]
