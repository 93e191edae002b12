"""Sam and Kim at the support desk: what they do for accounts and with cases, by the same hand as the customer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser

from tests.journeys.traveller import Traveller, other_than, travelling

SAM, KIM = "ss90001-ovh", "kk90002-ovh"


@asynccontextmanager
async def agent_at_desk(traveller: Traveller, browser: Browser, customer_id: str) -> AsyncIterator[Traveller]:
    """An agent with a browser of their own, signed in with the password and the app, as staff always is."""
    async with travelling(traveller.demo, browser, traveller.hand) as agent:
        await agent.page.goto(f"{agent.addresses.issuer}/support")
        await agent.sign_in(customer_id)
        if await agent.page.locator("#second-factor [autocomplete~=one-time-code]").count() == 0:
            await agent.by("totp")
        await agent.enter_code(agent.demo.app_code(customer_id), "second-factor")
        await agent.page.wait_for_url(f"{agent.addresses.issuer}/support")
        yield agent


async def find_account(agent: Traveller, term: str) -> None:
    """By what the caller says."""
    await agent.page.goto(f"{agent.addresses.issuer}/support")
    await agent.fill("#term", term)
    await agent.press("#search [name=action][value=search]")


async def do_for_account(agent: Traveller, act: str, done: str) -> None:
    """What one agent may do alone: say why, and the page says that it is done."""
    await agent.touch(f"details:has(#{act}) > summary")
    await agent.fill(f"#why-{act}", "on the phone, knew the last invoice")
    await agent.press(f"#{act} [name=action]")
    assert await agent.page.inner_text("[role=status].notice") == agent.words(
        "Done: %(what)s.", what=agent.words(done)
    )


async def open_case(agent: Traveller, term: str, kind: str) -> str:
    """For the account of whoever is on the phone. The reference to quote."""
    await find_account(agent, term)
    await agent.touch("details:has(#open-case) > summary")
    await agent.choose(f"#kind-{kind}")
    await agent.fill("#why-open-case", "called, has lost it all")
    await agent.press("#open-case [name=action]")
    return (await agent.page.inner_text("h1")).split()[-1]


async def pick_case(agent: Traveller, reference: str) -> None:
    """From the queue."""
    await agent.page.goto(f"{agent.addresses.issuer}/support/cases?show=all")
    await agent.press(f"a:has-text('{reference}')")


async def do_to_case(agent: Traveller, act: str) -> None:
    """Press the act's button, unfolding it first."""
    details = agent.page.locator(f"details:has(#{act})")
    if await details.count() and not await details.evaluate("(each) => each.open"):
        await agent.touch(f"details:has(#{act}) > summary")
    await agent.press(f"#{act} [name=action][value={act}]")


async def read_back(agent: Traveller, mailbox: str) -> None:
    """Have a code mailed, which the agent doesn't see and the caller reads out: wrong at first, then right. Propose."""
    assert await agent.page.locator("#propose").count() == 0
    await do_to_case(agent, "send-read-back")
    code = await agent.demo.mailbox.code(mailbox)
    assert code not in await agent.page.content()
    await agent.fill("#read-back [autocomplete~=one-time-code]", other_than(code))
    await do_to_case(agent, "read-back")
    await agent.expect_error("That is not the code. Ask the caller to read it again.", field="code")
    await agent.fill("#read-back [autocomplete~=one-time-code]", code)
    await do_to_case(agent, "read-back")
    await do_to_case(agent, "propose")
