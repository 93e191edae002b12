"""Finding an account: exactly what was said, in any spelling, and nothing that resembles it."""

from hypothesis import given
from hypothesis import strategies as st

from idp.store.allowance import seconds_until
from tests.desk.agents import make_person, open_desk, path_of, search
from tests.desk.casework import change_account
from tests.desk.conftest import Desk
from tests.desk.routes import open_case


async def test_customer_is_found_by_what_they_say(desk: Desk) -> None:
    for term in (
        "cc33333-ovh",
        " CC 33333 ",
        "\uff43\uff4333333-ovh",
        "carol@example.test",
        "Carol@EXAMPLE.test",
        "carol.spare@example.test",
        " CAROL.spare@example.test ",
    ):
        found = await search(desk.browser, term)
        assert (found.status_code, found.headers.get("location")) == (303, path_of(desk.carol)), term


async def test_nothing_similar_is_found(desk: Desk) -> None:
    for term in (
        *("carol", "cc33333-xyz", "car%", "c_33333-ovh", "carol@example", "*", "' OR 1=1 --", "cc3333"),
        *("BCDF-BCDF", "BCDFBCDF"),
    ):
        found = await search(desk.browser, term)
        assert found.status_code == 422, term
        assert "Nothing has exactly this" in found.text
        assert "Carol" not in found.text


async def test_unproven_backup_address_finds_nobody(desk: Desk) -> None:
    unproven = "backup_email_verified = 0"
    await change_account(desk.world, desk.carol, unproven)
    assert (await search(desk.browser, "carol.spare@example.test")).status_code == 422


async def test_address_of_several_accounts_lists_them_masked(desk: Desk) -> None:
    await make_person(desk.world, "erin", "ee55555-ovh", backup="carol.spare@example.test")
    found = await search(desk.browser, "carol.spare@example.test")
    assert found.status_code == 200
    assert "cc33333-ovh" in found.text
    assert "ee55555-ovh" in found.text
    assert "erin@example.test" not in found.text


async def test_case_is_found_by_its_reference(desk: Desk) -> None:
    case_id = await open_case(desk.world, desk.sam, desk.carol)
    [(reference,)] = await desk.world.rows("SELECT reference FROM recovery_case")
    for term in (reference, reference.lower(), reference.replace("-", " "), reference.replace("-", "")):
        found = await search(desk.browser, term)
        assert (found.status_code, found.headers.get("location")) == (303, f"/support/cases/{case_id}")


async def test_search_for_nothing_asks_for_something_and_spends_nothing(sqlite_desk: Desk) -> None:
    for term in ("", "   ", "x" * 401):
        found = await search(sqlite_desk.browser, term)
        assert found.status_code == 422
        assert "Enter a customer ID" in found.text
    assert await sqlite_desk.events("support.searched") == []


async def test_search_is_recorded_by_a_digest_that_names_nobody(desk: Desk) -> None:
    for term in ("carol@example.test", "CAROL@example.test", "nobody@example.test"):
        await search(desk.browser, term)
    searched = await desk.events("support.searched", "actor, subject_id, details")
    assert [(actor, subject) for actor, subject, _ in searched] == [
        (f"subject:{desk.sam.subject_id}", None)
    ] * 3
    first, same, other = (str(details) for _, _, details in searched)
    assert first == same != other
    assert "carol" not in first


async def test_what_was_typed_stays_and_is_escaped(sqlite_desk: Desk) -> None:
    found = await search(sqlite_desk.browser, '"><script>alert(1)</script>')
    assert "<script>alert" not in found.text
    assert "&lt;script&gt;alert(1)" in found.text


async def test_searches_are_counted_and_come_back_bit_by_bit_within_an_hour(strict_desk: Desk) -> None:
    """Nobody gets twice as much around the turn of the hour."""
    desk, clock = strict_desk, strict_desk.world.clock
    clock.pass_(3_600 - clock.now() % 3_600 + 3_500)
    browser, _ = await open_desk(desk.world, desk.sam)
    for _ in range(10):
        assert (await search(browser, "cc33333-ovh")).status_code == 303
    clock.pass_(100)
    refused = await search(browser, "cc33333-ovh")
    assert refused.status_code == 429
    assert len(await desk.events("support.searched")) == 10
    assert await desk.events("support.refused") == [("search_limit",)]
    wait = int(refused.headers["retry-after"])
    assert f"{-(-wait // 60)} minutes" in refused.text
    clock.pass_(wait - 1)
    assert (await search(browser, "cc33333-ovh")).status_code == 429
    clock.pass_(1)
    assert (await search(browser, "cc33333-ovh")).status_code == 303
    assert (await search(browser, "cc33333-ovh")).status_code == 429


@given(
    before=st.integers(0, 50), spent=st.integers(0, 50), limit=st.integers(1, 50), now=st.integers(0, 7_200)
)
def test_wait_is_never_longer_than_two_hours_nor_none(before: int, spent: int, limit: int, now: int) -> None:
    wait = seconds_until(min(before, limit), min(spent, limit), limit, now)
    assert 1 <= wait <= 7_200
