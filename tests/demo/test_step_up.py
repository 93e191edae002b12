"""The manager's page that wants two factors, and what it asks of the issuer (RFC 9470)."""

import httpx2

from tests.demo.conftest import Running
from tests.demo.steps import sign_in


async def test_two_factors_open_the_page(running: Running, browser_like: httpx2.AsyncClient) -> None:
    running.issuer.claims = {"acr": "2"}
    await sign_in(running, browser_like)
    page = await browser_like.get(f"{running.addresses.manager}/payment")
    assert "4242" in page.text
    assert len(running.issuer.authorizations) == 1


async def test_one_factor_is_sent_to_prove_another_and_comes_back(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.claims = {"acr": "1"}
    await sign_in(running, browser_like)
    running.issuer.claims = {"acr": "3"}
    page = await browser_like.get(f"{running.addresses.manager}/payment")
    assert running.issuer.authorizations[-1]["acr_values"] == "2"
    assert "4242" in page.text
    assert page.url.path == "/payment"


async def test_whoever_has_no_other_factor_is_told_where_to_set_one_up(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    running.issuer.claims = {"acr": "1"}
    await sign_in(running, browser_like)
    page = await browser_like.get(f"{running.addresses.manager}/payment")
    assert "4242" not in page.text
    assert f"{running.addresses.issuer}/account/security" in page.text
    assert [asked.get("acr_values") for asked in running.issuer.authorizations] == [None, "2"]


async def test_a_link_to_the_page_signs_in_first(running: Running, browser_like: httpx2.AsyncClient) -> None:
    running.issuer.claims = {"acr": "2"}
    page = await browser_like.get(f"{running.addresses.manager}/payment?asked")
    assert "4242" in page.text


async def test_billing_has_no_such_page(running: Running, browser_like: httpx2.AsyncClient) -> None:
    page = await browser_like.get(f"{running.addresses.second}/payment")
    assert page.status_code == 404
    assert running.issuer.authorizations == []
