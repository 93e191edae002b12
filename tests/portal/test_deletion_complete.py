"""A deleted account leaves nothing of the person behind, whatever they had: every table is looked through."""

from dataclasses import replace

from sqlalchemy import text

from idp.account.deletion import delete_due
from idp.account.domains import change_domains
from idp.oidc.subjects import sub_for
from idp.records.account import Person
from idp.records.event import Occasion
from idp.store.statement import Write
from idp.store.tables.metadata import metadata
from tests.desk.agents import do
from tests.desk.casework import Casework, decided, have_documents
from tests.oauth.device.watching import Device, approve, register_devices
from tests.portal.pressing import open_account, press
from tests.portal.test_export import past_backup
from tests.support.clients import CLIENTS
from tests.support.factors import give_factors
from tests.support.mail import delivered
from tests.support.world import Browser, World

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
GRACE_SECONDS = 30 * 86_400
# What a person's rows may be called by. A new table that names one is either emptied or listed here, with its reason.
_OWNERS = frozenset({"subject_id", "account_id", "case_id", "family_id"})
_STAYING = {
    "account": "its customer ID, which is never given again",
    "subject": "its `sub`, which is never given again",
    "delegation": "who let whom, without a note, until both were told and the row is pruned",
    "session": "its applications have yet to be told that it ended",
    "family": "tokens stay refused until they have expired",
    "code": "likewise",
    "refresh_token": "likewise",
    "audit_event": "what was done, without places and words",
    "outbox": "what was sent, without addresses",
    "recovery_case": "who decided what",
    "case_document": "that there was one, without its content",
    "case_entry": "who decided what, without words",
}
_WORDS = (
    "carol",
    "test person",
    "firefox",
    "linux",
    "recife",
    "carols-shop",
    "c•••",
    "+33199",
    "her invoices",
)


async def _have_everything(world: World) -> Casework:
    """Carol, with a case that was decided, factors, a domain, a browser, a television, mails, tries from elsewhere."""
    work = await decided(world)
    await have_documents(work)
    await work.do(work.sams, "note", note="Carol called from Recife, about her invoices")
    await do(work.sams, work.carol, "mail-password", why="Carol Test Person called")
    await work.approve()
    await work.cool_off()
    house, carol = world.house, work.carol
    await give_factors(house, carol.subject_id, phones=("+33199000001",), two_factor=False)
    occasion = Occasion(now=world.clock.now(), actor="cli:operator")
    await change_domains(house.database, house.audit, occasion, carol, add=["carols-shop.example"], remove=[])
    stranger = world.browser(address="203.0.113.7", headers={"user-agent": FIREFOX})
    page = await stranger.authorize()
    await stranger.submit(page, username=carol.customer_id, password="wrong horse")
    browser = world.browser(address="203.0.113.7", headers={"user-agent": FIREFOX})
    page = await browser.sign_in(carol.customer_id, scope="openid offline_access")
    await past_backup(browser, page)
    await register_devices(world)
    await approve(world, await Device.begun(world), browser)
    assert await world.rows("SELECT 1 FROM device_request WHERE family_id IS NOT NULL")
    forum = replace(CLIENTS[0][0], subject_type="pairwise", redirect_uris=("https://forum.example/",))
    await sub_for(house.database, house.entropy, carol, forum, world.clock.now())
    sign_up = Write(
        text(
            "INSERT INTO sign_up (sign_up_id, browser_digest, client_id, country, language, email, email_key, encoded,"
            " kind, account_id, created_at, expires_at) VALUES ('s', '', '', 'FR', 'fr', 'carol@example.test',"
            " 'carol@example.test', 'argon', 'individual', :of_account, :now, :now)"
        )
    )
    effect = sign_up.effect(of_account=carol.account_id, now=world.clock.now())
    assert await house.database.apply([effect])
    await _plan(world, browser, carol)
    return work


async def _plan(world: World, browser: Browser, person: Person) -> None:
    page = await browser.follow(await browser.get("/account/delete"))
    done = await press(browser, page, "delete", "delete", customer_id=person.customer_id)
    assert done.status_code == 303
    await delivered(world)


async def _delete(world: World) -> None:
    """By its job alone: what upkeep prunes besides must not be what makes the test pass."""
    world.clock.pass_(GRACE_SECONDS)
    await delete_due(world.house, world.clock.now())


async def test_no_table_holds_a_word_of_the_person(world: World) -> None:
    work = await _have_everything(world)
    await _delete(world)
    rows = await world.rows(f"SELECT status FROM account WHERE account_id = '{work.carol.account_id}'")
    assert rows == [("deleted",)]
    for table in metadata.sorted_tables:
        if table.name == "risk_count":  # What everybody does, counted.
            continue
        for row in await world.rows(f"SELECT * FROM {table.name}"):
            said = str(row).lower()
            is_last_mail = table.name == "outbox" and "account-deleted" in said
            if not is_last_mail and work.carol.customer_id not in said:
                assert [word for word in _WORDS if word in said] == [], (table.name, row)
    assert await delivered(world)
    last = await world.rows("SELECT sealed FROM outbox WHERE template = 'account-deleted'")
    assert set(last) == {(None,)}


