"""Somebody wants an address that they can't read: `peers.md` §5 items 5, 9 and 10, with an account and without."""

import asyncio

from tests.attacks.paused import Slow
from tests.login.coded import code_in
from tests.portal.addressing import BACKUP, type_address
from tests.portal.pressing import forms_of, open_account, press
from tests.portal.signing_up import CHOSEN, Newcomer, begin
from tests.support.mail import delivered
from tests.support.world import World

MINE, THEIRS = "eve@evil.test", "victim@example.test"


async def test_a_code_that_was_asked_for_slowly_proves_no_other_address(world: World) -> None:
    """One request asks for another code while it still knows the sender's own address, and one beside it has a code
    sent to the victim's: the new code must not go to the one and prove the other.
    """
    newcomer = await (await begin(world)).until("code", email=MINE)
    await newcomer.mailed_code()
    asking_path, asking = forms_of(newcomer.page)["sign-up-code"]
    page = await newcomer.browser.get(asking_path.replace("/code", "/credentials"))
    path, choosing = forms_of(page)["sign-up-credentials"]
    other = Slow(fields={**choosing, "email": THEIRS, "password": CHOSEN})
    again = Slow(fields={**asking, "action": "resend"})
    first = asyncio.create_task(other.send(newcomer.browser, path))
    await other.is_awaited.wait()
    world.clock.pass_(world.house.settings.code.resend_seconds)
    second = asyncio.create_task(again.send(newcomer.browser, asking_path))
    await again.is_awaited.wait()
    other.may_come.set()
    await first
    again.may_come.set()
    await second
    mails = {mail.to: mail for mail in await delivered(world)}
    assert THEIRS in mails
    await newcomer.look(asking_path)
    for mail in [mail for to, mail in mails.items() if to == MINE]:
        await newcomer.enter(code_in(mail))
    assert await world.rows("SELECT email, email_verified_at FROM sign_up") == [(THEIRS, None)]


async def test_who_signs_up_first_with_somebodys_address_leaves_nothing_behind(world: World) -> None:
    """The owner comes later, and their account has their password alone."""
    early = await (await begin(world, address="198.51.100.7")).until("code", email=THEIRS)
    await delivered(world)
    assert await world.rows(f"SELECT 1 FROM account WHERE primary_email_key = '{THEIRS}'") == []
    world.clock.pass_(60)
    owner = await (await begin(world)).until("welcome", email=THEIRS, password="nine brave marmots")
    assert owner.step == "welcome"
    await early.look()
    await early.press("resend")
    assert early.step == "code"
    page = await open_account(world.browser(), identifier=THEIRS)
    assert 'id="login"' in page.text
    page = await open_account(world.browser(), identifier=THEIRS, password=CHOSEN)
    assert 'id="login"' in page.text


async def test_nobody_has_us_mail_their_own_words_to_a_stranger(world: World) -> None:
    """Names, the browser's own name and all: a mail to an address that nobody has proven says only what we say."""
    words = "You won, go to www.evil.test now"
    newcomer = await begin(world)
    newcomer.browser.http.headers["user-agent"] = "www.evil.test/1.0 CFNetwork/978 Darwin/18"
    await newcomer.until("name")
    await newcomer.name(words, "https://evil.test/win")
    await newcomer.go_on()
    page = await newcomer.browser.submit(newcomer.page, "backup-address", email=THEIRS)
    assert page.status_code == 303
    await _ask_for_mails(world, newcomer)
    mails = [mail for mail in await delivered(world) if mail.to in (THEIRS, "alice@example.test")]
    assert {mail.to for mail in mails} == {THEIRS, "alice@example.test"}
    for mail in mails:
        said = f"{mail.subject} {mail.text} {mail.html} {mail.headers}".lower()
        assert "evil" not in said
        assert "you won" not in said


async def _ask_for_mails(world: World, newcomer: Newcomer) -> None:
    """Everything else by which somebody who knows an address has a mail sent there."""
    page = await newcomer.browser.get("/forgot")
    for form in ("forgot-password", "forgot-id"):
        await press(newcomer.browser, page, form, "continue", username="alice@example.test")
    other = await begin(world, address="198.51.100.9")
    other.browser.http.headers["user-agent"] = newcomer.browser.http.headers["user-agent"]
    await (await other.until("credentials")).choose("alice@example.test")


async def test_one_mailbox_is_no_many_however_it_is_written(sqlite_world: World) -> None:
    """Sub-addresses share their mailbox's count: nobody is mailed once for each of them."""
    sent = 0
    for number in range(30):
        newcomer = await (await begin(sqlite_world, address=f"198.18.{number}.1")).until("credentials")
        await newcomer.choose(f"victim+{number}@example.test")
        sent += len(await delivered(sqlite_world))
    assert sent <= 6
    browser = sqlite_world.browser()
    await type_address(browser, BACKUP, "victim+backup@example.test")
    assert [mail for mail in await delivered(sqlite_world) if mail.to.startswith("victim")] == []
