"""What is compared, and what the answer tells: no more than it must."""

import re
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import bindparam, delete

from idp.account.password import set_password
from idp.account.status import disable_account
from idp.config.settings import Brand, SupportPhone
from idp.records.event import Occasion
from idp.signing.secrets import Purpose, add_secret
from idp.store.statement import Write
from idp.store.tables.account import password as password_table
from tests.login.counting import count_work
from tests.support.world import PASSWORD, START, World, answer, open_world, settings_for, with_settings

OCCASION = Occasion(now=START, actor="system")
_TOKENS = re.compile(r'value="[A-Za-z0-9_-]{43}"|nonce="[^"]+"|/sign-in/[0-9a-f]{32}|from=[0-9a-f]{32}')


async def _failing(world: World, identifier: str, password: str) -> httpx2.Response:
    browser = world.browser()
    page = await browser.authorize()
    return await browser.submit(page, username=identifier, password=password)


def _shown(response: httpx2.Response, typed: str) -> tuple[int, dict[str, str], str]:
    """Everything that somebody learns from an answer, but for what is random or was theirs."""
    headers = {name: value for name, value in response.headers.items() if name != "x-request-id"}
    headers["content-security-policy"] = re.sub(r"nonce-[^']+", "nonce", headers["content-security-policy"])
    # Identifiers differ in length, so does the page that repeats them.
    headers.pop("content-length", None)
    return response.status_code, headers, _TOKENS.sub("*", response.text.replace(typed, "*"))


@pytest.mark.requirement("S42", "S43")
async def test_unknown_wrong_and_blocked_look_and_take_the_same(world: World) -> None:
    hasher = count_work(world)
    seen = []
    for typed in (
        "aa11111-ovh",  # a wrong password
        "zz99999-ovh",  # no such account
        "dd44444-ovh",  # blocked, and a wrong password
        "alice@example.test",
        "nobody@example.test",
        "not an identifier",
    ):
        before = hasher.comparisons
        response = await _failing(world, typed, "wrong horse battery")
        assert hasher.comparisons == before + 1, typed
        seen.append(_shown(response, typed))
    assert seen[0][0] == 422
    assert all(other == seen[0] for other in seen)
    assert hasher.hashes == 0


@pytest.mark.requirement("S42")
async def test_account_without_a_password_looks_like_any_other(world: World) -> None:
    hasher = count_work(world)
    with_password = _shown(await _failing(world, "bb22222-ovh", "wrong"), "bb22222-ovh")
    await _forget_password(world, "bob")
    without = _shown(await _failing(world, "bb22222-ovh", PASSWORD), "bb22222-ovh")
    assert with_password == without
    assert hasher.comparisons == 2


async def _forget_password(world: World, name: str) -> None:
    forget = Write(delete(password_table).where(password_table.c.subject_id == bindparam("of_subject")))
    await world.house.database.apply([forget.effect(of_subject=world.people[name].subject_id)])


async def test_blocked_account_learns_so_only_with_the_right_password(
    sqlite_url: str, tmp_path: Path
) -> None:
    phones = (SupportPhone(country="FR", number="+33 1 99 00 00 00"),)
    settings = with_settings(settings_for(sqlite_url, tmp_path), brand=Brand(support_phones=phones))
    async with open_world(settings) as world:
        browser = world.browser()
        response = await browser.sign_in("dd44444-ovh")
        assert response.status_code == 403
        assert "Your account is blocked" in response.text
        assert "dd44444-ovh" in response.text
        assert 'href="tel:+33199000000"' in response.text
        assert "set-cookie" not in response.headers
        silent = await browser.authorize(prompt="none")
        assert answer(silent)["error"] == "login_required"


async def test_account_that_is_blocked_after_the_password_gets_no_session(world: World) -> None:
    browser = world.browser()
    proven = await browser.submit(await browser.authorize(), username="aa11111-ovh", password=PASSWORD)
    await disable_account(world.house.database, world.house.audit, OCCASION, world.people["alice"])
    page = await browser.follow(proven)
    assert page.status_code == 200
    assert 'id="login"' in page.text
    assert not await world.rows("SELECT session_id FROM session")


@pytest.mark.requirement("S61")
async def test_proof_of_a_password_that_was_changed_since_makes_no_session(world: World) -> None:
    browser = world.browser()
    proven = await browser.submit(await browser.authorize(), username="aa11111-ovh", password=PASSWORD)
    world.clock.pass_(1)
    await _change_password(world, "a new horse battery")
    page = await browser.follow(proven)
    assert 'id="login"' in page.text
    assert not await world.rows("SELECT session_id FROM session")
    signed_in = await browser.submit(page, username="aa11111-ovh", password="a new horse battery")
    assert "code" in answer(await browser.follow(signed_in))


async def _change_password(world: World, password: str) -> None:
    house = world.house
    occasion = Occasion(now=world.clock.now(), actor="system")
    await set_password(
        house.database,
        house.audit,
        occasion,
        world.people["alice"],
        password,
        secrets=house.secrets,
        hasher=house.hasher,
    )


@pytest.mark.requirement("S39")
@pytest.mark.parametrize(
    ("chosen", "typed"),
    [
        pytest.param(
            "cafe\N{COMBINING ACUTE ACCENT} au lait",
            "caf\N{LATIN SMALL LETTER E WITH ACUTE} au lait",
            id="composed",
        ),
        pytest.param("ﬁne horse battery", "fine horse battery", id="ligature"),
        pytest.param("x" * 4_000, "x" * 4_000, id="long"),
        pytest.param("  spaces around  ", "  spaces around  ", id="spaces"),
        pytest.param("🐎🔋" * 40, "🐎🔋" * 40, id="emoji"),
    ],
)
async def test_password_matches_however_it_is_typed(sqlite_world: World, chosen: str, typed: str) -> None:
    await _change_password(sqlite_world, chosen)
    assert "code" in answer(await sqlite_world.browser().sign_in(password=typed))


