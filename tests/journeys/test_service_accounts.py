"""A customer makes a service account in a browser, hands its secret to a program, changes it over, and ends it."""

import httpx2

from tests.journeys.test_privacy import _newcomer, _open
from tests.journeys.traveller import Traveller

_PATH = "/account/applications/new"


async def test_a_program_gets_a_secret_and_loses_it(traveller: Traveller) -> None:
    newcomer = await _newcomer(traveller, _PATH)
    page = traveller.page
    await page.fill("#new-service-account [name=name]", "Robot")
    await page.check("#new-service-account [name=scope][value='invoices:read']")
    await page.click("#new-service-account [name=action][value=continue]")
    client_id = await page.inner_text("#client-id")
    secret = await page.inner_text("#client-secret")
    assert (await _token(traveller, client_id, secret)).status_code == 200
    await page.click("main a.primary")
    assert client_id in page.url
    assert secret not in await page.content()

    await page.select_option("#rotate-secret [name=overlap]", "none")
    await page.click("#rotate-secret [name=action][value=rotate]")
    second = await page.inner_text("#client-secret")
    assert (await _token(traveller, client_id, secret)).status_code == 401
    answer = await _token(traveller, client_id, second)
    invoices = await _invoices(traveller, answer.json()["access_token"])
    assert invoices.status_code == 200
    assert invoices.json()["customer"] != client_id

    await _open(traveller, newcomer, "/account/applications")
    await page.click(f"main a[href*='{client_id}']")
    await page.click("#service-account-switch [name=action][value=turn-off]")
    assert (await _token(traveller, client_id, second)).status_code == 401
    await page.click("main a[href^='/account/applications/delete']")
    await page.click("#delete-service-account [name=action][value=delete]")
    assert page.url.endswith("/account/applications")
    assert client_id not in await page.content()


async def _token(traveller: Traveller, client_id: str, secret: str) -> httpx2.Response:
    async with httpx2.AsyncClient(trust_env=False) as http:
        return await http.post(
            f"{traveller.addresses.issuer}/token",
            data={"grant_type": "client_credentials"},
            auth=(client_id, secret),
        )


async def _invoices(traveller: Traveller, token: str) -> httpx2.Response:
    async with httpx2.AsyncClient(trust_env=False) as http:
        return await http.get(
            f"{traveller.addresses.api}/invoices", headers={"authorization": f"Bearer {token}"}
        )
