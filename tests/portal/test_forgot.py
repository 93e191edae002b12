"""The ways back for who forgot something: open to everybody, telling nobody who exists, and leading back."""

import pytest

from idp.account.creation import NewAccount, create_account
from idp.account.status import disable_account
from idp.records.account import AccountStatus, BlockedBy
from idp.records.event import Occasion
from tests.login.coded import ask_for_code
from tests.login.signing_in import is_signed_in
from tests.portal.ways_back import (
    ask,
    choose,
    give_backup,
    go_on,
    is_gone,
    link_in,
    mailed_link,
    primary_link,
)
from tests.support.mail import delivered
from tests.support.world import PASSWORD, World, answer, is_asking


@pytest.mark.parametrize("typed", ["alice@example.test", " Alice@Example.Test ", "aa11111-ovh", "AA 11111"])
async def test_the_customer_id_comes_by_mail(world: World, typed: str) -> None:
    sent = await ask(world.browser(), typed, what="id")
    assert sent.headers["location"] == "/forgot/sent?about=id"
    [mail] = await delivered(world)
    assert mail.to == "alice@example.test"
    assert mail.subject.endswith("aa11111-ovh")
    assert mail.text.startswith("aa11111-ovh is your")
    assert "http://localhost:8000/account" in mail.text
    assert "/new-password/" not in mail.text


async def test_a_backup_address_gets_the_id_and_the_way_for_a_dead_mailbox(world: World) -> None:
    await give_backup(world, "alice", "spare@example.test")
    await ask(world.browser(), "spare@example.test", what="id")
    [mail] = await delivered(world)
    assert mail.to == "spare@example.test"
    assert "aa11111-ovh" in mail.text
    assert "http://localhost:8000/recovery" in mail.text


async def test_a_backup_address_never_gets_a_link_to_a_new_password(world: World) -> None:
    """The primary mailbox gets it, while it takes mail."""
    await give_backup(world, "alice", "spare@example.test")
    await ask(world.browser(), "spare@example.test")
    mails = {mail.to: mail for mail in await delivered(world)}
    assert set(mails) == {"alice@example.test", "spare@example.test"}
    assert "/new-password/" not in mails["spare@example.test"].text
    assert link_in(mails["alice@example.test"])


async def test_each_account_of_a_shared_backup_address_is_told(world: World) -> None:
    for who in ("alice", "bob"):
        await give_backup(world, who, "both@example.test")
    await ask(world.browser(), "both@example.test", what="id")
    mails = await delivered(world)
    assert [mail.to for mail in mails] == ["both@example.test"] * 2
    assert {mail.subject.rpartition(" ")[2] for mail in mails} == {"aa11111-ovh", "bb22222-ovh"}


async def test_a_forgotten_password_is_replaced_in_the_same_browser(risky_world: World) -> None:
    """Neither the application nor the sign-in is lost, and no code is mailed a moment after the link was."""
    browser = risky_world.browser()
    login = await browser.authorize()
    path = f"/forgot?from={login.url.path.split('/')[2]}"
    link = await mailed_link(risky_world, browser=browser, path=path)
    saved = await choose(browser, link)
    assert "Continue to <bdi>Manager</bdi>" in saved.text
    done = await go_on(browser, saved)
    assert "code" in answer(done)
    assert not any("code" in mail.subject for mail in await delivered(risky_world))


async def test_it_can_be_finished_on_another_device(risky_world: World) -> None:
    """The application begins anew there: it registered no address to begin at, so at its own first page."""
    browser = risky_world.browser()
    login = await browser.authorize()
    path = f"/forgot?from={login.url.path.split('/')[2]}"
    link = await mailed_link(risky_world, browser=browser, path=path)
    phone = risky_world.browser(address="203.0.113.9")
    saved = await choose(phone, link)
    assert "Continue to" in saved.text
    assert not primary_link(saved).startswith("/sign-in/" + login.url.path.split("/")[2])
    # The other way leads to the account, with the customer ID filled in, and is this browser's alone.
    own = saved.text.split('class="other-ways"')[1].split('href="')[1].split('"')[0]
    page = await phone.get(own)
    assert 'value="aa11111-ovh"' in page.text
    # The browser that it began in has proven no mailbox: it owes a code as ever.
    again = await browser.get(login.url.path)
    page = await browser.follow(
        await browser.submit(again, "login", username="aa11111-ovh", password="seven quiet herons")
    )
    assert is_asking(page, "email-code")


