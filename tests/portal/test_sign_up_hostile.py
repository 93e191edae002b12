"""Sign-up in bad hands: who has an account, guesses, floods, and what people type who mean no good."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from idp.app import create_app
from idp.config.settings import Server
from idp.login import codes, sent_code
from tests.login.counting import count_work
from tests.login.test_address_prompt import GIVE_BACKUP
from tests.portal.pressing import press
from tests.portal.signing_up import CHOSEN, EMAIL, Newcomer, begin
from tests.portal.test_chosen_password import Thieves
from tests.support.mail import delivered
from tests.support.world import ISSUER, PASSWORD, World, open_risky_world, open_world, risky_settings

TAKEN = "alice@example.test"
_PRIVATE = re.compile(r"[0-9a-f]{32}|[\w-]{43}|nonce-[\w-]+|nonce=\"[^\"]+\"|[a-z]+@[a-z.]+")


def seen(page: httpx2.Response) -> tuple[int, str, dict[str, str]]:
    """What tells one answer from another, without what is random or was typed."""
    headers = {name: _PRIVATE.sub("", value) for name, value in page.headers.items()}
    for each in ("content-length", "x-request-id"):
        assert headers.pop(each)
    return page.status_code, _PRIVATE.sub("", page.text), headers


async def walk(world: World, email: str, address: str) -> list[tuple[int, str, dict[str, str]]]:
    """Everything that somebody sees who has not the mailbox."""
    newcomer = await (await begin(world, address=address)).until("credentials")
    pages = [await newcomer.choose(email)]
    pages += [await newcomer.enter(code) for code in ("", "12", "0000 0000")]
    pages.append(await newcomer.press("resend"))
    world.clock.pass_(30)
    pages.append(await newcomer.press("resend"))
    pages.append(await newcomer.look(newcomer.path.replace("/code", "/type")))
    pages += [await newcomer.enter("1111 1111") for _ in range(4)]
    pages.append(await newcomer.press("resend"))
    pages.append(await newcomer.press("change"))
    pages.append(await newcomer.choose(email))
    return [seen(page) for page in pages]


@pytest.mark.requirement("S43")
async def test_who_has_an_account_looks_like_who_has_none(risky_world: World) -> None:
    """By body, status and headers; both hash, and write as many rows."""
    hasher = count_work(risky_world)
    taken = await walk(risky_world, TAKEN, "192.0.2.1")
    work = hasher.hashes
    written = len(await risky_world.rows("SELECT 1 FROM outbox"))
    free = await walk(risky_world, "elise@example.test", "198.51.100.1")
    assert taken == free
    assert hasher.hashes == 2 * work
    assert len(await risky_world.rows("SELECT 1 FROM outbox")) == 2 * written


async def test_the_owner_of_a_taken_address_is_told_and_no_code_is_right(
    risky_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    newcomer = await (await begin(risky_world)).until("credentials")
    await newcomer.choose(" ALICE@example.test")
    [mail] = await delivered(risky_world)
    assert mail.to == TAKEN
    assert "aa11111-ovh" in mail.subject
    assert re.search(r"\d{4} \d{4}", mail.text) is None
    assert f"{ISSUER}/forgot" in mail.text

    async def is_right(*_: object, **__: object) -> bool:
        return True

    # Even a guess that hits by chance makes nobody a second account.
    monkeypatch.setattr(sent_code, "is_right", is_right)
    await newcomer.enter("1234 5678")
    await newcomer.press(kind="individual")
    page = await newcomer.name()
    assert page.status_code == 409
    assert await risky_world.rows(f"SELECT count(*) FROM account WHERE primary_email_key = '{TAKEN}'") == [
        (1,)
    ]
    assert await risky_world.rows("SELECT 1 FROM session") == []


async def test_a_backup_address_of_somebody_may_be_anothers_primary_one(world: World) -> None:
    alice = world.people["alice"]
    await world.house.database.apply(
        [GIVE_BACKUP.effect(of_account=alice.account_id, address="shared@example.test")]
    )
    newcomer = await (await begin(world)).until("welcome", email="shared@example.test")
    assert newcomer.step == "welcome"


async def test_hundred_guesses_compare_no_more_than_the_tries(
    risky_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[object] = []
    real = codes.is_right

    async def is_right(*args: Any, **kwargs: Any) -> bool:
        compared.append(args)
        return await real(*args, **kwargs)

    monkeypatch.setattr(sent_code, "is_right", is_right)
    newcomer = await (await begin(risky_world)).until("code")
    page = newcomer.page
    answers = await asyncio.gather(
        *(
            press(newcomer.browser, page, "sign-up-code", "continue", code=f"{number:08}")
            for number in range(100)
        )
    )
    assert {answered.status_code for answered in answers} <= {303, 422, 429}
    assert 0 < len(compared) <= 5
    assert await risky_world.rows("SELECT email_verified_at FROM sign_up") == [(None,)]


async def test_a_network_that_asks_often_waits_before_anything_is_hashed(risky_world: World) -> None:
    hasher = count_work(risky_world)
    pages = []
    for number in range(9):
        newcomer = await (await begin(risky_world, address=f"203.0.113.{number}")).until("credentials")
        pages.append(await newcomer.choose(f"n{number}@new.test"))
    assert [page.status_code for page in pages[:5]] == [200] * 5
    assert pages[-1].status_code == 429
    assert "That was often" in pages[-1].text
    assert 'value="n8@new.test"' in pages[-1].text
    assert hasher.hashes < 9
    elsewhere = await (await begin(risky_world, address="192.0.2.1")).until("credentials")
    assert (await elsewhere.choose()).status_code == 200


async def test_one_address_again_and_again_is_hashed_a_few_times(sqlite_risky_world: World) -> None:
    """No code is sent again for it, and still it is work: in one sign-up or in many, from one network."""
    world = sqlite_risky_world
    hasher, thieves = count_work(world), Thieves(set())
    world.house = replace(world.house, breaches=thieves)
    world.app = create_app(world.house)
    newcomer = await (await begin(world)).until("credentials")
    path = newcomer.path
    pages = []
    for number in range(30):
        await newcomer.look(path)
        pages.append(await newcomer.choose(password=f"{CHOSEN} {number}"))
    assert pages[0].status_code == 200
    assert pages[-1].status_code == 429
    assert int(pages[-1].headers["retry-after"]) > 0
    assert hasher.hashes <= 12
    assert len(thieves.asked) <= 12
    await newcomer.look(path)
    assert (await newcomer.choose(password="short")).status_code == 422
    world.clock.pass_(int(pages[-1].headers["retry-after"]))
    await newcomer.look(path)
    await newcomer.choose()
    assert newcomer.step == "code"


async def test_one_address_gets_no_flood_whoever_asks(risky_world: World) -> None:
    """From any number of networks: three hours of asking bring a few mails."""
    mails = 0
    for number in range(60):
        newcomer = await (await begin(risky_world, address=f"198.18.{number}.1")).until("credentials")
        page = await newcomer.choose(TAKEN)
        assert page.status_code in (200, 429)
        mails += len(await delivered(risky_world))
        risky_world.clock.pass_(180)
    assert 5 <= mails <= 20


async def test_forms_of_other_sites_and_other_questions_do_nothing(sqlite_world: World) -> None:
    newcomer = await (await begin(sqlite_world)).until("credentials")
    foreign = await newcomer.browser.http.post(
        newcomer.path, data={"email": EMAIL, "password": CHOSEN}, headers={"origin": "https://evil.test"}
    )
    assert foreign.status_code == 403
    token = newcomer.page.text.split('name="csrf_token" value="', 1)[1].split('"', 1)[0]
    swapped = await newcomer.browser.http.post(
        newcomer.path.replace("credentials", "country"),
        data={"csrf_token": token, "country": "DE", "language": "en"},
        headers={"origin": ISSUER},
    )
    assert swapped.status_code == 403
    assert await sqlite_world.rows("SELECT country, email FROM sign_up") == [("FR", "")]


async def test_the_interaction_that_it_names_has_to_be_this_browsers(world: World) -> None:
    victim = world.browser()
    page = await victim.authorize()
    [path] = re.findall(r'href="(/sign-up\?from=[0-9a-f]+)"', page.text)
    attacker = await begin(world, path=path)
    await attacker.until("welcome")
    await attacker.go_on()
    page = await victim.get(path.replace("/sign-up?from=", "/sign-in/"))
    assert page.headers["location"].endswith("/login")
    for odd in ("../../evil", "0" * 32, "", "%0d%0aset-cookie:x=1"):
        assert (await world.browser().get(f"/sign-up?from={odd}")).status_code == 200


async def test_a_busy_hour_asks_to_try_again_and_keeps_the_address(sqlite_world: World) -> None:
    newcomer = await (await begin(sqlite_world)).until("credentials")
    count_work(sqlite_world).is_busy = True
    page = await on_new_application(sqlite_world, newcomer).choose()
    assert (page.status_code, page.headers["retry-after"]) == (503, "5")
    assert f'value="{EMAIL}"' in page.text


def on_new_application(world: World, newcomer: Newcomer) -> Newcomer:
    """The same browser, before the application as it is now."""
    browser = world.browser()
    browser.http.cookies = newcomer.browser.http.cookies
    return Newcomer(world=world, browser=browser, page=newcomer.page)


async def test_where_nobody_signs_in_from_an_account_is_made_and_nobody_signed_in(
    database_url: str, tmp_path: Path
) -> None:
    settings = risky_settings(database_url, tmp_path)
    settings = replace(settings, risk=replace(settings.risk, denied_networks=("203.0.113.0/24",)))
    async with open_world(settings) as world:
        newcomer = await (await begin(world, address="203.0.113.9")).until("welcome")
        assert await world.rows("SELECT 1 FROM session") == []
        await newcomer.go_on()
        assert newcomer.step == "login"


async def test_what_somebody_else_began_in_that_sign_in_is_not_completed(
    database_url: str, tmp_path: Path
) -> None:
    """A password without its second factor, then a sign-up from where nobody signs in: nobody is signed in by it."""
    settings = risky_settings(database_url, tmp_path, server=Server(trusted_proxies=("192.0.2.1/32",)))
    settings = replace(settings, risk=replace(settings.risk, denied_networks=("203.0.113.0/24",)))
    async with open_risky_world(settings) as world:
        browser = world.browser(address="192.0.2.1")
        browser.http.headers["x-forwarded-for"] = "198.51.100.1"
        page = await browser.authorize()
        [path] = re.findall(r'href="(/sign-up\?from=[0-9a-f]+)"', page.text)
        owed = await browser.submit(page, "login", username="bb22222-ovh", password=PASSWORD)
        assert (await browser.follow(owed)).url.path.endswith("/second-factor")
        newcomer = await Newcomer(world=world, browser=browser, page=await browser.get(path)).until("name")
        browser.http.headers["x-forwarded-for"] = "203.0.113.9"
        await newcomer.name()
        assert newcomer.step == "welcome"
        assert await world.rows("SELECT 1 FROM session") == []
        await newcomer.go_on()
        assert newcomer.step == "second-factor"
