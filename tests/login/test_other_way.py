"""“Try another way”: what the person has, and nothing that was not proven (peers' lists, items 1 and 12 to 14)."""

import re
from pathlib import Path
from typing import Any

import pytest

from idp.config.settings import Brand, SupportPhone
from idp.login.demand import Demand, Rules
from idp.login.ways import opening_way
from idp.records.factor import Way
from idp.spec.assurance import Proof
from tests.login.coded import ask_for_code
from tests.login.proving import ALICE, give_key, owe_factor, sign, submit_raw
from tests.login.samples import proven, standing
from tests.support.authenticator import SoftwareKey
from tests.support.factors import totp_at
from tests.support.world import World, answer, is_asking, open_risky_world, risky_settings


def _offered(page: str) -> list[str]:
    return re.findall(r'name="action" value="([a-z-]+)"', page)


async def test_lists_what_the_person_has_and_no_more(risky_world: World) -> None:
    visitor = await owe_factor(risky_world)
    await visitor.press("other-way")
    assert is_asking(visitor.page, "other-way")
    assert _offered(visitor.page.text) == ["totp", "backup-code"]
    await give_key(risky_world, "bob", SoftwareKey())
    assert _offered((await visitor.look()).text) == ["security-key", "totp", "backup-code"]


async def test_choosing_opens_the_way_and_it_stays_chosen(risky_world: World) -> None:
    await give_key(risky_world, "bob", SoftwareKey())
    visitor = await owe_factor(risky_world)
    for way in ("backup-code", "security-key", "totp"):
        await visitor.press("other-way")
        await visitor.press(way)
        assert visitor.path.endswith("/second-factor")
        assert f'name="way" value="{way}"' in visitor.page.text
        assert f'name="way" value="{way}"' in (await visitor.look()).text


@pytest.mark.parametrize(
    "way", ["sms", "security-key", "email-code", "password", "", "continue", "TOTP", "totp "]
)
async def test_way_that_the_person_has_not_is_no_way(sqlite_risky_world: World, way: str) -> None:
    visitor = await owe_factor(sqlite_risky_world)
    await visitor.press("other-way")
    await visitor.press(way)
    assert is_asking(visitor.page, "other-way")
    assert await sqlite_risky_world.rows("SELECT chosen_way, proofs <> '[]' FROM interaction") == [("", 1)]


async def test_choosing_passes_no_step(risky_world: World) -> None:
    visitor = await owe_factor(risky_world)
    base = visitor.path.rsplit("/", 1)[0]
    for _ in range(3):
        await visitor.press("other-way")
        for path in (base, f"{base}/consent", f"{base}/email-code", f"{base}/set-up"):
            page = await visitor.browser.follow(await visitor.browser.get(path))
            assert is_asking(page, "second-factor")
        await visitor.press("totp")
    assert await risky_world.rows("SELECT 1 FROM session") == []


async def test_way_of_a_form_that_the_person_has_not_is_ignored(sqlite_risky_world: World) -> None:
    visitor = await owe_factor(sqlite_risky_world)
    code = totp_at(sqlite_risky_world.clock.now())
    response = await submit_raw(visitor, way="sms", code=code)
    assert response.status_code == 303  # The way that the page opens on was taken: the app's.


async def test_guidance_comes_in_order(sqlite_url: str, tmp_path: Path) -> None:
    phones = (SupportPhone(country="FR", number="1099"),)
    settings = risky_settings(sqlite_url, tmp_path, brand=Brand(support_phones=phones))
    async with open_risky_world(settings) as world:
        visitor = await owe_factor(world)
        await visitor.press("other-way")
        text = visitor.page.text
        places = [
            text.index(words)
            for words in ("backup codes that you kept", "another device", "Call our support", "1099")
        ]
        assert places == sorted(places)