async def test_the_proof_of_the_link_lasts_ten_minutes(risky_world: World) -> None:
    browser = risky_world.browser()
    saved = await choose(browser, await mailed_link(risky_world))
    risky_world.clock.pass_(risky_world.house.settings.recovery.proven_seconds + 1)
    assert is_asking(await go_on(browser, saved), "email-code")


@pytest.mark.requirement("S49")
async def test_a_reset_does_not_skip_the_second_factor(risky_world: World) -> None:
    browser = risky_world.browser()
    saved = await choose(browser, await mailed_link(risky_world, "bb22222-ovh"))
    assert is_asking(await go_on(browser, saved, who="bb22222-ovh"), "second-factor")
    assert await risky_world.rows("SELECT 1 FROM session") == []


@pytest.mark.requirement("S49")
async def test_a_reset_ends_sessions_and_tokens(world: World) -> None:
    browser = world.browser()
    response = await browser.sign_in(scope="openid offline_access")
    tokens = (await browser.redeem(response)).json()
    await choose(world.browser(), await mailed_link(world))
    assert not await is_signed_in(browser)
    refreshed = await browser.token(grant_type="refresh_token", refresh_token=tokens["refresh_token"])
    assert refreshed.json()["error"] == "invalid_grant"


async def test_a_refused_password_leaves_the_link(world: World) -> None:
    link, browser = await mailed_link(world), world.browser()
    assert (await choose(browser, link, "short")).status_code == 422
    assert (await choose(browser, link)).status_code == 200
    assert await is_gone(browser, link)


async def test_staff_blocked_accounts_get_no_link_but_the_way_back(world: World) -> None:
    person = world.people["alice"]
    occasion = Occasion(now=world.clock.now(), actor="system")
    house = world.house
    await disable_account(house.database, house.audit, occasion, person, by=BlockedBy.STAFF)
    await ask(world.browser(), "aa11111-ovh")
    [mail] = await delivered(world)
    assert "/new-password/" not in mail.text
    assert "Our support team blocked it" in mail.text


