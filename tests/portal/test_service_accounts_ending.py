"""What becomes of service accounts when something becomes of the account."""

import json
import re
from dataclasses import replace

from idp.account.deletion import delete_account
from idp.config.service_accounts import ServiceAccounts
from idp.records.event import Occasion
from idp.store.accounts import PERSON_BY_SUBJECT
from tests.oauth.wire import reopened
from tests.portal.pressing import open_account, press
from tests.support.mail import delivered
from tests.support.service_accounts import LIST_PATH, delete_path, introspected, make, shown, token_of
from tests.support.world import World

_DAY = 86_400


async def test_deleting_the_account_deletes_its_service_accounts(serving_world: World) -> None:
    browser, house, alice = serving_world.browser(), serving_world.house, serving_world.people["alice"]
    client_id, secret = shown(await make(browser))
    deleting = serving_world.browser()
    page = await open_account(deleting, "/account/delete")
    await press(deleting, page, "delete", "delete", customer_id="aa11111-ovh")
    assert (await token_of(browser, client_id, secret)).status_code == 200
    serving_world.clock.pass_(60 * _DAY)
    token = (await token_of(browser, client_id, secret)).json()["access_token"]
    person = await house.database.one(PERSON_BY_SUBJECT, subject_id=alice.subject_id)
    assert person is not None
    occasion = Occasion(now=serving_world.clock.now(), actor="system")
    assert await delete_account(house, occasion, person)
    assert (await token_of(browser, client_id, secret)).status_code == 401
    assert await introspected(browser, token) == {"active": False}
    rows = await serving_world.rows(f"SELECT metadata, used_at FROM client WHERE client_id = '{client_id}'")
    assert rows == [("{}", None)]
    assert await serving_world.rows(f"SELECT 1 FROM client_secret WHERE client_id = '{client_id}'") == []


async def test_what_was_deleted_is_gone_from_the_trail_of_nobody_else(serving_world: World) -> None:
    """Its events carry its owner, so they are forgotten like the owner's others."""
    client_id, _ = shown(await make(serving_world.browser()))
    found = await serving_world.rows(
        f"SELECT subject_id FROM audit_event WHERE client_id = '{client_id}' AND type = 'client.created'"
    )
    assert found == [(serving_world.people["alice"].subject_id,)]


async def test_a_report_turns_off_what_was_made_lately(serving_world: World) -> None:
    """Whoever signed in as somebody else may have left a way back."""
    browser = serving_world.browser()
    old_id, old = shown(await make(browser))
    serving_world.clock.pass_(8 * _DAY)
    new_id, new = shown(await make(serving_world.browser(), name="Thief"))
    mail = (await delivered(serving_world))[-1]
    link = re.search(r"http://localhost:8000(/not-me/\S+)", mail.text)
    assert link is not None
    reporter = serving_world.browser()
    page = await reporter.get(link[1])
    assert (await press(reporter, page, "not-me", "continue")).status_code in (200, 303)
    assert (await token_of(browser, new_id, new)).status_code == 401
    assert (await token_of(browser, old_id, old)).status_code == 200


async def test_the_copy_of_ones_data_has_them_without_secrets(serving_world: World) -> None:
    browser = serving_world.browser()
    client_id, secret = shown(await make(browser))
    await token_of(browser, client_id, secret)
    exported = await press(browser, await browser.get("/account/export"), "export", "export")
    (one,) = json.loads(exported.text)["service_accounts"]
    assert (one["client_id"], one["client_name"], one["scope"]) == (
        client_id,
        "Invoice download",
        "invoices:read",
    )
    assert one["last_used_at"] == "2027-01-15T08:00:00Z"
    assert secret not in exported.text


async def test_what_is_offered_no_more_is_given_no_more(serving_world: World) -> None:
    client_id, secret = shown(await make(serving_world.browser()))
    settings, clock = serving_world.house.settings, serving_world.clock
    narrower = replace(settings, service_accounts=ServiceAccounts(scopes=("ledger:read",)))
    async with reopened(narrower, clock) as world:
        answer = await token_of(world.browser(), client_id, secret)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    async with reopened(replace(settings, service_accounts=ServiceAccounts()), clock) as world:
        answer = await token_of(world.browser(), client_id, secret)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
        browser = world.browser()
        page = await open_account(browser, LIST_PATH)
        # Nobody makes another one, and everybody can still end what there is.
        assert client_id in page.text
        assert "New service account" not in page.text
        gone = await press(
            browser, await browser.get(delete_path(client_id)), "delete-service-account", "delete"
        )
        assert gone.headers["location"] == LIST_PATH
        assert client_id not in (await browser.get(LIST_PATH)).text
