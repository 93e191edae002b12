"""Sending codes: one for the first look, others when they are asked for, and for how long each works."""

import asyncio
from pathlib import Path

from idp.config.settings import Code
from tests.login.coded import ask_for_code, mailed_code, mails_to, other_than
from tests.login.guessing import OURS, form_of
from tests.support.world import PASSWORD, World, answer, is_asking, open_world, risky_settings


async def tries_left(world: World) -> list[int]:
    return [left for (left,) in await world.rows("SELECT tries_left FROM challenge ORDER BY challenge_id")]


async def test_many_looks_at_once_send_one_mail(risky_world: World) -> None:
    browser = risky_world.browser()
    page = await browser.authorize()
    answered = await browser.submit(page, username="aa11111-ovh", password=PASSWORD)
    prompt = f"{answered.headers['location']}/email-code"
    pages = await asyncio.gather(*(browser.get(prompt) for _ in range(20)))
    assert all(is_asking(page, "email-code") for page in pages)
    assert len(await mails_to(risky_world)) == 1
    for _ in range(3):
        assert is_asking(await browser.get(prompt), "email-code")
        assert is_asking(
            await browser.follow(await browser.get(prompt.replace("/email-code", ""))), "email-code"
        )
    assert await mails_to(risky_world) == []


async def test_codes_are_sent_again_and_the_last_two_work(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    sent = [await mailed_code(risky_world)]
    for _ in range(2):
        risky_world.clock.pass_(30)
        page = await visitor.resend()
        assert is_asking(page, "email-code")
        sent.append(await mailed_code(risky_world))
    assert len(set(sent)) == 3
    assert (await visitor.enter(sent[0])).status_code == 422
    assert await tries_left(risky_world) == [4]
    assert "code" in answer(await visitor.enter(sent[1]))


async def test_the_newest_code_works_too_and_the_tries_are_shared(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    first = await mailed_code(risky_world)
    for _ in range(4):
        await visitor.enter(other_than(first))
    risky_world.clock.pass_(30)
    await visitor.resend()
    newest = await mailed_code(risky_world)
    assert await tries_left(risky_world) == [1]
    assert "code" in answer(await visitor.enter(newest))


async def test_an_earlier_code_lives_no_longer_for_a_newer_one(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    first = await mailed_code(risky_world)
    risky_world.clock.pass_(590)
    await visitor.resend()
    newest = await mailed_code(risky_world)
    risky_world.clock.pass_(10)
    assert (await visitor.enter(first)).status_code == 422
    risky_world.clock.pass_(580)
    assert "code" in answer(await visitor.enter(newest))


async def test_another_code_too_soon_is_not_sent(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    code = await mailed_code(risky_world)
    risky_world.clock.pass_(29)
    page = await visitor.resend()
    assert page.status_code == 429
    assert page.headers["retry-after"] == "1"
    assert "You can ask for another one in 1 second." in page.text
    assert await mails_to(risky_world) == []
    assert "code" in answer(await visitor.enter(code))


async def test_ten_requests_at_once_send_one_more(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    await mails_to(risky_world)
    risky_world.clock.pass_(30)
    form = form_of(visitor.page)
    await asyncio.gather(
        *(
            visitor.browser.http.post(visitor.path, data={**form, "action": "resend"}, headers=OURS)
            for _ in range(10)
        )
    )
    assert len(await mails_to(risky_world)) == 1


async def test_a_challenge_has_so_many_codes(sqlite_url: str, tmp_path: Path) -> None:
    settings = risky_settings(sqlite_url, tmp_path, code=Code(sends=2))
    async with open_world(settings) as world:
        visitor = await ask_for_code(world)
        world.clock.pass_(30)
        await visitor.resend()
        await mails_to(world)
        world.clock.pass_(30)
        page = await visitor.resend()
        assert page.status_code == 429
        assert page.headers["retry-after"] == "570"
        assert await mails_to(world) == []
        world.clock.pass_(570)
        await visitor.resend()
        assert "code" in answer(await visitor.enter(await mailed_code(world)))
