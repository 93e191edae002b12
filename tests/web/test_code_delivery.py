"""The script of the code page asks how the mail is doing, and says so; without it the page has a link for that."""

import json

from playwright.async_api import Page, Route, expect
from starlette.testclient import TestClient

from tests.web.samples import answer_from, sample_application

_SAID = {"sending": "is on its way", "sent": "has been sent", "trouble": "has not got through yet"}


async def shown(page: Page, *words: str) -> list[str]:
    """What the status says at first, and after each answer of `words`."""
    left = list(words)

    async def tell(route: Route) -> None:
        word = left.pop(0) if left else words[-1]
        if word == "gone":
            await route.fulfill(status=303, headers={"location": "/elsewhere"})
            return
        await route.fulfill(status=200, content_type="application/json", body=json.dumps({"delivery": word}))

    with TestClient(sample_application()) as client:
        await page.clock.install()
        await page.route("**/*", answer_from(client))
        await page.route("**/busy?code-delivery", tell)
        await page.goto("http://localhost/email-code")
        status = page.locator("#delivery")
        said = [await status.inner_text()]
        for word in words:
            async with page.expect_request("**/busy?code-delivery"):
                await page.clock.run_for(3_000)
            await page.wait_for_load_state("networkidle")
            await page.clock.run_for(1)
            if word in _SAID:
                # The answer is here; the script reads it when the browser comes to that.
                await expect(status).to_contain_text(_SAID[word])
            said.append(await status.inner_text())
    return said


async def test_it_says_when_the_mail_has_left(page: Page) -> None:
    said = await shown(page, "sending", "sent")
    assert [line.split(".")[0] for line in said] == [
        "The mail is on its way",
        "The mail is on its way",
        "The mail has been sent",
    ]


async def test_it_says_that_mail_is_down_and_when_it_is_up_again(page: Page) -> None:
    said = await shown(page, "trouble", "sent")
    assert "has not got through yet" in said[1]
    assert "has been sent" in said[2]


async def test_a_sign_in_that_went_on_elsewhere_leaves_the_page_as_it_is(page: Page) -> None:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    said = await shown(page, "gone", "gone")
    assert said[0] == said[1] == said[2]
    assert complaints == []
