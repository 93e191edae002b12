"""Known holes of others in recovery (`peers.md` §5, items 1 to 8), tried here through the whole application.

Skipping the link, hosts that build it, guessed values, proofs in answers, other people's links, reuse, expiry, and
finding out who exists: by status, headers, body, mails, or by the clock.
"""

import asyncio
import re

import httpx2
import pytest

from idp.account.status import disable_account
from idp.records.account import BlockedBy
from idp.records.event import Occasion
from idp.store.address_changes import SET_PRIMARY
from tests.login.proving import BOB
from tests.portal.pressing import forms_of, press
from tests.portal.ways_back import CHOSEN, ask, choose, give_backup, go_on, is_gone, mailed_link
from tests.support.mail import delivered
from tests.support.world import ISSUER, World, is_asking

_MOVING = re.compile(r'nonce-[^\']*|nonce="[^"]*"|name="csrf_token" value="[^"]*"')


def _plain(page: httpx2.Response) -> tuple[int, dict[str, str], str]:
    """An answer without what is new each time."""
    headers = {
        name: _MOVING.sub("", value)
        for name, value in page.headers.items()
        if name not in {"x-request-id", "date", "content-length"}
    }
    return page.status_code, headers, _MOVING.sub("", page.text)


async def test_nobody_chooses_a_password_without_the_link(world: World) -> None:
    """Item 1. Not by the page's form sent elsewhere, an empty link, or the sign-in’s other ways."""
    browser = world.browser()
    await ask(browser, "aa11111-ovh")
    forgot = await browser.get("/forgot")
    _, hidden = forms_of(forgot)["forgot-password"]
    for path in (
        "/new-password/",
        "/new-password",
        "/forgot/sent",
        "/account/password",
        "/new-password/" + "A" * 64,
    ):
        answer = await browser.http.post(
            path, data={**hidden, "password": CHOSEN, "action": "continue"}, headers={"origin": ISSUER}
        )
        assert answer.status_code in (303, 403, 404, 405)
    page = await world.browser().sign_in(password=CHOSEN)
    assert is_asking(page, "login")


@pytest.mark.parametrize("name", ["host", "x-forwarded-host", "forwarded", "x-original-host", "x-host"])
async def test_no_header_builds_the_link(world: World, name: str) -> None:
    """Item 2. A foreign host is refused; a forwarded one is not read from whoever is no proxy of ours."""
    browser = world.browser()
    page = await browser.get("/forgot")
    path, hidden = forms_of(page)["forgot-password"]
    value = "host=evil.test;proto=https" if name == "forwarded" else "evil.test"
    await browser.http.post(
        path,
        data={**hidden, "action": "continue", "username": "aa11111-ovh"},
        headers={"origin": ISSUER, name: value},
    )
    for mail in await delivered(world):
        assert "evil.test" not in mail.source.decode()
        assert f"{ISSUER}/new-password/" in mail.text


async def test_the_answer_holds_no_link_and_no_address(world: World) -> None:
    """Items 3 and 4."""
    browser = world.browser()
    asked = await ask(browser, "aa11111-ovh")
    sent = await browser.follow(asked)
    [mail] = await delivered(world)
    value = re.search(r"/new-password/(\S+)", mail.text)
    assert value
    everything = "".join(
        [asked.text, sent.text, *map(str, asked.headers.items()), *map(str, browser.http.cookies.items())]
    )
    assert value[1] not in everything
    assert value[1][:22] not in everything
    assert "alice@" not in everything
    stored = await world.rows("SELECT link_id, digest, about FROM link WHERE purpose = 'password'")
    assert value[1] not in str(stored)


