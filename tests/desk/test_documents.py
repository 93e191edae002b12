"""What was uploaded, as agents get it: saved, never opened, and never without a record."""

import httpx2
import pytest

from idp.store.cases import DELETE_DOCUMENT
from tests.desk.agents import make_agent, open_desk
from tests.portal.recovering import NEW, sent
from tests.support.papers import pdf
from tests.support.world import Browser, World


async def shown(world: World) -> tuple[Browser, str, str]:
    """Sam at the desk, and where the identity document of Alice's case is."""
    claimant, _ = await sent(world)
    sam = await make_agent(world, "sam")
    browser, _ = await open_desk(world, sam)
    [(case_id, document_id)] = await world.rows(
        "SELECT case_id, document_id FROM case_document WHERE kind = 'identity'"
    )
    reference = claimant.page.url.params["reference"]
    return browser, f"/support/cases/{case_id}/documents/{document_id}", reference


async def test_a_document_is_saved_under_our_name_and_opened_by_nothing(world: World) -> None:
    browser, path, reference = await shown(world)
    case_page = await browser.get(path.split("/documents")[0])
    assert path in case_page.text
    found = await browser.get(path)
    assert found.status_code == 200
    assert found.content == pdf()
    assert found.headers["content-disposition"] == f'attachment; filename="{reference}-identity-1.pdf"'
    assert found.headers["content-type"] == "application/pdf"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert found.headers["cache-control"] == "no-store"
    [(details,)] = await world.rows("SELECT details FROM audit_event WHERE type = 'document.viewed'")
    assert reference in details
    assert NEW not in details


async def test_nobody_but_staff_gets_any(world: World) -> None:
    _, path, _ = await shown(world)
    stranger = world.browser()
    answered = await stranger.get(path)
    assert answered.status_code == 303
    assert (await stranger.http.post(path)).status_code == 303
    await stranger.sign_in("bb22222-ovh")
    refused = await stranger.get(path)
    assert refused.status_code == 404
    assert pdf() not in refused.content
    assert await world.rows("SELECT 1 FROM audit_event WHERE type = 'document.viewed'") == []


@pytest.mark.parametrize("other", ["of another case", "that is no more", "that never was"])
async def test_a_document_is_of_its_case_and_no_other(world: World, other: str) -> None:
    browser, path, _ = await shown(world)
    case_path, document_id = path.split("/documents/")
    if other == "of another case":
        await sent(world, "bb22222-ovh", to="bob.new@example.test")
        rows = await world.rows("SELECT case_id FROM recovery_case ORDER BY case_id")
        case_path = f"/support/cases/{rows[-1][0]}"
    elif other == "that never was":
        document_id = "0" * 32
    else:
        delete = DELETE_DOCUMENT.effect(
            of_document=document_id, of_case=case_path.rpartition("/")[2], nothing=b"", now=world.clock.at
        )
        await world.house.database.apply([delete])
    answered: httpx2.Response = await browser.get(f"{case_path}/documents/{document_id}")
    assert answered.status_code == 404


async def test_views_of_documents_are_counted_with_all_others(world: World) -> None:
    browser, path, _ = await shown(world)
    answers = [(await browser.get(path)).status_code for _ in range(121)]
    assert answers == [200] * 120 + [429]
