"""Which passwords may be chosen, wherever one is: how short, and which that others have."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from idp.account.new_password import password_link
from idp.app import create_app
from idp.config.settings import Password
from idp.records.account import Role
from tests.portal.pressing import press
from tests.portal.signing_up import CHOSEN, begin
from tests.support.factors import give_factors
from tests.support.world import World, open_world, settings_for


@dataclass
class Thieves:
    """They have some passwords."""

    stolen: set[str]
    asked: list[str] = field(default_factory=list)

    async def is_stolen(self, password: str) -> bool:
        self.asked.append(password)
        return password in self.stolen


async def new_password_page(world: World, who: str) -> str:
    """The path of a link to a new password."""
    person = world.people[who]
    path, effect = password_link(world.house.entropy, person.subject_id, now=world.clock.now())
    assert await world.house.database.apply([effect])
    return path


async def choose(world: World, who: str, password: str) -> str:
    browser = world.browser()
    page = await browser.follow(await browser.get(await new_password_page(world, who)))
    answered = await browser.follow(await press(browser, page, "new-password", "continue", password=password))
    return answered.text


@pytest.mark.requirement("S36")
async def test_where_a_second_factor_is_enforced_the_password_may_be_shorter(sqlite_world: World) -> None:
    assert sqlite_world.people["ada"].role is Role.ADMINISTRATOR
    assert "Use at least 8 characters" in await choose(sqlite_world, "ada", "kroisk8")
    assert "too short" not in await choose(sqlite_world, "ada", "kroiske8")
    # Whoever turned two-factor authentication on can turn it off, and would be left with a short password.
    await give_factors(sqlite_world.house, sqlite_world.people["bob"].subject_id)
    for who in ("alice", "bob"):
        assert "Use at least 12 characters" in await choose(sqlite_world, who, "kroiske8")


@pytest.mark.requirement("S38")
@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaa",
        "123456789012",
        "passwordpassword",
        "azertyuiop123",
        "motdepasse123",
        "qwertyuiopasdfgh",
        "Passwort1234",
        "a" * 200,
        "alicemartin12345678",
    ],
)
async def test_what_people_choose_is_refused_however_long(sqlite_world: World, password: str) -> None:
    assert "easy to guess" in await choose(sqlite_world, "alice", password)


@pytest.mark.requirement("S38")
async def test_what_stands_around_a_name_has_to_be_a_password_by_itself(sqlite_world: World) -> None:
    brand = sqlite_world.house.settings.brand.name.replace(" ", "")
    for password in (f"{brand}2026!!!!", f"{brand}12345678", "AliceMartin2026!!!!"):
        assert "easy to guess" in await choose(sqlite_world, "alice", password), password
    assert "is saved" in await choose(sqlite_world, "alice", "Alice and seven quiet herons")


async def test_the_shorter_one_is_never_the_longer_one(sqlite_url: str, tmp_path: Path) -> None:
    settings = settings_for(sqlite_url, tmp_path)
    limits = replace(settings.password, minimum_length=10, minimum_length_with_factor=16)
    async with open_world(replace(settings, password=limits)) as world:
        assert isinstance(limits, Password)
        assert "Use at least 10 characters" in await choose(world, "ada", "kroiske8")


@pytest.mark.requirement("S38")
async def test_a_stolen_password_is_refused_with_the_reason(sqlite_world: World) -> None:
    thieves = Thieves({CHOSEN})
    sqlite_world.house = replace(sqlite_world.house, breaches=thieves)
    sqlite_world.app = create_app(sqlite_world.house)
    newcomer = await (await begin(sqlite_world)).until("credentials")
    page = await newcomer.choose()
    assert page.status_code == 422
    assert "was stolen from another service" in page.text
    assert "was stolen from another service" in await choose(sqlite_world, "alice", CHOSEN)
    # What is refused anyway is not asked about.
    await newcomer.choose(password="short")
    assert set(thieves.asked) == {CHOSEN}
    await newcomer.choose(password="nine yellow badgers")
    assert newcomer.step == "code"