async def test_nothing_typed_is_an_error_at_its_field(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await ask(browser, "  ", what="id")
    assert page.status_code == 422
    assert 'href="#username-id"' in page.text
    assert 'aria-invalid="true"' in page.text.split('id="username-id" name')[1].split(">")[0]


async def test_who_has_no_cookies_is_told_so(sqlite_world: World) -> None:
    page = await sqlite_world.browser().http.post("/forgot", data={"username": "aa11111-ovh"})
    assert page.status_code == 400
    assert await delivered(sqlite_world) == []


async def test_another_sites_form_sends_nothing(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    await browser.get("/forgot")
    forged = await browser.http.post(
        "/forgot", data={"username": "aa11111-ovh"}, headers={"origin": "https://evil.test"}
    )
    assert forged.status_code == 403
    assert await delivered(sqlite_world) == []


async def test_the_way_back_leads_to_the_same_sign_in(world: World) -> None:
    browser = world.browser()
    login = await browser.authorize()
    path = login.url.path
    forgot = login.text.split('href="/forgot')[1].split('"')[0]
    page = await browser.get(f"/forgot{forgot}")
    assert page.status_code == 200
    assert f'<a href="{path}"' in page.text
    lost = forgot.replace("?", "?for=mailbox&amp;")
    assert f'href="/recovery{lost}"' in page.text
    sent = await browser.follow(await ask(browser, "aa11111-ovh", path=f"/forgot{forgot}"))
    assert f'<a href="{path}"' in sent.text
    assert f'href="/recovery{lost}"' in sent.text
    assert 'id="login"' in (await browser.get(path)).text


async def test_the_page_keeps_the_language_that_the_application_asked_for(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    login = await browser.authorize(ui_locales="fr")
    path = f"/forgot?from={login.url.path.split('/')[2]}"
    page = await browser.get(path)
    assert page.headers["content-language"] == "fr"
    await ask(browser, "aa11111-ovh", path=path)
    [mail] = await delivered(sqlite_world)
    assert mail.headers["Content-Language"] == "fr"


@pytest.mark.parametrize(
    "came_from",
    [
        "",
        "https://evil.test",
        "//evil.test/" + "a" * 19,
        "A" * 32,
        "a" * 31,
        "a" * 33,
        "a" * 32 + "%0A",
        "a" * 32 + "%0D%0Aset-cookie:x=1",
        "%22%3E%3Cscript%3E",
        "javascript:alert(1)",
        "..%2F..%2Faccount",
        "%D9%A1" * 32,
    ],
)
async def test_anything_else_leads_to_the_account(sqlite_world: World, came_from: str) -> None:
    for path in ("/forgot", "/forgot/sent"):
        page = await sqlite_world.browser().get(f"{path}?from={came_from}")
        assert page.status_code == 200
        assert '<a href="/account"' in page.text
        assert "evil" not in page.text.split("<main")[1].split("</main>")[0]


async def test_an_unknown_interaction_is_no_dead_end(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await browser.get("/forgot?from=" + "a" * 32)
    path = f"/sign-in/{'a' * 32}/login"
    assert f'href="{path}"' in page.text
    expired = await browser.follow(await browser.get(path))
    assert 'class="primary" href="/account"' in expired.text


async def test_the_pages_are_not_stored(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    for path in ("/forgot", "/forgot/sent"):
        assert (await browser.get(path)).headers["cache-control"] == "no-store"
        assert (await browser.http.head(path)).status_code == 200


async def test_a_stranger_can_neither_flood_a_mailbox_nor_use_its_owners_mails_up(world: World) -> None:
    """From many networks, for an hour and more; then the owner asks from the browser that they use."""
    owner = world.browser()
    await owner.sign_in()
    await delivered(world)
    for number in range(60):
        await ask(world.browser(address=f"203.0.{number}.9"), "aa11111-ovh")
        world.clock.pass_(60)
    assert len(await delivered(world)) <= 20
    link = await mailed_link(world, browser=owner)
    assert "Choose a new password" in (await owner.get(link)).text


async def test_a_network_that_asks_very_often_waits_whoever_it_asks_about(sqlite_world: World) -> None:
    waits: set[int] = set()
    for typed in ("aa11111-ovh", "zz99999-ovh"):
        browser = sqlite_world.browser(address=f"198.51.100.{len(waits) + 1}")
        answers = [await ask(browser, typed) for _ in range(15)]
        assert answers[0].status_code == 303
        assert answers[-1].status_code == 429
        waits.add(next(number for number, answer in enumerate(answers) if answer.status_code == 429))
        sqlite_world.clock.pass_(7_200)
    assert len(waits) == 1


async def test_signing_in_works_on_while_mails_are_asked_for(sqlite_risky_world: World) -> None:
    """The counts are not those of the codes of sign-ins."""
    for number in range(20):
        await ask(sqlite_risky_world.browser(address=f"203.0.{number}.9"), "aa11111-ovh")
    await delivered(sqlite_risky_world)
    visitor = await ask_for_code(sqlite_risky_world, address="203.0.30.9")
    assert is_asking(visitor.page, "email-code")
    assert len(await delivered(sqlite_risky_world)) == 1


async def test_the_former_password_is_worth_nothing(sqlite_world: World) -> None:
    await choose(sqlite_world.browser(), await mailed_link(sqlite_world))
    page = await sqlite_world.browser().sign_in(password=PASSWORD)
    assert is_asking(page, "login")


async def test_no_link_goes_to_an_address_that_nobody_proved(world: World) -> None:
    """It may be a stranger's, and a link is all that it takes."""
    house = world.house
    for is_proven in (False, True):
        new = NewAccount(
            primary_email=f"nina{int(is_proven)}@example.test",
            is_primary_email_verified=is_proven,
            status=AccountStatus.ACTIVE,
        )
        nina = await create_account(
            house.database,
            house.audit,
            house.entropy,
            Occasion(now=world.clock.now(), actor="operator"),
            new,
            rules=house.settings.customer_id,
        )
        await ask(world.browser(), nina.customer_id)
        assert ["/new-password/" in mail.text for mail in await delivered(world)] == [True] * is_proven