@pytest.mark.requirement("S39")
@pytest.mark.parametrize(
    ("chosen", "typed"),
    [
        pytest.param("x" * 4_000, "x" * 3_999, id="not truncated"),
        pytest.param("y" * 73, "y" * 72, id="not at 72 bytes"),
        pytest.param(PASSWORD, PASSWORD + " ", id="not trimmed"),
        pytest.param(PASSWORD, PASSWORD.upper(), id="not folded"),
        pytest.param(PASSWORD, "p" * 60_000, id="longer than any"),
    ],
)
async def test_password_is_compared_as_a_whole(sqlite_world: World, chosen: str, typed: str) -> None:
    await _change_password(sqlite_world, chosen)
    assert (await sqlite_world.browser().sign_in(password=typed)).status_code == 422


@pytest.mark.requirement("S39")
async def test_fields_let_passwords_be_pasted_whole(sqlite_world: World) -> None:
    page = (await sqlite_world.browser().authorize()).text
    [field] = re.findall(r"<input[^>]*type=\"password\"[^>]*>", page)
    assert 'autocomplete="current-password"' in field
    assert "maxlength" not in field
    assert "onpaste" not in page


async def test_empty_fields_are_named_and_cost_no_try(world: World) -> None:
    hasher = count_work(world)
    browser = world.browser()
    page = await browser.authorize()
    for fields, errors in (
        ({"username": "", "password": ""}, {"username", "password"}),
        ({"username": " \t", "password": "x"}, {"username"}),
        ({"username": "aa11111-ovh", "password": ""}, {"password"}),
    ):
        response = await browser.submit(page, **fields)
        assert response.status_code == 422
        assert set(re.findall(r'<a href="#(\w+)">', response.text)) == errors
        assert "<title>Error: " in response.text
    assert hasher.comparisons == 0
    assert not await world.rows("SELECT key FROM throttle")


async def test_wrong_password_keeps_what_was_typed_but_the_password(sqlite_world: World) -> None:
    browser = sqlite_world.browser()
    page = await browser.authorize()
    response = await browser.submit(
        page, username='"><b>Alice', password="secret-that-was-typed", shared_computer="1"
    )
    assert "secret-that-was-typed" not in response.text
    assert 'value="&#34;&gt;&lt;b&gt;Alice"' in response.text
    assert re.search(r'name="shared_computer"[^>]* checked', response.text)


@pytest.mark.requirement("S40")
async def test_outdated_hash_is_replaced_at_sign_in(world: World) -> None:
    hasher = count_work(world)
    hasher.finds_outdated = True
    [(before,)] = await _encoded(world)
    await world.browser().sign_in()
    [(after,)] = await _encoded(world)
    assert hasher.hashes == 1
    assert before != after
    hasher.finds_outdated = False
    assert "code" in answer(await world.browser().sign_in())
    assert await _encoded(world) == [(after,)]


@pytest.mark.requirement("S40")
async def test_hash_under_an_older_pepper_moves_to_the_newest(world: World) -> None:
    house = world.house
    await add_secret(house.database, house.root_keys, house.entropy, START + 1, purpose=Purpose.PEPPER)
    await house.secrets.reload()
    subject = world.people["alice"].subject_id
    await world.browser().sign_in()
    rows = await world.rows(f"SELECT pepper_id FROM password WHERE subject_id = '{subject}'")
    assert rows == [("pepper-2",)]
    assert "code" in answer(await world.browser().sign_in())


@pytest.mark.requirement("S40")
async def test_failed_sign_in_rehashes_nothing(world: World) -> None:
    hasher = count_work(world)
    hasher.finds_outdated = True
    before = await _encoded(world)
    await world.browser().sign_in(password="wrong")
    assert await _encoded(world) == before
    assert hasher.hashes == 0


async def _encoded(world: World) -> list[tuple[str, ...]]:
    subject = world.people["alice"].subject_id
    return await world.rows(f"SELECT encoded FROM password WHERE subject_id = '{subject}'")


@pytest.mark.requirement("S88")
async def test_busy_pool_answers_503_and_gives_the_try_back(world: World) -> None:
    hasher = count_work(world)
    browser = world.browser()
    page = await browser.authorize()
    hasher.is_busy = True
    for _ in range(30):
        response = await browser.submit(page, username="aa11111-ovh", password="wrong")
        assert response.status_code == 503
        assert int(response.headers["retry-after"]) > 0
    assert set(await world.rows("SELECT failures, blocked_until FROM throttle")) == {(0, 0)}
    hasher.is_busy = False
    signed_in = await browser.submit(page, username="aa11111-ovh", password=PASSWORD)
    assert "code" in answer(await browser.follow(signed_in))


@pytest.mark.requirement("S88")
async def test_right_password_signs_in_even_if_the_pool_is_too_busy_to_rehash(world: World) -> None:
    hasher = count_work(world)
    hasher.finds_outdated = True
    verify = hasher.verify

    async def verify_then_busy(password: str, encoded: str, *, pepper: bytes) -> bool:
        is_right = await verify(password, encoded, pepper=pepper)
        hasher.is_busy = True
        return is_right

    hasher.verify = verify_then_busy  # type: ignore[method-assign]
    before = await _encoded(world)
    assert "code" in answer(await world.browser().sign_in())
    assert await _encoded(world) == before
