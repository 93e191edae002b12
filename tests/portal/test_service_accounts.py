"""Service accounts: a customer makes one for a program, changes it, and ends it."""

import json
from typing import Any

import pytest

from idp.account.status import disable_account, enable_account
from idp.records.account import BlockedBy, Person
from idp.records.event import Occasion
from idp.store.accounts import PERSON_BY_SUBJECT
from tests.oauth.asserting import assertion, present
from tests.oidc.logout.parties import claims_of
from tests.portal.pressing import forms_of, open_account, press
from tests.support.client_keys import client_key, jwks, public_jwk
from tests.support.mail import delivered
from tests.support.service_accounts import (
    LIST_PATH,
    NEW_PATH,
    introspected,
    make,
    one_path,
    shown,
    token_of,
)
from tests.support.world import Browser, World


async def made(browser: Browser, **fields: Any) -> tuple[str, str]:
    return shown(await make(browser, **fields))


async def test_a_program_gets_tokens_that_say_whose_it_is(serving_world: World) -> None:
    browser, alice = serving_world.browser(), serving_world.people["alice"]
    client_id, secret = await made(browser)
    answer = await token_of(browser, client_id, secret)
    assert answer.status_code == 200, answer.text
    assert answer.json()["scope"] == "invoices:read"
    claims = claims_of(serving_world, answer.json()["access_token"], "at+jwt")
    assert claims["sub"] == claims["client_id"] == client_id
    assert claims["owner"] == {"sub": alice.sub, "customer_id": "aa11111-ovh"}
    said = await introspected(browser, answer.json()["access_token"])
    assert (said["active"], said["owner"]) == (True, claims["owner"])


async def test_everybody_elses_tokens_have_no_owner(sqlite_serving_world: World) -> None:
    answer = await sqlite_serving_world.browser().token("machine", grant_type="client_credentials")
    assert "owner" not in claims_of(sqlite_serving_world, answer.json()["access_token"], "at+jwt")


async def test_the_secret_is_shown_once_and_kept_by_nobody(serving_world: World) -> None:
    browser = serving_world.browser()
    page = await make(browser)
    client_id, secret = shown(page)
    assert page.headers["cache-control"] == "no-store"
    assert client_id.startswith("svc-")
    assert secret not in (await browser.get(one_path(client_id))).text
    assert secret not in (await browser.get(LIST_PATH)).text
    assert secret.encode() not in [
        row[0] for row in await serving_world.rows("SELECT digest FROM client_secret")
    ]


async def test_a_form_that_is_sent_twice_makes_one(serving_world: World) -> None:
    browser = serving_world.browser()
    page = await open_account(browser, NEW_PATH)
    fields = {"name": "Robot", "scope": "invoices:read", "method": "client_secret_basic"}
    client_id, _ = shown(await press(browser, page, "new-service-account", "continue", **fields))
    again = await press(browser, page, "new-service-account", "continue", **fields)
    assert (again.status_code, again.headers["location"]) == (303, one_path(client_id))
    owned = await serving_world.rows("SELECT client_id FROM client WHERE owner_id IS NOT NULL")
    assert owned == [(client_id,)]


async def test_it_is_listed_with_its_last_use_to_the_minute(serving_world: World) -> None:
    browser = serving_world.browser()
    client_id, secret = await made(browser)
    page = await browser.get(LIST_PATH)
    assert "Invoice download" in page.text
    assert "See invoices" in page.text
    assert "never used" in page.text
    await token_of(browser, client_id, secret)
    serving_world.clock.pass_(30)
    await token_of(browser, client_id, secret)
    used = await serving_world.rows(f"SELECT used_at FROM client WHERE client_id = '{client_id}'")
    assert used == [(serving_world.clock.at - 30,)]
    serving_world.clock.pass_(7_170)
    assert "last used 2 hours ago" in (await browser.get(LIST_PATH)).text
    assert "2 hours ago" in (await browser.get(one_path(client_id))).text


