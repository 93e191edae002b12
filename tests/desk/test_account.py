"""The view of an account: everything that helps, recorded each time, and never a secret."""

import asyncio
from collections import Counter
from html import unescape

from idp.records.event import EventType
from tests.desk.agents import do, look, make_agent, open_desk
from tests.desk.conftest import Desk
from tests.desk.routes import addresses, open_case
from tests.portal.pressing import forms_of, open_account
from tests.support.factors import BACKUP_CODES, PHONE, TOTP_SECRET, give_factors
from tests.support.mail import delivered
from tests.support.world import ISSUER, PASSWORD, World

_LOOKS = {
    EventType.SUPPORT_VIEWED.value,
    EventType.SUPPORT_SEARCHED.value,
    EventType.CASE_VIEWED.value,
    EventType.DOCUMENT_VIEWED.value,
}


async def test_view_shows_how_an_account_stands(desk: Desk) -> None:
    world = desk.world
    await give_factors(world.house, desk.carol.subject_id, phones=(PHONE,), two_factor=False)
    carols = world.browser(headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"})
    await open_account(carols, identifier="cc33333-ovh")
    await open_account(world.browser(), identifier="cc33333-ovh", password="wrong horse battery")
    await open_case(world, desk.sam, desk.carol)
    await delivered(world)
    page = unescape((await look(desk.browser, desk.carol)).text)
    for shown in (
        "Carol Test",
        "cc33333-ovh",
        "c•••@e•••.test",
        "Active",
        "App 1",
        "Authenticator app",
        "•••01",
        "10 codes left",
        "Could not sign in",
        "Signed in",
        "Firefox",
        "Accepted",
        "Lost mailbox, with a backup address",
        "Opened a case",
    ):
        assert shown in page, shown


async def test_view_explains_decisions_in_words(desk: Desk) -> None:
    await open_account(desk.world.browser(), identifier="cc33333-ovh")
    page = unescape((await look(desk.browser, desk.carol)).text)
    assert "the account was never used" in page or "too few sign-ins" in page or "not known" in page
    assert "The customer read:" in page


async def test_every_view_is_recorded_with_whose_and_by_whom(desk: Desk) -> None:
    for _ in range(2):
        assert (await look(desk.browser, desk.carol)).status_code == 200
    viewed = await desk.events("support.viewed", "actor, subject_id")
    assert viewed == [(f"subject:{desk.sam.subject_id}", desk.carol.subject_id)] * 2
    page = await look(desk.browser, desk.carol)
    assert page.text.count("Looked at the account") == 3


async def test_a_hundred_parallel_views_open_no_more_than_an_hour_allows(strict_desk: Desk) -> None:
    desk = strict_desk
    answers = await asyncio.gather(*(look(desk.browser, desk.carol) for _ in range(100)))
    assert Counter(answer.status_code for answer in answers) == {200: 10, 429: 90}
    assert all("cc33333" not in answer.text for answer in answers if answer.status_code == 429)
    assert len(await desk.events("support.viewed")) == 10
    assert len(await desk.events("support.refused")) == 90


async def test_another_agent_has_a_count_of_their_own(strict_desk: Desk) -> None:
    desk = strict_desk
    kim = await make_agent(desk.world, "kim", number=2)
    browser, _ = await open_desk(desk.world, kim)
    answers = [await look(desk.browser, desk.carol) for _ in range(11)]
    assert answers[-1].status_code == 429
    assert (await look(browser, desk.carol)).status_code == 200


async def test_every_route_that_shows_somebody_leaves_a_record(desk: Desk) -> None:
    """Whoever adds a route finds themselves here: it needs an address in `routes.py`, and a record of each look."""
    paths = await addresses(desk.world, desk.sam, desk.carol)
    for pattern, path in paths.items():
        before = await _looks(desk.world)
        page = await desk.browser.get(path)
        assert page.status_code == 200, pattern
        if "{" in pattern:
            assert await _looks(desk.world) == before + 1, pattern
        else:
            assert "cc33333" not in page.text or await _looks(desk.world) == before + 1, pattern


async def test_every_form_leaves_a_record(desk: Desk) -> None:
    """Each button of each page, pressed: more is in the trail than before."""
    for path in (await addresses(desk.world, desk.sam, desk.carol)).values():
        page = await desk.browser.get(path)
        for form, (action, hidden) in forms_of(page).items():
            if form == "sign-out":
                continue
            before = await desk.world.rows("SELECT count(*) FROM audit_event")
            await desk.browser.http.post(
                action,
                data={**hidden, "action": form, "why": "x", "term": "x", "kind": "unblock"},
                headers={"origin": ISSUER},
            )
            assert await desk.world.rows("SELECT count(*) FROM audit_event") > before, form


async def _looks(world: World) -> int:
    rows = await world.rows("SELECT type FROM audit_event")
    return sum(kind in _LOOKS for (kind,) in rows)


async def test_no_page_holds_a_secret(desk: Desk) -> None:
    world, subject = desk.world, desk.carol.subject_id
    await give_factors(world.house, subject, phones=(PHONE,), two_factor=False)
    carols = world.browser()
    await open_account(carols, identifier="cc33333-ovh")
    tokens = (await carols.redeem(await carols.authorize())).json()
    await do(desk.browser, desk.carol, "mail-password")
    mails = await delivered(world)
    links = {word for mail in mails for word in mail.text.split() if "/new-password/" in word}
    assert links
    secrets = {TOTP_SECRET, PHONE, PHONE[1:], PASSWORD, *BACKUP_CODES, *links, *carols.http.cookies.values()}
    secrets |= {str(value) for value in tokens.values() if isinstance(value, str) and len(value) > 20}
    for sql in (
        "SELECT session_id FROM session",
        "SELECT sid FROM session",
        "SELECT digest FROM session",
        "SELECT digest FROM backup_code",
        "SELECT encoded FROM password",
        "SELECT sealed FROM totp",
        "SELECT sealed FROM phone",
        "SELECT digest FROM device",
        "SELECT device_id FROM device",
        "SELECT user_handle FROM security",
        "SELECT digest FROM link",
        "SELECT link_id FROM link",
        "SELECT sub FROM subject",
        "SELECT primary_email FROM account WHERE customer_id = 'cc33333-ovh'",
        "SELECT backup_email FROM account WHERE customer_id = 'cc33333-ovh'",
    ):
        rows = await world.rows(sql)
        assert any(value for (value,) in rows), sql
        for (value,) in rows:
            if value:
                secrets.add(value.hex() if isinstance(value, bytes) else str(value))
    for path in (await addresses(world, desk.sam, desk.carol)).values():
        html = unescape((await desk.browser.get(path)).text)
        for secret in secrets:
            assert secret not in html, (path, secret[:6])


async def test_unknown_account_is_no_page(desk: Desk) -> None:
    answer = await desk.browser.get("/support/accounts/0192f3a4b5c6d7e8f901234567890abc")
    assert answer.status_code == 404


async def test_hostile_names_and_reasons_stay_text(sqlite_desk: Desk) -> None:
    await do(sqlite_desk.browser, sqlite_desk.carol, "end-sessions", why="<img src=x onerror=alert(1)>")
    page = await look(sqlite_desk.browser, sqlite_desk.carol)
    assert "<img src=x" not in page.text
    assert "&lt;img src=x" in page.text


async def test_staff_finds_a_door_to_the_desk_and_customers_do_not(desk: Desk) -> None:
    assert 'href="/support"' in (await desk.browser.get("/account")).text
    alice = desk.world.browser()
    assert "/support" not in (await open_account(alice)).text
