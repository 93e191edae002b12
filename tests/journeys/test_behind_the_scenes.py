"""What the demo shows of machines: a request that goes on in a customer's name; and what paying wants of people."""

import subprocess
import sys

from playwright.async_api import expect

from tests.journeys.traveller import Traveller
from tests.support.processes import ROOT

CHAIN = "/behind-the-scenes"
ALICE, BOB = "aa11111-ovh", "bb22222-ovh"
NUMBER = "FR-2026-0117"
_FIVE_MINUTES = 301


async def claims(traveller: Traveller, section: str) -> dict[str, str]:
    """What the page shows of one of the tokens."""
    rows = traveller.page.locator(f"#{section} .claims div")
    shown = [await row.all_inner_texts() for row in [rows.locator("dt"), rows.locator("dd")]]
    return dict(zip(*shown, strict=True))


async def expect_active(traveller: Traveller, section: str, *, active: bool) -> None:
    state = traveller.page.locator(f"#{section} > p")
    said = traveller.says("Active:", "Actif") if active else traveller.says("No longer active", "Plus actif")
    await expect(state).to_contain_text(said)


async def followed(traveller: Traveller) -> None:
    """Alice, signed in, has the manager ask for her ledger."""
    await traveller.begin()
    await traveller.arrive(ALICE)
    await traveller.page.goto(f"{traveller.addresses.manager}{CHAIN}")
    await traveller.press("#follow button")
    assert await traveller.page.locator("#steps li").count() == 3


async def test_a_request_goes_on_with_a_token_of_its_own_and_ends_with_the_sign_in(
    traveller: Traveller,
) -> None:
    await followed(traveller)
    hers, machines = await claims(traveller, "token-1"), await claims(traveller, "token-2")
    assert (hers["client_id"], hers["aud"]) == ("manager", traveller.addresses.api)
    assert (machines["client_id"], machines["aud"]) == ("machine", "https://billing.demo.test")
    assert machines["sub"] == hers["sub"]
    assert machines["scope"] == "ledger:read"
    assert '"sub": "machine"' in machines["act"]
    assert "act" not in hers
    assert int(machines["exp"]) <= int(hers["exp"])
    for token in ("token-1", "token-2"):
        await expect_active(traveller, token, active=True)

    await traveller.sign_out()
    await traveller.page.goto(f"{traveller.addresses.manager}{CHAIN}")
    for token in ("token-1", "token-2"):
        await expect_active(traveller, token, active=False)


async def test_disabling_the_service_account_ends_what_it_got(traveller: Traveller) -> None:
    await followed(traveller)
    page = traveller.page
    _client(traveller, "disable")
    try:
        traveller.demo.pass_(10)  # Longer than a node believes what it knows of a client.
        await page.reload()
        await expect_active(traveller, "token-1", active=True)
        await expect_active(traveller, "token-2", active=False)
        await traveller.press("#follow button")
        assert await page.inner_text("#refusal") == "invalid_client"
        assert await page.locator("#token-2").count() == 0
    finally:
        _client(traveller, "enable")
        traveller.demo.pass_(10)
    await traveller.press("#follow button")
    await expect_active(traveller, "token-2", active=True)


async def test_paying_wants_a_recent_second_factor(traveller: Traveller) -> None:
    """RFC 9470: the API says what it wants, and the manager sends Bob to prove just that."""
    page, manager = traveller.page, traveller.addresses.manager
    await traveller.begin()
    await traveller.arrive(BOB)
    traveller.demo.pass_(_FIVE_MINUTES)
    await page.goto(f"{manager}/invoices/{NUMBER}")
    await traveller.press("#pay button")
    assert page.url.startswith(traveller.addresses.issuer), "somebody who signed in long ago may pay at once"
    if await page.locator("#login").count():
        await traveller.sign_in(BOB)
    await traveller.go_on(BOB, f"/invoices/{NUMBER}?asked")
    await traveller.press("#pay button")
    assert page.url == f"{manager}/invoices/{NUMBER}"
    assert await page.locator("#pay").count() == 0
    await expect(page.locator("#invoice > .paid")).to_have_text(traveller.says("Paid", "Payée"))


async def test_whoever_has_no_second_factor_is_told_where_to_set_one_up(traveller: Traveller) -> None:
    await traveller.begin()
    await traveller.arrive(ALICE)
    await traveller.page.goto(f"{traveller.addresses.manager}/invoices/{NUMBER}")
    await traveller.press("#pay button")
    if await traveller.page.locator("#pay").count():
        await traveller.press("#pay button")
    link = await traveller.page.get_attribute("a.primary", "href")
    assert link == f"{traveller.addresses.issuer}/account/security"


def _client(traveller: Traveller, act: str) -> None:
    """The operator's command, beside the running server."""
    demo = traveller.demo
    command = [sys.executable, "-m", "idp", "client", act, "machine", "--config", str(demo.configuration)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=60)