async def test_a_link_is_its_owners_alone(world: World) -> None:
    """Item 5. Whoever is signed in, or whatever the form says: it changes the account that it was made for."""
    link = await mailed_link(world, BOB)
    mallory = world.browser()
    await mallory.sign_in("aa11111-ovh")
    page = await mallory.get(link)
    path, hidden = forms_of(page)["new-password"]
    fields = {
        "username": "aa11111-ovh",
        "account": "aa11111-ovh",
        "subject_id": world.people["alice"].subject_id,
    }
    await mallory.http.post(
        path, data={**hidden, **fields, "action": "continue", "password": CHOSEN}, headers={"origin": ISSUER}
    )
    assert is_asking(await world.browser().sign_in("aa11111-ovh", CHOSEN), "login")
    changed = await world.rows(
        "SELECT s.subject_id FROM password s WHERE s.changed_at > (SELECT MIN(changed_at) FROM password)"
    )
    assert changed == [(world.people["bob"].subject_id,)]


async def test_one_links_form_is_not_anothers(world: World) -> None:
    """Item 5. The token of Alice's form does not send Bob's."""
    alices, bobs = await mailed_link(world), await mailed_link(world, BOB)
    browser = world.browser()
    _, hidden = forms_of(await browser.get(alices))["new-password"]
    answer = await browser.http.post(
        bobs, data={**hidden, "action": "continue", "password": CHOSEN}, headers={"origin": ISSUER}
    )
    assert answer.status_code == 403


