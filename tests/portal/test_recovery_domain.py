"""Proving oneself by a domain: found or not found yet, and nothing said of whose it is."""

import re

import pytest

from idp.account.cases.file import CaseFile, load_file
from idp.account.domains import change_domains
from idp.records.event import Occasion
from tests.portal.recovering import Claimant, answered
from tests.support.world import World

DOMAIN = "bakery.example"


async def give(world: World, who: str, domain: str = DOMAIN) -> None:
    house, occasion = world.house, Occasion(now=world.clock.now(), actor="cli:test")
    await change_domains(house.database, house.audit, occasion, world.people[who], add=[domain], remove=[])


async def choose(world: World, domain: str = DOMAIN, who: str = "aa11111-ovh") -> tuple[Claimant, str]:
    """A form on which a domain was named, and the text to publish there."""
    claimant = await answered(world, who)
    await claimant.look(claimant.page.url.path.replace("documents", "domain"))
    await claimant.answer("recovery-domain", domain=domain)
    found = re.search(r"idp-case=([0-9a-f]{32})", claimant.page.text)
    assert found
    return claimant, found[1]


async def file_of(world: World) -> CaseFile:
    [(case_id,)] = await world.rows("SELECT case_id FROM recovery_case")
    file = await load_file(world.house.database, case_id)
    assert file is not None
    return file


async def test_a_published_text_stands_for_the_documents(world: World) -> None:
    await give(world, "alice")
    claimant, token = await choose(world, "WWW.Bakery.example.")
    assert "_idp-challenge.www.bakery.example" in claimant.page.text
    assert "https://www.bakery.example/.well-known/idp-case.txt" in claimant.page.text
    world.proofs.published["www.bakery.example"] = token
    await claimant.answer("recovery-domain", "check")
    assert "We found your proof on" in claimant.page.text
    await claimant.look(claimant.page.url.path.replace("domain", "documents"))
    await claimant.answer("recovery-documents")
    await claimant.answer("recovery-review", "send")
    assert claimant.page.url.path == "/recovery/received"
    file = await file_of(world)
    assert file.owns_domain
    assert file.is_shown


@pytest.mark.parametrize("owner", ["bob", "nobody"])
async def test_another_ones_domain_looks_the_same_and_shows_nothing(world: World, owner: str) -> None:
    if owner == "bob":
        await give(world, owner)
    claimant, token = await choose(world)
    world.proofs.published[DOMAIN] = token
    await claimant.answer("recovery-domain", "check")
    assert "We found your proof on" in claimant.page.text
    file = await file_of(world)
    assert file.case.domain_proven_at == world.clock.at
    assert not file.owns_domain
    assert not file.is_shown


async def test_what_is_not_there_yet_is_looked_at_again_later_and_not_too_often(world: World) -> None:
    claimant, token = await choose(world)
    world.proofs.published[DOMAIN] = token[::-1] + "0"
    await claimant.answer("recovery-domain", "check")
    assert claimant.page.status_code == 422
    assert "We have not found it yet" in claimant.page.text
    world.proofs.published[DOMAIN] = token
    await claimant.answer("recovery-domain", "check")
    assert claimant.page.status_code == 429
    assert world.proofs.asked == [DOMAIN]
    world.clock.pass_(11)
    await claimant.answer("recovery-domain", "check")
    assert "We found your proof on" in claimant.page.text


async def test_another_domain_has_another_text_and_the_former_proves_nothing(world: World) -> None:
    claimant, token = await choose(world)
    world.proofs.published[DOMAIN] = token
    await claimant.answer("recovery-domain", "change")
    await claimant.answer("recovery-domain", domain="other.example")
    assert token not in claimant.page.text
    await claimant.answer("recovery-domain", "check")
    assert "We have not found it yet" in claimant.page.text
    assert world.proofs.asked == ["other.example"]


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "localhost",
        "127.0.0.1",
        "https://bakery.example/",
        "bakery.example:8080",
        "a" * 300,
        "x@y.example",
    ],
)
async def test_what_is_no_domain_name_is_refused(sqlite_world: World, typed: str) -> None:
    claimant = await answered(sqlite_world)
    await claimant.look(claimant.page.url.path.replace("documents", "domain"))
    await claimant.answer("recovery-domain", domain=typed)
    assert claimant.page.status_code == 422
    assert sqlite_world.proofs.asked == []
