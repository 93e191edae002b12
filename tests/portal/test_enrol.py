"""Enrolment links: choosing a password once, whatever opens the link before, beside or after."""

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any

import httpx2
import pytest

from idp.account.creation import NewAccount, create_account
from idp.account.enrolment import issue_enrolment_link
from idp.account.status import disable_account
from idp.app import create_app
from idp.records.account import Person, Role
from idp.records.event import Occasion
from idp.records.ports import PoolBusy
from tests.portal.pressing import forms_of, open_account, press
from tests.portal.setting_up import first_device
from tests.support.world import World

CHOSEN = "seven quiet herons"


async def enrolment(world: World, **fields: Any) -> tuple[Person, str]:
    """A new member of staff, and the path of their link."""
    house = world.house
    occasion = Occasion(now=world.clock.now(), actor="cli:test")
    new = NewAccount(profile={"name": "Zoé Zimmer"}, role=Role.SUPPORT, customer_id="zz90001-ovh", **fields)
    person = await create_account(
        house.database, house.audit, house.entropy, occasion, new, rules=house.settings.customer_id
    )
    return person, await link_for(world, person)


async def link_for(world: World, person: Person) -> str:
    house = world.house
    value = await issue_enrolment_link(
        house.database,
        house.audit,
        house.entropy,
        Occasion(now=world.clock.now(), actor="cli:test"),
        person.subject_id,
        seconds=house.settings.login.enrolment_link_seconds,
    )
    return f"/enrol/{value}"


def is_gone(page: httpx2.Response) -> bool:
    return page.status_code == 404 and "This link doesn’t work any more" in page.text


HTML = {"accept": "text/html"}


async def test_a_link_leads_to_a_password_and_a_first_sign_in(world: World) -> None:
    _, path = await enrolment(world)
    browser = world.browser()
    page = await browser.get(path)
    assert "Welcome, <bdi>Zoé Zimmer</bdi>" in page.text
    assert 'value="zz90001-ovh"' in page.text
    assert 'autocomplete="new-password"' in page.text
    enrolled = await press(browser, page, "enrol", "continue", password=CHOSEN)
    assert enrolled.status_code == 200
    assert "Your password is saved" in enrolled.text
    sign_in = await browser.get(enrolled.text.split('class="primary" href="')[1].split('"')[0])
    assert 'value="zz90001-ovh"' in sign_in.text
    set_up = await browser.follow(await browser.submit(sign_in, username="zz90001-ovh", password=CHOSEN))
    home = await first_device(browser, world, set_up)
    assert home.url.path == "/account"
    assert "Zoé Zimmer" in home.text
    assert "@" not in home.text.split("<main")[1]


async def test_the_page_speaks_the_accounts_language(sqlite_world: World) -> None:
    _, path = await enrolment(sqlite_world, language="fr")
    browser = sqlite_world.browser()
    page = await browser.get(path)
    assert page.headers["content-language"] == "fr"
    assert "Choisissez un mot de passe" in page.text
    enrolled = await press(browser, page, "enrol", "continue", password=CHOSEN)
    assert "Votre mot de passe est enregistré" in enrolled.text


async def test_the_link_leaks_to_nobody_and_is_stored_nowhere(sqlite_world: World) -> None:
    _, path = await enrolment(sqlite_world)
    page = await sqlite_world.browser().get(path)
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"] == "no-store"
    assert "form-action 'self'" in page.headers["content-security-policy"]


async def test_opening_a_link_uses_nothing_up(world: World) -> None:
    _, path = await enrolment(world)
    for _ in range(3):
        scanner = world.browser(headers={"user-agent": "MailScanner/1.0"})
        assert (await scanner.http.head(path)).status_code == 200
        assert (await scanner.get(path)).status_code == 200
        assert (await scanner.http.put(path)).status_code == 405
    browser = world.browser()
    enrolled = await press(browser, await browser.get(path), "enrol", "continue", password=CHOSEN)
    assert enrolled.status_code == 200


async def test_a_link_works_once(world: World) -> None:
    _, path = await enrolment(world)
    browser = world.browser(headers=HTML)
    page = await browser.get(path)
    await press(browser, page, "enrol", "continue", password=CHOSEN)
    assert is_gone(await press(browser, page, "enrol", "continue", password="another quiet heron"))
    assert is_gone(await browser.get(path))
    assert 'href="/account">Sign in</a>' in (await browser.get(path)).text
    set_up = await open_account(world.browser(), identifier="zz90001-ovh", password=CHOSEN)
    assert set_up.url.path.endswith("/set-up")


async def test_of_many_submissions_at_once_one_chooses(world: World) -> None:
    _, path = await enrolment(world)
    browser = world.browser(headers=HTML)
    page = await browser.get(path)
    answers = await asyncio.gather(
        *(press(browser, page, "enrol", "continue", password=f"{CHOSEN} {n}") for n in range(10))
    )
    assert Counter(answer.status_code for answer in answers) == {200: 1, 404: 9}
    winner = next(n for n, answer in enumerate(answers) if answer.status_code == 200)
    home = await open_account(world.browser(), identifier="zz90001-ovh", password=f"{CHOSEN} {winner}")
    assert home.status_code == 200


async def test_an_expired_link_is_gone(sqlite_world: World) -> None:
    _, path = await enrolment(sqlite_world)
    browser = sqlite_world.browser(headers=HTML)
    page = await browser.get(path)
    sqlite_world.clock.pass_(86_399)
    assert (await browser.get(path)).status_code == 200
    sqlite_world.clock.pass_(1)
    assert is_gone(await browser.get(path))
    assert is_gone(await press(browser, page, "enrol", "continue", password=CHOSEN))