async def test_two_secrets_work_while_the_program_changes_over(serving_world: World) -> None:
    browser = serving_world.browser()
    client_id, first = await made(browser)
    serving_world.clock.pass_(10)
    page = await browser.get(one_path(client_id))
    rotated = await press(browser, page, "rotate-secret", "rotate", overlap="hour")
    _, second = shown(rotated)
    assert "The former secret works until" in rotated.text
    assert [(await token_of(browser, client_id, one)).status_code for one in (first, second)] == [200, 200]
    serving_world.clock.pass_(3_600)
    assert [(await token_of(browser, client_id, one)).status_code for one in (first, second)] == [401, 200]


async def test_a_third_secret_ends_the_oldest(serving_world: World) -> None:
    browser = serving_world.browser()
    client_id, secret = await made(browser)
    secrets = [secret]
    for _ in range(2):
        serving_world.clock.pass_(10)
        page = await browser.get(one_path(client_id))
        secrets.append(shown(await press(browser, page, "rotate-secret", "rotate", overlap="day"))[1])
    answers = [(await token_of(browser, client_id, one)).status_code for one in secrets]
    assert answers == [401, 200, 200]


async def test_a_rotation_that_is_sent_twice_ends_no_secret_in_use(serving_world: World) -> None:
    browser = serving_world.browser()
    client_id, first = await made(browser)
    page = await browser.get(one_path(client_id))
    _, second = shown(await press(browser, page, "rotate-secret", "rotate", overlap="day"))
    again = await press(browser, page, "rotate-secret", "rotate", overlap="day")
    assert (again.status_code, again.headers["location"]) == (303, one_path(client_id))
    assert [(await token_of(browser, client_id, one)).status_code for one in (first, second)] == [200, 200]


async def test_a_secret_that_may_be_known_ends_at_once(serving_world: World) -> None:
    browser = serving_world.browser()
    client_id, first = await made(browser)
    page = await browser.get(one_path(client_id))
    _, second = shown(await press(browser, page, "rotate-secret", "rotate", overlap="none"))
    assert [(await token_of(browser, client_id, one)).status_code for one in (first, second)] == [401, 200]
    await press(browser, await browser.get(one_path(client_id)), "end-secret", "end-secret")
    assert (await token_of(browser, client_id, second)).status_code == 401
    page = await browser.get(one_path(client_id))
    assert "No secret works" in page.text
    _, third = shown(await press(browser, page, "rotate-secret", "rotate"))
    assert (await token_of(browser, client_id, third)).status_code == 200


async def test_what_it_may_do_changes_with_the_next_token(serving_world: World) -> None:
    browser = serving_world.browser()
    client_id, secret = await made(browser)
    page = await browser.get(one_path(client_id))
    saved = await press(browser, page, "service-account", "save", name="Ledger", scope="ledger:read")
    assert saved.headers["location"] == one_path(client_id)
    ledger = "https://ledger.example.test"
    answer = await token_of(browser, client_id, secret, resource=ledger)
    assert answer.json()["scope"] == "ledger:read"
    refused = await token_of(browser, client_id, secret, scope="invoices:read")
    assert refused.json()["error"] == "invalid_scope"
    assert "Ledger" in (await browser.get(LIST_PATH)).text


async def test_turned_off_it_does_nothing_until_it_is_turned_on(serving_world: World) -> None:
    browser = serving_world.browser()
    client_id, secret = await made(browser)
    token = (await token_of(browser, client_id, secret)).json()["access_token"]
    await press(browser, await browser.get(one_path(client_id)), "service-account-switch", "turn-off")
    assert (await token_of(browser, client_id, secret)).status_code == 401
    assert await introspected(browser, token) == {"active": False}
    assert "Off" in (await browser.get(LIST_PATH)).text
    await press(browser, await browser.get(one_path(client_id)), "service-account-switch", "turn-on")
    assert (await token_of(browser, client_id, secret)).status_code == 200