class TestInsteadOfAMailedCode:
    async def test_key_does_as_well(self, risky_world: World) -> None:
        """With two-factor authentication off; a factor is more than the mailbox."""
        key = SoftwareKey.u2f()
        await give_key(risky_world, "alice", key)
        visitor = await ask_for_code(risky_world, ALICE)
        assert is_asking(visitor.page, "email-code")
        await visitor.press("other-way")
        assert _offered(visitor.page.text) == ["security-key"]
        assert "Code by e-mail" in visitor.page.text
        await visitor.press("security-key")
        assert is_asking(visitor.page, "second-factor")
        await sign(visitor, key)
        assert "code" in answer(visitor.page)
        assert await risky_world.rows("SELECT acr FROM session") == [("3",)]

    async def test_way_back_to_the_code(self, risky_world: World) -> None:
        await give_key(risky_world, "alice", SoftwareKey())
        visitor = await ask_for_code(risky_world, ALICE)
        base = visitor.path.rsplit("/", 1)[0]
        await visitor.press("other-way")
        await visitor.press("security-key")
        assert is_asking(await visitor.look(base), "email-code")

    async def test_who_has_nothing_stays_with_the_code(self, sqlite_risky_world: World) -> None:
        visitor = await ask_for_code(sqlite_risky_world, ALICE)
        base = visitor.path.rsplit("/", 1)[0]
        page = await visitor.look(f"{base}/other-way")
        assert "A code by e-mail is the way." in page.text
        await visitor.look(f"{base}/second-factor")
        assert visitor.path.endswith("/other-way")

    async def test_second_factor_never_falls_back_to_a_mailed_code(self, sqlite_risky_world: World) -> None:
        visitor = await owe_factor(sqlite_risky_world, address="203.0.113.9")
        page = await visitor.press("other-way")
        assert "e-mail" not in page.text.split("<main", 1)[1].split("</main", 1)[0]
        await visitor.look(visitor.path.replace("other-way", "email-code"))
        assert is_asking(visitor.page, "second-factor")


class TestOpening:
    """Pure: on which way the page opens."""

    def _opens(self, demand: Demand | None = None, *, chosen: str = "", **fields: Any) -> Way | None:
        everything = {"totps": 1, "keys": 1, "phones": 1, "backup_codes": 10, "two_factor": True}
        return opening_way(
            demand or Demand(),
            standing(**{**everything, **fields}),
            Rules(sms=True),
            interaction=proven(Proof.PASSWORD, chosen_way=chosen),
            signed_in=None,
        )

    def test_safest_at_first(self) -> None:
        assert self._opens() is Way.SECURITY_KEY
        assert self._opens(keys=0) is Way.TOTP
        assert self._opens(keys=0, totps=0) is Way.SMS
        assert self._opens(keys=0, totps=0, phones=0) is Way.BACKUP_CODE
        assert self._opens(keys=0, totps=0, phones=0, backup_codes=0) is None

    def test_last_used_before_the_safest_and_chosen_before_both(self) -> None:
        assert self._opens(last_way="sms") is Way.SMS
        assert self._opens(last_way="sms", phones=0) is Way.SECURITY_KEY
        assert self._opens(last_way="sms", chosen="backup-code") is Way.BACKUP_CODE
        assert self._opens(last_way="sms", chosen="totp", totps=0) is Way.SMS

    def test_demanded_rung_leaves_no_choice(self) -> None:
        demand = Demand(acr="3")
        assert self._opens(demand, last_way="totp", chosen="sms") is Way.SECURITY_KEY
        # Where nothing reaches it, the person first proves what they have.
        assert self._opens(demand, keys=0, last_way="sms") is Way.SMS

    def test_wished_rung_comes_before_what_was_used_last_but_not_before_a_choice(self) -> None:
        demand = Demand(wished_acr="3")
        assert self._opens(demand, last_way="totp") is Way.SECURITY_KEY
        assert self._opens(demand, last_way="totp", chosen="totp") is Way.TOTP
        assert self._opens(demand, keys=0, last_way="sms") is Way.SMS
