"""Codes that we send are guessed at no oftener than there are tries, whatever carries them, however many at once."""

import asyncio
from pathlib import Path

import pytest

from idp.config.settings import Factors
from idp.login import codes, sent_code
from tests.login.coded import Visitor, mails_to
from tests.login.proving import ALICE, owe_factor, submit_raw
from tests.login.test_address_prompt import asked, known_browser
from tests.support.factors import give_factors
from tests.support.mail import texts
from tests.support.world import World, open_risky_world, risky_settings

_TRIES = 5


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every comparison, by the real function."""
    seen: list[str] = []
    real = codes.is_right

    async def is_right(*args: object, **kwargs: object) -> bool:
        seen.append("compared")
        return await real(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(sent_code, "is_right", is_right)
    return seen


async def test_hundred_guesses_at_a_text_compare_no_more_than_the_tries(
    database_url: str, tmp_path: Path, compared: list[str]
) -> None:
    factors = Factors(sms_url="http://localhost:9/texts")
    async with open_risky_world(risky_settings(database_url, tmp_path, factors=factors)) as world:
        alice = world.people["alice"].subject_id
        await give_factors(world.house, alice, apps=(), backup_codes=(), phones=("+33199000001",))
        visitor = await owe_factor(world, ALICE)
        await visitor.press("send")
        assert len(await texts(world)) == 1
        await _guess_a_hundred_times(visitor)
        assert 0 < len(compared) <= _TRIES
        assert await world.rows("SELECT 1 FROM session") == []


async def test_hundred_guesses_at_a_new_address_compare_no_more_than_the_tries(
    risky_world: World, compared: list[str]
) -> None:
    visitor = await asked(await known_browser(risky_world))
    await visitor.press("continue", email="alice@new.test")
    assert len(await mails_to(risky_world)) == 1
    compared.clear()
    await _guess_a_hundred_times(visitor)
    assert 0 < len(compared) <= _TRIES
    changed = "SELECT 1 FROM account WHERE primary_email_key = 'alice@new.test'"
    assert await risky_world.rows(changed) == []


async def _guess_a_hundred_times(visitor: Visitor) -> None:
    answers = await asyncio.gather(
        *[submit_raw(visitor, action="continue", code=f"{number:08}") for number in range(100)]
    )
    assert {answered.status_code for answered in answers} <= {303, 422, 429}
