"""The second factor at sign-in: apps and backup codes, each code once, on the way that was used last."""

import pytest

from idp.app import create_app
from idp.store.factors import DELETE_TOTP, SET_LAST_WAY
from tests.login.coded import Visitor, mails_to
from tests.login.proving import ALICE, BOB, owe_factor, proof_failures, sign_in_by_app, submit_raw
from tests.support.factors import BACKUP_CODES, TOTP_SECRET, give_factors, totp_at
from tests.support.mail import delivered
from tests.support.world import PASSWORD, World, answer, is_asking

SECOND_APP = "KRUGS4ZANFZSAYJAONSWG4TF"


async def test_app_signs_in(risky_world: World) -> None:
    visitor = await owe_factor(risky_world)
    assert "Enter the code from your app" in visitor.page.text
    await visitor.enter(totp_at(risky_world.clock.now()))
    assert "code" in answer(visitor.page)
    assert await risky_world.rows("SELECT acr, amr FROM session") == [("2", '["pwd", "otp", "mfa"]')]
    assert await risky_world.rows("SELECT last_way FROM security") == [("totp",)]
    assert await risky_world.rows("SELECT used_at FROM totp") == [(risky_world.clock.now(),)]


async def test_mailed_code_is_never_asked_of_who_has_a_factor(risky_world: World) -> None:
    """However strange the place is."""
    visitor = await owe_factor(risky_world, address="203.0.113.9")
    await visitor.enter(totp_at(risky_world.clock.now()))
    assert "code" in answer(visitor.page)
    assert [mail for mail in await mails_to(risky_world) if "code" in mail.subject.lower()] == []


@pytest.mark.parametrize("shift", [-30, 30])
async def test_clock_of_the_phone_may_be_off_by_a_step(sqlite_risky_world: World, shift: int) -> None:
    visitor = await owe_factor(sqlite_risky_world)
    await visitor.enter(totp_at(sqlite_risky_world.clock.now() + shift))
    assert "code" in answer(visitor.page)


@pytest.mark.parametrize("shift", [-90, 60, 90])
async def test_clock_that_is_off_further_is_wrong(sqlite_risky_world: World, shift: int) -> None:
    visitor = await owe_factor(sqlite_risky_world)
    page = await visitor.enter(totp_at(sqlite_risky_world.clock.now() + shift))
    assert page.status_code == 422
    assert "That code isn’t right." in page.text


@pytest.mark.requirement("S44")
async def test_step_is_accepted_once_ever(risky_world: World) -> None:
    clock = risky_world.clock
    used = totp_at(clock.now())
    await (await owe_factor(risky_world)).enter(used)
    clock.pass_(11)
    visitor = await owe_factor(risky_world)
    page = await visitor.enter(used)
    assert page.status_code == 422
    assert "That code was used before, and each works once. Wait for the next code, 19 seconds." in page.text
    # The one before is older, so it is used up with it.
    assert (await visitor.enter(totp_at(clock.now() - 30))).status_code == 422
    clock.pass_(19)
    await visitor.enter(totp_at(clock.now()))
    assert "code" in answer(visitor.page)


@pytest.mark.requirement("S44")
async def test_step_is_used_up_when_the_clock_goes_back(sqlite_risky_world: World) -> None:
    clock = sqlite_risky_world.clock
    await (await owe_factor(sqlite_risky_world)).enter(totp_at(clock.now()))
    clock.pass_(-30)
    visitor = await owe_factor(sqlite_risky_world)
    for shift in (-30, 0, 30):
        assert (await visitor.enter(totp_at(clock.now() + shift))).status_code == 422


