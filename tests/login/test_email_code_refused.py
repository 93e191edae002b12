"""Codes that sign nobody in: wrong, old, used, another's. Each try counts, whatever the page that it came from."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest

from idp.login import codes
from idp.records.factor import Challenge
from tests.login.coded import Visitor, ask_for_code, code_in, link_in, mailed_code, mails_to, other_than
from tests.login.guessing import OURS, form_of
from tests.login.signing_in import is_signed_in
from tests.support.world import PASSWORD, World, answer, is_asking, open_world, risky_settings

pytestmark = pytest.mark.requirement("S33")


async def tries_left(world: World) -> list[int]:
    return [left for (left,) in await world.rows("SELECT tries_left FROM challenge ORDER BY challenge_id")]


async def test_a_wrong_code_says_how_many_tries_are_left(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    code = await mailed_code(risky_world)
    page = await visitor.enter(other_than(code))
    assert page.status_code == 422
    assert "<title>Error:" in page.text
    assert "The code doesn’t match." in page.text
    assert "Tries left: 4." in page.text
    assert f'value="{other_than(code)}"' in page.text
    assert "code" in answer(await visitor.enter(code))


async def test_the_sixth_try_finds_a_challenge_that_is_over(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    code = await mailed_code(risky_world)
    for _ in range(4):
        assert is_asking(await visitor.enter(other_than(code)), "email-code")
    page = await visitor.enter(other_than(code))
    assert "that was the last try for it" in page.text
    assert 'name="code"' not in page.text
    page = await visitor.press("continue", code=code)
    assert page.status_code == 422
    assert "This code works no more." in page.text
    risky_world.clock.pass_(30)
    await visitor.resend()
    assert "code" in answer(await visitor.enter(await mailed_code(risky_world)))


@pytest.mark.requirement("S47")
async def test_an_expired_code_is_refused_and_a_new_one_works(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    code = await mailed_code(risky_world)
    risky_world.clock.pass_(600)
    page = await visitor.enter(code)
    assert page.status_code == 422
    assert "This code works no more." in page.text
    assert is_asking(await visitor.look(), "email-code")
    assert await mails_to(risky_world) == []
    await visitor.resend()
    assert "code" in answer(await visitor.enter(await mailed_code(risky_world)))


async def test_a_used_code_is_no_code(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    prompt, form = visitor.path, form_of(visitor.page)
    code = await mailed_code(risky_world)
    assert "code" in answer(await visitor.enter(code))
    again = await visitor.browser.http.post(prompt, data={**form, "code": code}, headers=OURS)
    assert is_asking(await visitor.browser.follow(again), "login") or again.is_redirect
    other = await ask_for_code(risky_world, address="203.0.113.9")
    await mails_to(risky_world)
    assert (await other.enter(code)).status_code == 422
    assert not await is_signed_in(other.browser)


@pytest.mark.requirement("S47")
async def test_another_browsers_code_is_no_code(risky_world: World) -> None:
    first = await ask_for_code(risky_world)
    one = await mailed_code(risky_world)
    second = await ask_for_code(risky_world)
    two = await mailed_code(risky_world)
    for visitor, code in ((first, two), (second, one)):
        page = await visitor.enter(code)
        assert page.status_code == 422
        assert "location" not in page.headers


async def test_another_tabs_code_is_no_code(risky_world: World) -> None:
    first = await ask_for_code(risky_world)
    code = await mailed_code(risky_world)
    second = Visitor(world=risky_world, browser=first.browser, page=await first.browser.authorize())
    await second.press("continue", username="aa11111-ovh", password=PASSWORD)
    newer = await mailed_code(risky_world)
    assert (await second.enter(code)).status_code == 422
    assert "code" in answer(await second.enter(newer))


async def test_another_accounts_code_is_no_code(database_url: str, tmp_path: Path) -> None:
    async with open_world(risky_settings(database_url, tmp_path)) as world:
        alice, bob = await ask_for_code(world), await ask_for_code(world, "bb22222-ovh")
        mails = {mail.to: code_in(mail) for mail in await mails_to(world)}
        assert (await bob.enter(mails["alice@example.test"])).status_code == 422
        assert (await alice.enter(mails["bob@example.test"])).status_code == 422
        assert "code" in answer(await alice.enter(mails["alice@example.test"]))


async def test_who_signs_in_anew_in_the_same_tab_needs_their_own_code(
    database_url: str, tmp_path: Path
) -> None:
    async with open_world(risky_settings(database_url, tmp_path)) as world:
        visitor = await ask_for_code(world)
        prompt, alices = visitor.path, await mailed_code(world)
        await visitor.look(prompt.replace("email-code", "login"))
        await visitor.press("continue", username="bb22222-ovh", password=PASSWORD)
        assert visitor.path == prompt
        assert "b•••@e•••.test" in visitor.page.text
        bobs = await mailed_code(world)
        assert (await visitor.enter(alices)).status_code == 422
        await visitor.look(prompt.replace("email-code", "login"))
        await visitor.press("continue", username="aa11111-ovh", password=PASSWORD)
        assert "a•••@e•••.test" in visitor.page.text
        await mails_to(world)
        assert (await visitor.enter(bobs)).status_code == 422
        assert not await is_signed_in(visitor.browser)


async def test_a_browser_that_lacks_the_proof_of_the_password_is_asked_for_it(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    code, form, prompt = await mailed_code(risky_world), form_of(visitor.page), visitor.path
    visitor.browser.http.cookies.delete("idp-proof")
    posted = await visitor.browser.http.post(prompt, data={**form, "code": code}, headers=OURS)
    assert is_asking(await visitor.browser.follow(posted), "login")
    assert await tries_left(risky_world) == [5]


@pytest.mark.parametrize(
    "typed", ["", "   ", "1234", "123456789", "abcdefgh", "hello", "\u0000" * 8, "1" * 9_999]
)
async def test_what_is_no_code_costs_no_try(sqlite_risky_world: World, typed: str) -> None:
    visitor = await ask_for_code(sqlite_risky_world)
    page = await visitor.enter(typed)
    assert page.status_code in (400, 413, 422)
    assert await tries_left(sqlite_risky_world) == [5]
    assert not await is_signed_in(visitor.browser)


async def test_a_post_without_anything_is_no_step(sqlite_risky_world: World) -> None:
    visitor = await ask_for_code(sqlite_risky_world)
    bare = await visitor.browser.http.post(visitor.path, headers=OURS)
    assert bare.status_code == 403
    token_only = {"csrf_token": form_of(visitor.page)["csrf_token"]}
    empty = await visitor.browser.http.post(visitor.path, data=token_only, headers=OURS)
    assert empty.status_code == 422
    dispatched = await visitor.look(visitor.path.replace("/email-code", ""))
    assert is_asking(dispatched, "email-code")
    assert await tries_left(sqlite_risky_world) == [5]


async def test_100_guesses_at_once_compare_no_more_than_the_tries(
    risky_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await ask_for_code(risky_world)
    code = await mailed_code(risky_world)
    compared: list[bytes] = []
    real = codes.matches

    def counting(challenge: Challenge, given: bytes, *, now: int) -> bool:
        compared.append(given)
        return real(challenge, given, now=now)

    monkeypatch.setattr(codes, "matches", counting)
    form = form_of(visitor.page, code=other_than(code))
    pages = await asyncio.gather(
        *(visitor.browser.http.post(visitor.path, data=form, headers=OURS) for _ in range(100))
    )
    assert Counter(page.status_code for page in pages) == {422: 100}
    assert len(compared) == 5
    assert await tries_left(risky_world) == [0]
    assert (await visitor.enter(code)).status_code == 422


async def test_of_right_codes_at_once_one_signs_in(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    form = form_of(visitor.page, code=await mailed_code(risky_world))
    pages = await asyncio.gather(
        *(visitor.browser.http.post(visitor.path, data=form, headers=OURS) for _ in range(4))
    )
    assert all(page.status_code in (303, 422) for page in pages)
    assert len(await risky_world.rows("SELECT 1 FROM challenge WHERE redeemed_at IS NOT NULL")) == 1
    # Every answer set another cookie, of which the last proof's counts.
    redeemed = [page for page in pages if "idp-proof" in page.headers.get("set-cookie", "")]
    assert len(redeemed) == 1


async def test_the_back_button_sends_nothing_and_proves_nothing(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    prompt, code = visitor.path, await mailed_code(risky_world)
    login = await visitor.look(prompt.replace("email-code", "login"))
    assert is_asking(login, "login")
    assert is_asking(await visitor.look(prompt), "email-code")
    assert await mails_to(risky_world) == []
    # The password again, and the code that was sent before: both are this person's, in this browser.
    await visitor.look(prompt.replace("email-code", "login"))
    await visitor.press("continue", username="aa11111-ovh", password=PASSWORD)
    assert await mails_to(risky_world) == []
    assert "code" in answer(await visitor.enter(code))
    back = await visitor.browser.get(prompt)
    assert back.is_redirect


async def test_a_sign_in_begun_anew_after_a_code_was_used_up_gets_another(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    prompt = visitor.path
    await mails_to(risky_world)
    risky_world.clock.pass_(700)
    await visitor.look(prompt.replace("email-code", "login"))
    await visitor.press("continue", username="aa11111-ovh", password=PASSWORD)
    assert "code" in answer(await visitor.enter(await mailed_code(risky_world)))


async def test_nothing_but_the_code_gets_past_its_prompt(sqlite_risky_world: World) -> None:
    visitor = await ask_for_code(sqlite_risky_world)
    base = visitor.path.removesuffix("/email-code")
    token = form_of(visitor.page)
    for step in ("second-factor", "address", "consent", "select-account", "code-delivery", "lost-mailbox"):
        for action in ("continue", "skip", "allow", "totp"):
            await visitor.browser.http.post(f"{base}/{step}", data={**token, "action": action}, headers=OURS)
    assert is_asking(await visitor.look(base), "email-code")
    assert not await is_signed_in(visitor.browser)


async def test_at_rest_there_is_no_code(sqlite_risky_world: World) -> None:
    await ask_for_code(sqlite_risky_world)
    [mail] = await mails_to(sqlite_risky_world)
    code, link = code_in(mail).replace(" ", ""), link_in(mail).rpartition("/")[2]
    database = Path(sqlite_risky_world.house.settings.database.url.removeprefix("sqlite:///"))
    stored = database.read_bytes() + database.with_name(database.name + "-wal").read_bytes()
    assert code.encode() not in stored
    assert link.encode() not in stored
    assert b"alice@example.test" in stored