async def test_it_is_deleted_after_a_question(serving_world: World) -> None:
    browser = serving_world.browser()
    client_id, secret = await made(browser)
    token = (await token_of(browser, client_id, secret)).json()["access_token"]
    page = await browser.get(f"/account/applications/delete?id={client_id}")
    assert "Delete" in page.text
    assert client_id in page.text
    gone = await press(browser, page, "delete-service-account", "delete")
    assert gone.headers["location"] == LIST_PATH
    assert (await token_of(browser, client_id, secret)).status_code == 401
    assert await introspected(browser, token) == {"active": False}
    assert (await browser.get(one_path(client_id))).status_code == 404
    assert client_id not in (await browser.get(LIST_PATH)).text


async def _occasion(world: World) -> Occasion:
    return Occasion(now=world.clock.now(), actor="cli:test")


async def _now(world: World, person: Person) -> Person:
    found = await world.house.database.one(PERSON_BY_SUBJECT, subject_id=person.subject_id)
    assert found is not None
    return found


@pytest.mark.parametrize("by", [BlockedBy.OPERATOR, BlockedBy.OWNER, BlockedBy.STAFF])
async def test_it_stops_in_the_moment_that_the_account_is_disabled(
    serving_world: World, by: BlockedBy
) -> None:
    browser, house = serving_world.browser(), serving_world.house
    client_id, secret = await made(browser)
    token = (await token_of(browser, client_id, secret)).json()["access_token"]
    assert (await introspected(browser, token))["active"]
    alice = serving_world.people["alice"]
    await disable_account(house.database, house.audit, await _occasion(serving_world), alice, by=by)
    assert (await token_of(browser, client_id, secret)).status_code == 401
    assert await introspected(browser, token) == {"active": False}
    blocked = await _now(serving_world, alice)
    await enable_account(house.database, house.audit, await _occasion(serving_world), blocked)
    # Whoever was in the account may have made it: then its owner has to know it again.
    status = 200 if by is BlockedBy.OPERATOR else 401
    assert (await token_of(browser, client_id, secret)).status_code == status


async def test_its_owner_turns_it_on_again_after_a_block(serving_world: World) -> None:
    browser, house, alice = serving_world.browser(), serving_world.house, serving_world.people["alice"]
    client_id, secret = await made(browser)
    occasion = await _occasion(serving_world)
    await disable_account(house.database, house.audit, occasion, alice, by=BlockedBy.OWNER)
    await enable_account(house.database, house.audit, occasion, await _now(serving_world, alice))
    page = await open_account(browser, one_path(client_id))
    assert "Turn it on only if you know it" in page.text
    await press(browser, page, "service-account-switch", "turn-on")
    assert (await token_of(browser, client_id, secret)).status_code == 200


async def test_a_program_signs_with_a_key_of_its_own(serving_world: World) -> None:
    browser = serving_world.browser()
    second = await make(browser, method="private_key_jwt")
    assert 'id="service-account-key"' in second.text
    keys = json.dumps(jwks(public_jwk(client_key(), kid="k1")))
    done = await press(browser, second, "service-account-key", "make", keys=keys)
    assert done.status_code == 303, done.text
    client_id = done.headers["location"].partition("id=")[2]
    answer = await present(serving_world, assertion(serving_world, client_id))
    assert answer.status_code == 200, answer.text
    page = await browser.get(done.headers["location"])
    assert "A key of its own" in page.text
    assert "k1" in page.text
    assert "rotate-secret" not in forms_of(page)


async def test_its_owner_is_told_of_what_opens_more(serving_world: World) -> None:
    browser = serving_world.browser()
    client_id, _ = await made(browser)
    page = await browser.get(one_path(client_id))
    await press(browser, page, "rotate-secret", "rotate")
    await press(browser, page, "service-account", "save", name="Other", scope="invoices:read")
    await press(browser, page, "service-account-switch", "turn-off")
    told = [mail.text.strip().splitlines()[0] for mail in await delivered(serving_world)]
    assert [subject for subject in told if "service account" in subject] == [
        "A service account was made",
        "A service account got a new secret",
        "A service account was changed",
    ]
    types = [
        row[0]
        for row in await serving_world.rows(
            f"SELECT type FROM audit_event WHERE client_id = '{client_id}' AND subject_id IS NOT NULL ORDER BY event_id"
        )
    ]
    assert types == ["client.created", "client.secret_rotated", "client.updated", "client.disabled"]
