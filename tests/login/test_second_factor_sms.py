"""Codes by SMS: off unless there is a gateway; sent when a button is pressed, bound to the sign-in, each once."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from idp.config.settings import Factors
from tests.login.coded import Visitor
from tests.login.proving import ALICE, owe_factor, proof_failures, submit_raw
from tests.support.factors import give_factors
from tests.support.mail import texts
from tests.support.world import World, answer, is_asking, open_risky_world, risky_settings

GATEWAY = Factors(sms_url="http://localhost:9/texts")
FIRST, SECOND = "+33199000001", "+33199000002"


@pytest.fixture
async def texting_world(database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_risky_world(risky_settings(database_url, tmp_path, factors=GATEWAY)) as world:
        yield world


@pytest.fixture
async def sqlite_texting_world(sqlite_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_risky_world(risky_settings(sqlite_url, tmp_path, factors=GATEWAY)) as world:
        yield world


async def _with_phones(world: World, *numbers: str) -> Visitor:
    alice = world.people["alice"].subject_id
    await give_factors(world.house, alice, apps=(), backup_codes=(), phones=numbers or (FIRST,))
    return await owe_factor(world, ALICE)


async def _code(world: World) -> str:
    (text,) = await texts(world)
    found = re.search(r"[0-9]{4} [0-9]{4}", text.text)
    assert found, text.text
    return found[0]


async def test_code_signs_in(texting_world: World) -> None:
    visitor = await _with_phones(texting_world)
    assert "Get a code on your phone" in visitor.page.text
    assert FIRST not in visitor.page.text
    assert await texts(texting_world) == []  # To look sends nothing.
    page = await visitor.press("send")
    assert "Enter the code from your phone" in page.text
    code = await _code(texting_world)
    await visitor.enter(code)
    assert "code" in answer(visitor.page)
    assert await texting_world.rows("SELECT acr, amr FROM session") == [("2", '["pwd", "sms", "mfa"]')]
    assert await texting_world.rows("SELECT used_at FROM phone") == [(texting_world.clock.now(),)]
    # Once.
    visitor = await owe_factor(texting_world, ALICE)
    assert (await visitor.press("continue", code=code)).status_code == 422


async def test_without_a_gateway_there_is_no_such_way(sqlite_risky_world: World) -> None:
    visitor = await _with_phones(sqlite_risky_world)
    assert visitor.path.endswith("/other-way")
    assert "No way is left" in visitor.page.text


async def test_phone_is_chosen(sqlite_texting_world: World) -> None:
    visitor = await _with_phones(sqlite_texting_world, FIRST, SECOND)
    second = re.findall(r'type="radio" value="([0-9a-f]+)"', visitor.page.text)[1]
    await visitor.press("send", phone=second)
    (text,) = await texts(sqlite_texting_world)
    assert text.to == SECOND
    found = re.search(r"[0-9]{4} [0-9]{4}", text.text)
    assert found
    await visitor.enter(found[0])
    assert "code" in answer(visitor.page)
    # The one that was used comes first from now on.
    visitor = await owe_factor(sqlite_texting_world, ALICE)
    assert re.findall(r'type="radio" value="([0-9a-f]+)"', visitor.page.text)[0] == second


async def test_phone_of_somebody_else_gets_nothing(sqlite_texting_world: World) -> None:
    await give_factors(
        sqlite_texting_world.house,
        sqlite_texting_world.people["dan"].subject_id,
        apps=(),
        backup_codes=(),
        phones=(SECOND,),
    )
    visitor = await _with_phones(sqlite_texting_world)
    ((dans,),) = await sqlite_texting_world.rows(
        f"SELECT phone_id FROM phone WHERE subject_id = '{sqlite_texting_world.people['dan'].subject_id}'"
    )
    await visitor.press("send", phone=str(dans))
    assert [text.to for text in await texts(sqlite_texting_world)] == [FIRST]


async def test_another_code_after_half_a_minute(texting_world: World) -> None:
    visitor = await _with_phones(texting_world)
    await visitor.press("send")
    first = await _code(texting_world)
    page = await visitor.press("resend")
    assert page.status_code == 429
    assert "in 30 seconds" in page.text
    assert page.headers["retry-after"] == "30"
    texting_world.clock.pass_(30)
    assert (await visitor.press("resend")).status_code == 200
    assert await _code(texting_world) != first
    await visitor.enter(first)  # The last two work.
    assert "code" in answer(visitor.page)


async def test_many_presses_at_once_send_one(texting_world: World) -> None:
    visitor = await _with_phones(texting_world)
    await asyncio.gather(*[submit_raw(visitor, action="send") for _ in range(20)])
    assert len(await texts(texting_world)) == 1


async def test_code_of_another_sign_in_is_wrong(sqlite_texting_world: World) -> None:
    visitor = await _with_phones(sqlite_texting_world)
    await visitor.press("send")
    code = await _code(sqlite_texting_world)
    other = await owe_factor(sqlite_texting_world, ALICE)
    page = await other.press("continue", code=code)
    assert page.status_code == 422
    assert is_asking(page, "second-factor")
    assert await sqlite_texting_world.rows("SELECT 1 FROM session") == []


async def test_code_ends_after_ten_minutes(sqlite_texting_world: World) -> None:
    visitor = await _with_phones(sqlite_texting_world)
    await visitor.press("send")
    code = await _code(sqlite_texting_world)
    sqlite_texting_world.clock.pass_(600)
    page = await visitor.enter(code)
    assert page.status_code == 422
    assert "That code is too old." in page.text
    assert "Get a code on your phone" in page.text


async def test_sixth_guess_is_none(texting_world: World) -> None:
    visitor = await _with_phones(texting_world)
    await visitor.press("send")
    code = await _code(texting_world)
    wrong = "0000 0000" if code != "0000 0000" else "0000 0001"
    for _ in range(4):
        assert (await visitor.enter(wrong)).status_code == 422
    page = await visitor.enter(wrong)
    assert page.status_code == 429
    assert "Too many wrong codes" in page.text
    assert (await proof_failures(texting_world))[-1] == ("sms", "wrong_code")
