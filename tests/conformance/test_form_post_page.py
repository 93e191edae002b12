"""The page of the form post plans in a browser: it sends itself, as the policy in its own headers allows.

Form Post Response Mode §2. The suite wants a POST of exactly `application/x-www-form-urlencoded`.
"""

from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from playwright.async_api import Browser, Request, Route

from tests.conformance.modules import Run, every_run
from tests.conformance.party import REDIRECT_URI
from tests.conformance.world import open_suite


@pytest.mark.parametrize("response_type", ["code", "code id_token token"])
async def test_answer_is_posted_by_itself(
    response_type: str, sqlite_url: str, tmp_path: Path, browser: Browser
) -> None:
    posts: list[Request] = []
    run = _happy_flow(response_type)
    context = await browser.new_context()
    async with open_suite(run, sqlite_url, tmp_path) as suite:
        party = await suite.register()
        request = suite.request(party)
        landing = await suite.person.visit(suite.authorize_url(request))

        async def answer(route: Route) -> None:
            url = route.request.url
            if url == REDIRECT_URI:
                posts.append(route.request)
                await route.fulfill(content_type="text/html", body="<!doctype html><title>Client</title>")
            else:
                shown = landing.page if url == str(landing.page.url) else await suite.http.get(url)
                await route.fulfill(status=shown.status_code, headers=dict(shown.headers), body=shown.content)

        page = await context.new_page()
        await page.route("**/*", answer)
        await page.goto(str(landing.page.url))
        await page.wait_for_url(REDIRECT_URI)
    (post,) = posts
    assert post.method == "POST"
    assert (await post.all_headers())["content-type"] == "application/x-www-form-urlencoded"
    assert tuple(parse_qsl(post.post_data or "", strict_parsing=True)) == landing.posted
    await context.close()


def _happy_flow(response_type: str) -> Run:
    runs = (run for run in every_run() if run.module == "oidcc-server" and run.variant.is_form_post)
    return next(run for run in runs if run.variant.response_type == response_type)
