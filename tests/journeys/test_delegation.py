"""A customer lets an agency act for them: both at their pages, the agency in the manager, and the end of it."""

from playwright.async_api import Browser

from tests.journeys.setting_up import choose_password, sign_in_with_code
from tests.journeys.traveller import Traveller, travelling

LIST = "/account/delegations"


async def test_an_agency_acts_for_a_customer_until_they_end_it(
    traveller: Traveller, browser: Browser
) -> None:
    customer, agency = traveller.demo.newcomer(), traveller.demo.newcomer()
    pages = f"{traveller.addresses.issuer}{LIST}"
    async with travelling(traveller.demo, browser) as agent:
        await choose_password(agent, agency)
    await choose_password(traveller, customer)
    await sign_in_with_code(traveller, customer)
    await traveller.page.goto(pages)
    await traveller.press("a[href='/account/delegations/new']")
    await traveller.fill("#new-delegation [name=customer_id]", agency.customer_id)
    await traveller.tick("#scope")
    await traveller.page.select_option("#days", "30")
    await traveller.fill("#note", "Nº 7")
    await traveller.press("#new-delegation [name=action][value=continue]")
    assert traveller.words("Waits for an answer") in await traveller.page.inner_text("#delegates")

    async with travelling(traveller.demo, browser) as agent:
        await sign_in_with_code(agent, agency)
        await agent.page.goto(pages)
        asked = await agent.page.inner_text("#asked")
        assert customer.customer_id in asked
        assert "Nº 7" in asked
        await agent.press("#answer-delegation [value=accept]")
        assert customer.customer_id in await agent.page.inner_text("#customers")

        await agent.page.goto(f"{agent.addresses.manager}/acting")
        await agent.press("#act [name=action]")
        assert "FR-2026-0117" in await agent.page.inner_text("#acting table")
        claims = await agent.page.inner_text("#acting-token .claims")
        assert "act" in claims.split()

        await traveller.page.goto(f"{pages}/history")
        sentence = traveller.words(
            "%(customer)s acted for you through %(application)s",
            customer=agency.customer_id,
            application=traveller.says("Manager", "Espace client"),
        )
        assert sentence in await traveller.page.inner_text("#delegation-history")
        await traveller.page.goto(pages)
        await traveller.press("#end-delegation [value=end]")
        assert await traveller.page.locator("#delegates").count() == 0

        await agent.press("#act [name=action]")
        assert await agent.page.locator("#over").is_visible()
        assert await agent.page.locator("#customers").count() == 0
        assert agent.problems == []