async def test_any_of_several_apps(risky_world: World) -> None:
    await give_factors(
        risky_world.house, risky_world.people["alice"].subject_id, apps=(TOTP_SECRET, SECOND_APP)
    )
    for secret in (SECOND_APP, TOTP_SECRET):
        visitor = await owe_factor(risky_world, ALICE)
        await visitor.enter(totp_at(risky_world.clock.now(), secret))
        assert "code" in answer(visitor.page)
    # Each app has steps of its own: both codes were of the same one.
    assert len(await risky_world.rows("SELECT 1 FROM totp WHERE used_at IS NOT NULL")) == 2


async def test_app_of_another_account_is_wrong(sqlite_risky_world: World) -> None:
    world = sqlite_risky_world
    await give_factors(world.house, world.people["alice"].subject_id, apps=(SECOND_APP,), backup_codes=())
    visitor = await owe_factor(world, BOB)
    assert (await visitor.enter(totp_at(world.clock.now(), SECOND_APP))).status_code == 422
    visitor = await owe_factor(world, ALICE)
    assert (await visitor.enter(totp_at(world.clock.now()))).status_code == 422


@pytest.mark.parametrize("code", ["{0} {1}", " {0}{1} ", "{0}\t{1}", "{0}-{1}"])
async def test_code_is_read_however_it_is_typed(sqlite_risky_world: World, code: str) -> None:
    visitor = await owe_factor(sqlite_risky_world)
    shown = totp_at(sqlite_risky_world.clock.now())
    await visitor.enter(code.format(shown[:3], shown[3:]))
    assert "code" in answer(visitor.page)


@pytest.mark.parametrize(
    "typed", ["", "12345", "1234567", "abcdef", "1" * 10_000, "\N{FULLWIDTH DIGIT ONE}2345"]
)
async def test_what_can_be_no_code_costs_no_try(sqlite_risky_world: World, typed: str) -> None:
    visitor = await owe_factor(sqlite_risky_world)
    for _ in range(7):
        page = await visitor.enter(typed)
        assert page.status_code == 422
        assert "Enter the six digits that your app shows" in page.text
        assert "<title>Error: " in page.text
        assert "left" not in page.text
    await visitor.enter(totp_at(sqlite_risky_world.clock.now()))
    assert "code" in answer(visitor.page)