async def test_a_link_works_once_also_when_it_is_used_twice_at_once(world: World) -> None:
    """Item 6."""
    link = await mailed_link(world)
    browsers = [world.browser(address=f"192.0.2.{number}") for number in range(1, 9)]
    pages = [await browser.get(link) for browser in browsers]
    answers = await asyncio.gather(
        *(
            press(browser, page, "new-password", "continue", password=f"{CHOSEN} {number}")
            for number, (browser, page) in enumerate(zip(browsers, pages, strict=True))
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [404] * 7
    assert await is_gone(world.browser(), link)
    assert len(await world.rows("SELECT 1 FROM audit_event WHERE type = 'link.redeemed'")) == 1


async def test_a_newer_link_ends_the_older_one(world: World) -> None:
    """Item 6."""
    first = await mailed_link(world)
    second = await mailed_link(world)
    assert await is_gone(world.browser(), first)
    assert (await choose(world.browser(), second)).status_code == 200


async def test_a_link_ends_to_the_second(world: World) -> None:
    """Item 7."""
    link, browser = await mailed_link(world), world.browser()
    seconds = world.house.settings.recovery.link_seconds
    world.clock.pass_(seconds - 1)
    page = await browser.get(link)
    assert page.status_code == 200
    world.clock.pass_(1)
    assert (await press(browser, page, "new-password", "continue", password=CHOSEN)).status_code == 404
    assert await is_gone(browser, link)
    assert is_asking(await world.browser().sign_in(password=CHOSEN), "login")


async def test_a_link_dies_with_the_address_that_it_went_to(world: World) -> None:
    """Also when the address changes while its form is open."""
    link, browser = await mailed_link(world), world.browser()
    page = await browser.get(link)
    changed = SET_PRIMARY.effect(
        expects=1,
        of_account=world.people["alice"].account_id,
        new_email="new@example.test",
        new_key="new@example.test",
        now=world.clock.now(),
    )
    assert await world.house.database.apply([changed])
    assert (await press(browser, page, "new-password", "continue", password=CHOSEN)).status_code == 404
    assert await is_gone(browser, link)


async def test_whoever_opens_the_link_first_changes_nothing(world: World) -> None:
    """Mail scanners and browsers that fetch ahead, by GET and HEAD, and another site's post."""
    link, scanner = await mailed_link(world), world.browser(address="203.0.113.9")
    for _ in range(3):
        assert (await scanner.get(link)).status_code == 200
        assert (await scanner.http.head(link)).status_code == 200
    forged = await scanner.http.post(
        link, data={"password": CHOSEN, "action": "continue"}, headers={"origin": "https://evil.test"}
    )
    assert forged.status_code == 403
    assert (await choose(world.browser(), link)).status_code == 200


async def test_a_link_of_a_blocked_account_is_dead(world: World) -> None:
    link = await mailed_link(world)
    house, occasion = world.house, Occasion(now=world.clock.now(), actor="system")
    await disable_account(house.database, house.audit, occasion, world.people["alice"], by=BlockedBy.STAFF)
    assert await is_gone(world.browser(), link)


async def test_asking_in_somebodys_name_takes_no_reports_link_away(risky_world: World) -> None:
    """The owner pressed “This wasn’t me” and is choosing a password while the thief asks for links."""
    thief = risky_world.browser(address="203.0.113.9")
    page = await thief.authorize()
    await thief.follow(await thief.submit(page, username="aa11111-ovh", password="correct horse battery"))
    [mail] = await delivered(risky_world)
    found = re.search(r"http://localhost:8000(/not-me/\S+)", mail.text)
    assert found
    owner = risky_world.browser()
    choosing = await owner.follow(await press(owner, await owner.get(found[1]), "not-me", "continue"))
    await ask(thief, "aa11111-ovh")
    saved = await press(owner, choosing, "new-password", "continue", password=CHOSEN)
    assert saved.status_code == 200


async def test_the_password_of_a_report_is_no_proof_of_the_mailbox(risky_world: World) -> None:
    """Its mail may be a week old: the browser that used it owes a code as ever."""
    stranger = risky_world.browser()
    page = await stranger.authorize()
    await stranger.follow(
        await stranger.submit(page, username="aa11111-ovh", password="correct horse battery")
    )
    [mail] = await delivered(risky_world)
    found = re.search(r"http://localhost:8000(/not-me/\S+)", mail.text)
    assert found
    choosing = await stranger.follow(
        await press(stranger, await stranger.get(found[1]), "not-me", "continue")
    )
    saved = await press(stranger, choosing, "new-password", "continue", password=CHOSEN)
    assert is_asking(await go_on(stranger, saved), "email-code")


async def test_a_planted_cookie_is_no_proof(risky_world: World) -> None:
    """Whoever knows the browser's cookie from before has not had the one that the link gave."""
    owner = risky_world.browser()
    await owner.get("/forgot")
    thief = risky_world.browser(address="203.0.113.9")
    for name, value in owner.http.cookies.items():
        thief.http.cookies.set(name, value, domain="localhost")
    link = await mailed_link(risky_world, browser=owner)
    await choose(owner, link)
    page = await thief.authorize()
    page = await thief.follow(await thief.submit(page, username="aa11111-ovh", password=CHOSEN))
    assert is_asking(page, "email-code")


@pytest.mark.parametrize("what", ["password", "id"])
async def test_nobody_learns_who_exists_from_an_answer(world: World, what: str) -> None:
    """Item 8. Status, headers, cookies and bodies, of the answer and of the page that it leads to."""
    await give_backup(world, "bob", "spare@example.test")
    seen: list[tuple[object, ...]] = []
    for typed in ("alice@example.test", "spare@example.test", "dan@example.test", "nobody@example.test"):
        browser = world.browser(address=f"198.51.100.{len(seen) + 1}")
        asked = await ask(browser, typed, what=what)
        sent = await browser.follow(asked)
        seen.append((_plain(asked), _plain(sent), sorted(browser.http.cookies.keys())))
    assert all(one == seen[0] for one in seen)
    ids: list[tuple[object, ...]] = []
    for typed in ("aa11111-ovh", "zz99999-ovh"):
        browser = world.browser(address=f"203.0.113.{len(ids) + 1}")
        ids.append(_plain(await ask(browser, typed, what=what)))
    assert ids[0] == ids[1]


async def test_nobody_unknown_gets_a_mail(world: World) -> None:
    """Item 8."""
    for typed in (
        "nobody@example.test",
        "zz99999-ovh",
        "not an identifier",
        "x" * 1_000,
        "alice@example.test\r\nBcc: x@evil.test",
    ):
        await ask(world.browser(), typed)
    assert await delivered(world) == []
    assert await world.rows("SELECT 1 FROM link") == []
