"""The customers API answers services that may ask, about customers who exist, and nobody else."""

from dataclasses import replace

import httpx2
import pytest

from idp.clients.registration import disable_client, register_client
from idp.oidc.customers import MOST_EACH_MINUTE
from idp.records.client import Client, ClientId
from idp.records.event import Occasion
from idp.store.clients import CLIENT, UPDATE_METADATA, metadata_text
from tests.support.world import ISSUER, Browser, World

API = f"{ISSUER}/api/v1"
DESCRIBED_AT = f"{ISSUER}/.well-known/oauth-protected-resource/api/v1"
SCOPE = "customers:read"
BILLING = Client(
    client_id=ClientId("billing"),
    client_name="Billing",
    grant_types=frozenset({"client_credentials"}),
    response_types=frozenset(),
    scopes=frozenset({SCOPE, "invoices:read"}),
    resources=frozenset({API}),
)


async def billing_service(world: World) -> Browser:
    occasion = Occasion(now=world.clock.now(), actor="system")
    house = world.house
    await register_client(
        house.database, house.audit, house.entropy, occasion, BILLING, secret="billing-secret"
    )
    return world.browser()


async def customers_token(service: Browser, **form: str) -> str:
    asked = {"grant_type": "client_credentials", "resource": API, "scope": SCOPE, **form}
    answer = await service.token("billing", **{name: value for name, value in asked.items() if value})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


async def _ask(service: Browser, sub: str, token: str = "") -> httpx2.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return await service.get(f"/api/v1/customers/{sub}", headers=headers)


async def test_a_service_reads_what_an_invoice_needs_and_no_more(world: World) -> None:
    service, alice = await billing_service(world), world.people["alice"]
    answer = await _ask(service, alice.sub, await customers_token(service))
    assert answer.json() == {
        "sub": alice.sub,
        "customer_id": "aa11111-ovh",
        "name": "Alice Martin",
        "status": "active",
    }
    assert answer.headers["cache-control"] == "no-store"


async def test_nobody_by_this_name_is_not_found(world: World) -> None:
    service = await billing_service(world)
    token = await customers_token(service)
    answers = set()
    for sub in ("nobody", "aa11111-ovh", "a" * 300, "' OR 1=1 --", "%F0%9F%99%82"):
        answer = await _ask(service, sub, token)
        answers.add((answer.status_code, answer.text))
    assert answers == {(404, '{"error":"not_found"}')}
    for broken in ("%00", "%ff", "%2e%2e"):
        assert (await _ask(service, broken, token)).status_code in (400, 404)


async def test_without_a_token_the_schemes_are_named_and_where_the_api_describes_itself(
    sqlite_world: World,
) -> None:
    browser, sub = sqlite_world.browser(), sqlite_world.people["alice"].sub
    answer = await _ask(browser, sub)
    assert answer.status_code == 401
    where = f'resource_metadata="{DESCRIBED_AT}"'
    assert answer.headers["www-authenticate"] == (
        f'Bearer realm="idp", {where}, DPoP realm="idp", algs="PS256 ES256 EdDSA", {where}'
    )
    assert (await browser.get(DESCRIBED_AT)).json()["resource"] == API
    assert (await _ask(browser, sub, "ey.not.ours")).headers["www-authenticate"].endswith(where)


async def _refused(service: Browser, sub: str, token: str, status: int, error: str) -> None:
    answer = await _ask(service, sub, token)
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert f'error="{error}"' in answer.headers["www-authenticate"]
    assert "customer_id" not in answer.text


@pytest.mark.requirement("S28")
async def test_tokens_for_another_api_open_nothing(sqlite_world: World) -> None:
    service, sub = await billing_service(sqlite_world), sqlite_world.people["alice"].sub
    elsewhere = await customers_token(service, resource="", scope="invoices:read")
    await _refused(service, sub, elsewhere, 401, "invalid_token")
    await _refused(service, sub, "ey.not.ours", 401, "invalid_token")
    assert (await service.get(f"/api/v1/customers/{sub}?access_token={elsewhere}")).status_code == 400