@pytest.mark.requirement("S46")
class TestBackupCodes:
    async def test_signs_in_once(self, risky_world: World) -> None:
        visitor = await owe_factor(risky_world)
        await visitor.press("other-way")
        await visitor.press("backup-code")
        assert "Enter a backup code" in visitor.page.text
        await visitor.enter(BACKUP_CODES[3])
        assert "code" in answer(visitor.page)
        assert await risky_world.rows("SELECT acr, amr FROM session") == [("2", '["pwd", "recovery", "mfa"]')]
        visitor = await owe_factor(risky_world)
        page = await visitor.enter(BACKUP_CODES[3])
        assert page.status_code == 422
        assert "You have used that backup code before" in page.text
        assert (await proof_failures(risky_world))[-1] == ("backup-code", "used_code")

    async def test_app_page_takes_one_too(self, sqlite_risky_world: World) -> None:
        visitor = await owe_factor(sqlite_risky_world)
        assert "A backup code works here, too." in visitor.page.text
        await visitor.enter(BACKUP_CODES[0])
        assert "code" in answer(visitor.page)

    async def test_page_of_backup_codes_takes_an_apps_code_too(self, sqlite_risky_world: World) -> None:
        visitor = await owe_factor(sqlite_risky_world)
        await visitor.press("other-way")
        await visitor.press("backup-code")
        await visitor.enter(totp_at(sqlite_risky_world.clock.now()))
        assert "code" in answer(visitor.page)

    @pytest.mark.parametrize(
        "typed",
        [
            "0000 1111 ABCD EFGH",
            "oooo-iiii-abcd-efgh",
            "OoOo lLlL abcdefgh",
            " 00001111ABCDEFGH ",
            "0000\N{EN DASH}1111\N{EN DASH}ABCD\N{EN DASH}EFGH",
        ],
    )
    async def test_spelling_does_not_matter(self, sqlite_risky_world: World, typed: str) -> None:
        world = sqlite_risky_world
        await give_factors(
            world.house, world.people["alice"].subject_id, backup_codes=("0000-1111-ABCD-EFGH",)
        )
        visitor = await owe_factor(world, ALICE)
        await visitor.enter(typed)
        assert "code" in answer(visitor.page)

    async def test_owner_gets_a_mail_with_what_is_left(self, sqlite_risky_world: World) -> None:
        await sign_in_by_app(sqlite_risky_world)
        await delivered(sqlite_risky_world)
        visitor = await owe_factor(sqlite_risky_world)
        await visitor.enter(BACKUP_CODES[0])
        mail = next(
            mail for mail in await delivered(sqlite_risky_world) if "backup code" in mail.text.lower()
        )
        assert mail.to == "bob@example.test"
        assert "9" in mail.text

    async def test_page_says_when_few_are_left(self, sqlite_risky_world: World) -> None:
        for used in range(7):
            assert "backup codes left" not in (await _at_backup_codes(sqlite_risky_world)).page.text
            visitor = await owe_factor(sqlite_risky_world)
            await visitor.enter(BACKUP_CODES[used])
            assert "code" in answer(visitor.page)
        page = (await _at_backup_codes(sqlite_risky_world)).page
        assert "You have 3 backup codes left. Make new ones in your account" in page.text

    async def test_somebody_elses_is_wrong(self, sqlite_risky_world: World) -> None:
        world = sqlite_risky_world
        await give_factors(
            world.house, world.people["alice"].subject_id, backup_codes=("0000-1111-ABCD-EFGH",)
        )
        visitor = await owe_factor(world, BOB)
        assert (await visitor.enter("0000-1111-ABCD-EFGH")).status_code == 422
        assert await world.rows("SELECT 1 FROM backup_code WHERE used_at IS NOT NULL") == []


async def _at_backup_codes(world: World) -> Visitor:
    visitor = await owe_factor(world)
    await visitor.press("other-way")
    await visitor.press("backup-code")
    return visitor


async def test_page_opens_on_the_way_used_last(risky_world: World) -> None:
    await _set_last_way(risky_world, "")
    visitor = await owe_factor(risky_world)
    assert 'name="way" value="totp"' in visitor.page.text
    # A backup code is for an emergency: the next sign-in asks for the app again.
    await visitor.enter(BACKUP_CODES[0])
    visitor = await owe_factor(risky_world)
    assert 'name="way" value="totp"' in visitor.page.text
    await _set_last_way(risky_world, "security-key")  # Which Bob has no more.
    assert 'name="way" value="totp"' in (await owe_factor(risky_world)).page.text


async def _set_last_way(world: World, way: str) -> None:
    subject_id = world.people["bob"].subject_id
    assert await world.house.database.apply([SET_LAST_WAY.effect(of_subject=subject_id, way=way)])


async def test_right_code_without_the_right_password_is_worth_nothing(sqlite_risky_world: World) -> None:
    browser = sqlite_risky_world.browser()
    visitor = Visitor(world=sqlite_risky_world, browser=browser, page=await browser.authorize())
    await visitor.press(
        "continue", username=BOB, password="wrong", code=totp_at(sqlite_risky_world.clock.now())
    )
    assert is_asking(visitor.page, "login")
    base = visitor.path.rsplit("/", 1)[0]
    for step in ("second-factor", "other-way"):
        assert is_asking(await visitor.look(f"{base}/{step}"), "login")


@pytest.mark.parametrize(
    "fields", [{}, {"action": ""}, {"action": "CONTINUE"}, {"action": "send"}, {"action": "options"}]
)
async def test_any_other_button_asks_again(sqlite_risky_world: World, fields: dict[str, str]) -> None:
    """Peers' lists, item 12: an empty post is no step."""
    visitor = await owe_factor(sqlite_risky_world)
    response = await submit_raw(
        visitor, **{"action": "", "code": totp_at(sqlite_risky_world.clock.now()), **fields}
    )
    assert is_asking(response, "second-factor")
    assert is_asking(await visitor.look(), "second-factor")