async def test_a_newer_link_and_a_disabled_account_end_a_link(world: World) -> None:
    person, path = await enrolment(world)
    browser = world.browser(headers=HTML)
    newer = await link_for(world, person)
    assert is_gone(await browser.get(path))
    assert (await browser.get(newer)).status_code == 200
    house = world.house
    occasion = Occasion(now=world.clock.now(), actor="cli:test")
    await disable_account(house.database, house.audit, occasion, person)
    assert is_gone(await browser.get(newer))


@pytest.mark.parametrize(
    "value", ["x", "A" * 64, "A" * 65, "%00", "%C3%A9" * 64, "..%2F..", "A" * 63 + "%0A", "%22%3E" * 20]
)
async def test_what_was_never_a_link_looks_the_same(sqlite_world: World, value: str) -> None:
    browser = sqlite_world.browser(headers=HTML)
    page = await browser.get(f"/enrol/{value}")
    assert page.status_code in (400, 404)
    posted = await browser.http.post(f"/enrol/{value}", data={"password": CHOSEN})
    assert posted.status_code in (400, 404)


async def test_a_wrong_secret_burns_nothing(sqlite_world: World) -> None:
    _, path = await enrolment(sqlite_world)
    browser = sqlite_world.browser(headers=HTML)
    wrong = path[:-1] + ("A" if path[-1] != "A" else "B")
    assert is_gone(await browser.get(wrong))
    assert is_gone(await browser.http.post(wrong, data={"password": CHOSEN}))
    assert (await browser.get(path)).status_code == 200


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "Enter a new password"),
        ("short", "The password is too short. Use at least 8 characters."),
        ("é" * 7, "The password is too short."),
        ("x" * 4_097, "The password is too long. Use at most 4,096 characters."),
        ("zz90001-ovh Zoé Zimmer", "The password is easy to guess"),
        ("1qaz2wsx3edc", "Many people use this password, so it is guessed first."),
    ],
)
async def test_a_refused_password_says_why_and_leaves_the_link(
    sqlite_world: World, password: str, sentence: str
) -> None:
    _, path = await enrolment(sqlite_world)
    browser = sqlite_world.browser()
    page = await browser.get(path)
    refused = await press(browser, page, "enrol", "continue", password=password)
    assert refused.status_code == 422
    assert sentence in refused.text
    assert "<title>Error: Choose a password" in refused.text
    assert not password or f'value="{password}"' not in refused.text
    enrolled = await press(browser, refused, "enrol", "continue", password=CHOSEN)
    assert enrolled.status_code == 200


async def test_the_form_is_this_browsers_and_this_links(sqlite_world: World) -> None:
    person, path = await enrolment(sqlite_world)
    mine, theirs = sqlite_world.browser(), sqlite_world.browser()
    page = await mine.get(path)
    await theirs.get(path)
    _, hidden = forms_of(page)["enrol"]
    assert (await theirs.http.post(path, data={**hidden, "password": CHOSEN})).status_code == 403
    newer = await link_for(sqlite_world, person)
    assert (await mine.http.post(newer, data={**hidden, "password": CHOSEN})).status_code == 403
    assert (await mine.http.post(newer, data={"password": CHOSEN})).status_code == 403
    assert (await mine.get(newer)).status_code == 200


async def test_a_browser_that_blocks_cookies_is_told(sqlite_world: World) -> None:
    _, path = await enrolment(sqlite_world)
    browser = sqlite_world.browser()
    page = await browser.get(path)
    browser.http.cookies.clear()
    blocked = await press(browser, page, "enrol", "continue", password=CHOSEN)
    assert blocked.status_code == 400
    assert "idp-browser" in blocked.text
    assert f'href="{path}"' in blocked.text


async def test_enrolling_in_somebody_elses_browser_asks_who_signs_in(sqlite_world: World) -> None:
    _, path = await enrolment(sqlite_world)
    browser = sqlite_world.browser()
    await open_account(browser)
    enrolled = await press(browser, await browser.get(path), "enrol", "continue", password=CHOSEN)
    sign_in = await browser.get(enrolled.text.split('class="primary" href="')[1].split('"')[0])
    assert 'value="zz90001-ovh"' in sign_in.text
    set_up = await browser.follow(await browser.submit(sign_in, username="zz90001-ovh", password=CHOSEN))
    assert "Zoé Zimmer" in (await first_device(browser, sqlite_world, set_up)).text


async def test_enrolling_again_ends_the_sessions_before(world: World) -> None:
    person, path = await enrolment(world)
    browser, elsewhere = world.browser(), world.browser()
    await press(browser, await browser.get(path), "enrol", "continue", password=CHOSEN)
    await open_account(elsewhere, identifier="zz90001-ovh", password=CHOSEN)
    again = await link_for(world, person)
    await press(browser, await browser.get(again), "enrol", "continue", password="eight quiet herons")
    assert (await elsewhere.get("/account")).status_code == 303


class BusyHasher:
    """Its queue is full."""

    async def hash(self, password: str, *, pepper: bytes) -> str:
        raise PoolBusy


async def test_a_busy_hour_asks_to_try_again_and_leaves_the_link(sqlite_world: World) -> None:
    _, path = await enrolment(sqlite_world)
    hasher: Any = BusyHasher()
    busy = replace(sqlite_world, app=create_app(replace(sqlite_world.house, hasher=hasher)))
    browser = busy.browser()
    page = await browser.get(path)
    answered = await press(browser, page, "enrol", "continue", password=CHOSEN)
    assert answered.status_code == 503
    assert answered.headers["retry-after"] == "5"
    assert "have not saved your password yet. Wait 5 seconds" in answered.text
    calm = sqlite_world.browser()
    assert (await calm.get(path)).status_code == 200
