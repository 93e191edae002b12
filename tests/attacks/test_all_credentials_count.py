"""What somebody can prove is computed from all that they have, and names are compared in one spelling."""

import pytest

from tests.attacks.paused import ALICE, BOB, Paused, at_email_code, at_second_factor
from tests.login.proving import give_key
from tests.support.authenticator import SoftwareKey
from tests.support.factors import BACKUP_CODES, PHONE, TOTP_SECRET, give_factors, totp_at
from tests.support.world import World

pytestmark = pytest.mark.requirement("S33", "S36")

FACTORS: dict[str, dict[str, tuple[str, ...]]] = {
    "app": {"apps": (TOTP_SECRET,)},
    "backup codes alone": {"backup_codes": BACKUP_CODES},
    "all": {"apps": (TOTP_SECRET,), "backup_codes": BACKUP_CODES, "phones": (PHONE,)},
}


async def _give(world: World, has: dict[str, tuple[str, ...]], *, two_factor: bool) -> None:
    """Alice gets these factors and no others."""
    await give_factors(
        world.house,
        world.people["alice"].subject_id,
        apps=has.get("apps", ()),
        backup_codes=has.get("backup_codes", ()),
        phones=has.get("phones", ()),
        two_factor=two_factor,
    )


@pytest.mark.parametrize("has", FACTORS)
async def test_whatever_is_set_up_is_asked_for_where_two_factors_are_on(
    sqlite_risky_world: World, has: str
) -> None:
    """§5 item 24: a credential that "highest available" misses lets the password pass alone."""
    world = sqlite_risky_world
    await _give(world, FACTORS[has], two_factor=True)
    await at_second_factor(world, ALICE)


@pytest.mark.parametrize(
    "key", [SoftwareKey(), SoftwareKey.u2f(), SoftwareKey.synced()], ids=["key", "u2f", "synced"]
)
async def test_key_alone_is_asked_for_where_two_factors_are_on(
    sqlite_risky_world: World, key: SoftwareKey
) -> None:
    """§5 item 24, for keys of every kind."""
    await give_key(sqlite_risky_world, "alice", key, two_factor=True)
    await at_second_factor(sqlite_risky_world, ALICE)


async def test_nothing_left_that_works_opens_nothing(risky_world: World) -> None:
    """§5 item 24: where every factor is gone, the password is no better than before, and neither is a mailed code."""
    await _give(risky_world, {}, two_factor=True)
    paused = await Paused.at_login(risky_world)
    await paused.password()
    for step in ("", "second-factor", "email-code", "set-up", "address"):
        page = await paused.browser.follow(await paused.browser.get(f"{paused.base}/{step}".rstrip("/")))
        assert "no way is left" in page.text.lower(), step
    assert await risky_world.rows("SELECT session_id FROM session") == []
    assert await risky_world.rows("SELECT challenge_id FROM challenge") == []


@pytest.mark.parametrize("has", FACTORS)
async def test_whatever_is_set_up_reaches_what_is_demanded(sqlite_risky_world: World, has: str) -> None:
    """§5 item 24, with two-factor authentication off: a demand finds the factor, and asks for no new one."""
    world = sqlite_risky_world
    await _give(world, FACTORS[has], two_factor=False)
    paused = await Paused.at_login(world, claims='{"id_token": {"acr": {"essential": true, "value": "2"}}}')
    await paused.password()
    assert paused.is_at("second-factor")


async def test_factor_that_is_there_comes_before_a_better_one_is_set_up(risky_world: World) -> None:
    """With the password alone nobody adds a key to an account that has an app, by asking for a rung above it."""
    await give_factors(risky_world.house, risky_world.people["alice"].subject_id, two_factor=False)
    essential = '{"id_token": {"acr": {"essential": true, "value": "3"}}}'
    waiting = []
    for who in (ALICE, BOB):
        paused = await Paused.at_login(risky_world, claims=essential)
        await paused.password(who)
        assert paused.is_at("second-factor"), who
        await paused.browser.get(f"{paused.base}/set-up")
        for kind in ("passkey", "security-key", "totp"):
            await paused.send("set-up", form="choose", action=kind)
        waiting.append(paused)
    assert await risky_world.rows("SELECT enrolment_id FROM enrolment") == []
    for paused in waiting:
        code = totp_at(risky_world.clock.now())
        await paused.post("second-factor", action="continue", way="totp", code=code)
        assert "/set-up" in paused.page.url.path


ALICES = (
    "aa11111-ovh",
    "AA11111-OVH",
    "  aa11111-ovh ",
    "Aa11111-Ovh",
    "aa11111",
    "alice@example.test",
    "ALICE@EXAMPLE.TEST",
    "Alice@Example.Test ",
    "\N{FULLWIDTH LATIN SMALL LETTER A}lice@example.test",
)
BOBS = (
    "bb22222-ovh",
    "BB22222-OVH",
    " bb22222-ovh",
    "bb22222",
    "bob@example.test",
    "BOB@EXAMPLE.TEST",
    "Bob@Example.test ",
)


@pytest.mark.parametrize(
    ("typed", "owed"),
    [*((typed, "email-code") for typed in ALICES), *((typed, "second-factor") for typed in BOBS)],
)
async def test_every_spelling_of_a_name_owes_the_same(
    sqlite_risky_world: World, typed: str, owed: str
) -> None:
    """§5 item 25: a name that is not canonicalised is another person to the policy. Here it is the same, or nobody."""
    paused = await Paused.at_login(sqlite_risky_world)
    await paused.password(typed)
    assert paused.is_at(owed) or (paused.is_at("login") and paused.page.status_code == 422)


async def test_every_spelling_of_a_name_shares_its_tries(sqlite_risky_world: World) -> None:
    """§5 item 25: another spelling is no way around the limit."""
    world = sqlite_risky_world
    statuses = []
    for number, typed in enumerate((*ALICES, *ALICES)):
        paused = await Paused.at_login(world, address=f"203.0.113.{number + 1}")
        await paused.password(typed, "wrong")
        statuses.append(paused.page.status_code)
    assert statuses.count(422) <= 6
    assert 429 in statuses


async def test_groups_are_compared_as_they_are_stored(risky_world: World) -> None:
    """Staff without a factor set one up, whichever of their names they type."""
    for typed in ("ad90000-ovh", "ADA@example.test"):
        paused = await at_email_code(risky_world, typed)
        await paused.post("email-code", action="continue", code=await paused.mailed_code())
        assert "/set-up" in paused.page.url.path
        risky_world.clock.pass_(60)