async def test_looking_changes_nothing(risky_world: World) -> None:
    visitor = await owe_factor(risky_world)
    before = [await risky_world.rows(f"SELECT count(*) FROM {table}") for table in ("challenge", "throttle")]
    for path in ("", f"?action=continue&code={totp_at(risky_world.clock.now())}"):
        for step in ("second-factor", "other-way", "passkey"):
            await visitor.look(f"{visitor.path.rsplit('/', 1)[0]}/{step}{path}")
    assert before == [
        await risky_world.rows(f"SELECT count(*) FROM {table}") for table in ("challenge", "throttle")
    ]
    assert await risky_world.rows("SELECT 1 FROM session") == []


async def test_other_browser_cannot_give_the_factor(risky_world: World) -> None:
    """Whoever holds the browser's cookie, but not that of the password's proof, starts over."""
    visitor = await owe_factor(risky_world)
    thief = risky_world.browser()
    thief.http.cookies.set("idp-browser", visitor.browser.http.cookies["idp-browser"])
    page = await thief.follow(await thief.get(visitor.path))
    assert is_asking(page, "login")
    response = await thief.submit(visitor.page, code=totp_at(risky_world.clock.now()))
    assert is_asking(await thief.follow(response), "login")
    await visitor.enter(totp_at(risky_world.clock.now()))
    assert "code" in answer(visitor.page)


async def test_factor_counts_for_who_gave_the_password(risky_world: World) -> None:
    """Alice's page, sent after somebody gave Bob's password in the same sign-in, proves nothing for her."""
    await give_factors(risky_world.house, risky_world.people["alice"].subject_id, apps=(SECOND_APP,))
    visitor = await owe_factor(risky_world, ALICE)
    page = visitor.page
    visitor.page = await visitor.browser.get(visitor.path.replace("second-factor", "login"))
    await visitor.press("continue", username=BOB, password=PASSWORD)
    response = await visitor.browser.submit(page, code=totp_at(risky_world.clock.now(), SECOND_APP))
    assert response.status_code == 422
    assert await risky_world.rows("SELECT 1 FROM session") == []


async def test_removed_app_counts_no_more(sqlite_risky_world: World) -> None:
    visitor = await owe_factor(sqlite_risky_world)
    ((totp_id,),) = await sqlite_risky_world.rows("SELECT totp_id FROM totp")
    subject_id = sqlite_risky_world.people["bob"].subject_id
    gone = DELETE_TOTP.effect(of_totp=totp_id, of_subject=subject_id)
    assert await sqlite_risky_world.house.database.apply([gone])
    page = await visitor.enter(totp_at(sqlite_risky_world.clock.now()))
    assert page.status_code == 422
    assert "16 letters and digits" in page.text


async def test_who_has_nothing_left_is_told_what_to_do(sqlite_risky_world: World) -> None:
    world = sqlite_risky_world
    await give_factors(world.house, world.people["alice"].subject_id, apps=(), backup_codes=())
    visitor = await owe_factor(world, ALICE)
    assert visitor.path.endswith("/other-way")
    assert "No way is left to prove that it’s you" in visitor.page.text
    assert "Call our support." in visitor.page.text


async def test_app_works_again_after_a_restart(sqlite_risky_world: World) -> None:
    """Nothing of a sign-in lives in the process."""
    world = sqlite_risky_world
    visitor = await owe_factor(world)
    world.app = create_app(world.house)
    browser = world.browser()
    browser.http.cookies.update(visitor.browser.http.cookies)
    visitor.browser = browser
    await visitor.enter(totp_at(world.clock.now()))
    assert "code" in answer(visitor.page)