async def test_every_table_with_an_owner_is_emptied_or_stays_for_a_reason(world: World) -> None:
    work = await _have_everything(world)
    await _delete(world)
    carol = work.carol
    for table in metadata.sorted_tables:
        if table.name not in _STAYING:
            for column, value in (("subject_id", carol.subject_id), ("account_id", carol.account_id)):
                if column in table.columns:
                    found = await world.rows(f"SELECT 1 FROM {table.name} WHERE {column} = '{value}'")
                    assert found == [], table.name
    assert await world.rows("SELECT 1 FROM device_request") == []
    named = {table.name for table in metadata.sorted_tables if _OWNERS & set(table.columns.keys())}
    emptied = {
        *(
            "owned_domain",
            "password",
            "link",
            "sign_up",
            "address_change",
            "interaction",
            "device",
        ),
        *("consent", "challenge", "security", "totp", "passkey", "phone", "backup_code", "enrolment"),
        *("risk_profile", "risk_decision", "case_link", "pairwise_subject", "device_request"),
    }
    assert named == emptied | set(_STAYING)


async def test_the_trail_keeps_who_did_what_and_forgets_from_where(world: World) -> None:
    work = await _have_everything(world)
    carol = work.carol.subject_id
    own = f"subject_id = '{carol}' AND actor NOT IN ('subject:{work.sam.subject_id}', 'subject:{work.kim.subject_id}')"
    before = await world.rows(f"SELECT event_id FROM audit_event WHERE subject_id = '{carol}'")
    assert await world.rows(f"SELECT 1 FROM audit_event WHERE {own} AND address_digest <> ''")
    await _delete(world)
    assert await world.rows(f"SELECT 1 FROM audit_event WHERE {own} AND address_digest <> ''") == []
    assert await world.rows(f"SELECT 1 FROM audit_event WHERE {own} AND country <> ''") == []
    after = await world.rows(f"SELECT event_id FROM audit_event WHERE subject_id = '{carol}'")
    assert set(before) < set(after)
    approved = await world.rows(
        f"SELECT actor, details, address_digest FROM audit_event WHERE subject_id = '{carol}'"
        " AND type = 'case.approved'"
    )
    ((actor, details, digest),) = approved
    assert actor == f"subject:{work.kim.subject_id}"
    assert '"kind":"mailbox-backup"' in details
    assert digest


async def test_a_case_of_a_deleted_account_keeps_its_decisions_and_no_words(world: World) -> None:
    work = await _have_everything(world)
    await _delete(world)
    case = await work.case()
    assert (case.typed_name, case.reason, case.new_email, case.domain) == ("", "", None, "")
    assert (case.proposed_by, case.approved_by) == (work.sam.subject_id, work.kim.subject_id)
    documents = await world.rows(
        f"SELECT sealed, deleted_at FROM case_document WHERE case_id = '{work.case_id}'"
    )
    assert [bytes(sealed) for sealed, _ in documents] == [b""]
    assert {"proposed", "approved", "applied"} <= set(await work.history())


async def test_support_giving_the_account_back_ends_a_plan_to_delete_it(world: World) -> None:
    """A thief planned it; the day comes while support still works on the case of its owner."""
    work = await decided(world)
    planned = Write(text("UPDATE account SET delete_at = :then WHERE account_id = :of_account"))
    now = world.clock.now()
    effect = planned.effect(expects=1, of_account=work.carol.account_id, then=now + 3_600)
    assert await world.house.database.apply([effect])
    await work.approve()
    world.clock.pass_(24 * 3_600)
    await delete_due(world.house, world.clock.now())
    assert await work.apply() == 1
    await delete_due(world.house, world.clock.now())
    rows = await world.rows(
        f"SELECT status, delete_at FROM account WHERE account_id = '{work.carol.account_id}'"
    )
    assert rows == [("active", None)]
    ((reason,),) = await world.rows(
        "SELECT reason FROM audit_event WHERE type = 'account.deletion_cancelled'"
    )
    assert reason == "recovered"


async def test_blocking_and_unblocking_at_once_ends_a_plan_too(world: World) -> None:
    browser = world.browser()
    page = await open_account(browser, "/account/delete")
    await press(browser, page, "delete", "delete", customer_id="aa11111-ovh")
    page = await browser.get("/account/block")
    await press(browser, page, "block", "block")
    rows = await world.rows("SELECT status, delete_at FROM account WHERE customer_id = 'aa11111-ovh'")
    assert rows == [("disabled", None)]