async def test_a_token_without_the_scope_is_told_which_it_lacks(sqlite_world: World) -> None:
    service, sub = await billing_service(sqlite_world), sqlite_world.people["alice"].sub
    house = sqlite_world.house
    metadata = metadata_text(replace(BILLING, scopes=frozenset()))
    await house.database.apply([UPDATE_METADATA.effect(of_client="billing", metadata=metadata, now=1)])
    house.clients.forget("billing")
    token = await customers_token(service, scope="")
    await _refused(service, sub, token, 403, "insufficient_scope")
    assert f'scope="{SCOPE}"' in (await _ask(service, sub, token)).headers["www-authenticate"]


async def test_a_persons_token_opens_nothing_not_even_their_own(sqlite_world: World) -> None:
    house, sub = sqlite_world.house, sqlite_world.people["alice"].sub
    manager = await house.database.one(CLIENT, client_id="manager")
    assert manager is not None
    changed = replace(manager, scopes=manager.scopes | {SCOPE}, resources=frozenset({API}))
    effect = UPDATE_METADATA.effect(of_client="manager", metadata=metadata_text(changed), now=1)
    await house.database.apply([effect])
    browser = sqlite_world.browser()
    redirect = await browser.sign_in(scope=f"openid {SCOPE}", resource=API)
    token = (await browser.redeem(redirect)).json()["access_token"]
    await _refused(browser, sub, token, 403, "insufficient_scope")


async def test_a_client_may_ask_for_the_scope_only_where_it_is_registered(sqlite_world: World) -> None:
    machine = sqlite_world.browser()
    answer = await machine.token("machine", grant_type="client_credentials", resource=API, scope=SCOPE)
    assert answer.status_code == 400


async def test_a_revoked_token_reads_no_more(sqlite_world: World) -> None:
    service, sub = await billing_service(sqlite_world), sqlite_world.people["alice"].sub
    token = await customers_token(service)
    revoked = await service.call("/revoke", "billing", token=token)
    assert revoked.status_code == 200
    await _refused(service, sub, token, 401, "invalid_token")


async def test_a_disabled_service_reads_no_more(world: World) -> None:
    service, sub = await billing_service(world), world.people["alice"].sub
    token, house = await customers_token(service), world.house
    occasion = Occasion(now=world.clock.now(), actor="system")
    await disable_client(house.database, house.audit, occasion, "billing")
    world.clock.pass_(60)  # What a node remembers of a client.
    await _refused(service, sub, token, 401, "invalid_token")


async def test_a_persons_token_is_not_exchanged_for_one_that_reads(sqlite_world: World) -> None:
    service, sub = await billing_service(sqlite_world), sqlite_world.people["alice"].sub
    browser = sqlite_world.browser()
    theirs = (await browser.redeem(await browser.sign_in())).json()["access_token"]
    exchanged = await service.token(
        "machine",
        grant_type="urn:ietf:params:oauth:grant-type:token-exchange",
        subject_token=theirs,
        subject_token_type="urn:ietf:params:oauth:token-type:access_token",
        resource=API,
        scope=SCOPE,
    )
    assert exchanged.status_code == 400
    await _refused(service, sub, theirs, 401, "invalid_token")


async def test_a_service_that_asks_too_often_waits_and_no_other_does(sqlite_world: World) -> None:
    service, sub = await billing_service(sqlite_world), sqlite_world.people["alice"].sub
    token = await customers_token(service)
    for _ in range(MOST_EACH_MINUTE):
        assert (await _ask(service, sub, token)).status_code == 200
    throttled = await _ask(service, sub, token)
    assert (throttled.status_code, throttled.headers["retry-after"]) == (429, "60")
    sqlite_world.clock.pass_(60)
    assert (await _ask(service, sub, token)).status_code == 200


async def test_answers_are_counted_without_naming_anybody(sqlite_world: World) -> None:
    service = await billing_service(sqlite_world)
    token = await customers_token(service)
    await _ask(service, sqlite_world.people["alice"].sub, token)
    await _ask(service, "nobody", token)
    await _ask(service, "nobody")
    registry = sqlite_world.house.metrics.registry
    for outcome in ("found", "unknown", "refused"):
        assert registry.get_sample_value("idp_customers_read_total", {"outcome": outcome}) == 1
