"""Pairwise subjects: who somebody is to the clients of one sector. OpenID Connect Core §8."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import text

from idp.oidc.subjects import sector_of, sub_for, subjects_of_hint
from idp.records.client import Client, ClientId, RefreshPolicy
from idp.spec.errors import InvalidClientMetadata
from idp.store.deletions import OF_SUBJECT
from idp.store.pairwise import PAIRWISE_OF_SUBJECT
from idp.store.statement import Write
from tests.oauth.wire import refresh, success, userinfo
from tests.oidc.by_hand import unverified
from tests.oidc.shop import answered, open_shop, shop_tokens, visit_shop
from tests.support.world import World

PAIRWISE = {"subject_type": "pairwise"}
OTHER = {**PAIRWISE, "redirect_uris": ("https://forum.example/callback",)}


def _client(*redirect_uris: str, **metadata: Any) -> Client:
    client = Client(
        client_id=ClientId("app"), client_name="App", redirect_uris=redirect_uris, subject_type="pairwise"
    )
    return Client(**{name: getattr(client, name) for name in client.__slots__} | metadata)


async def test_a_client_is_told_a_sub_of_its_own_everywhere(world: World) -> None:
    await open_shop(world, **PAIRWISE)
    browser, alice = world.browser(), world.people["alice"]

    first = await shop_tokens(browser)
    second = success(await refresh(browser, first["refresh_token"], "shop"))
    again = await shop_tokens(world.browser())

    sub = unverified(first["id_token"])["sub"]
    assert sub not in (alice.sub, alice.subject_id)
    assert len(sub) == len(alice.sub)
    for tokens in (first, second, again):
        assert unverified(tokens["id_token"])["sub"] == sub
        assert unverified(tokens["access_token"])["sub"] == sub
        assert (await userinfo(browser, tokens["access_token"])).json()["sub"] == sub
        for token in (tokens["access_token"], tokens.get("refresh_token")):
            told = (await browser.call("/introspect", "shop", token=str(token))).json()
            assert not told["active"] or told["sub"] == sub
            # The customer ID is the same everywhere: a resource server's business, and not the client's.
            assert "username" not in told
    assert await world.rows("SELECT sub FROM pairwise_subject") == [(sub,)]
    told = (await browser.call("/introspect", "introspector", token=again["access_token"])).json()
    assert (told["sub"], told["username"]) == (sub, alice.customer_id)


@pytest.mark.requirement("S29")
async def test_two_sectors_cannot_compare_notes(world: World) -> None:
    await open_shop(world, "shop", **PAIRWISE)
    await open_shop(world, "till", **PAIRWISE)
    await open_shop(world, "forum", **OTHER)
    browser = world.browser()

    subs = {}
    for client_id in ("shop", "till"):
        subs[client_id] = unverified((await shop_tokens(browser, client_id))["id_token"])["sub"]
    response = await visit_shop(browser, "forum", "https://forum.example/callback")
    tokens = success(await browser.redeem(response, "forum"))
    subs["forum"] = unverified(tokens["id_token"])["sub"]

    assert subs["shop"] == subs["till"]
    assert len({subs["shop"], subs["forum"], world.people["alice"].sub}) == 3
    rows = await world.rows("SELECT sector, sub FROM pairwise_subject ORDER BY sector")
    assert rows == [("forum.example", subs["forum"]), ("shop.example", subs["shop"])]
    found = await world.house.database.all(PAIRWISE_OF_SUBJECT, of_subject=world.people["alice"].subject_id)
    assert [(each.sector, each.sub) for each in found] == rows


async def test_first_uses_at_once_agree(world: World) -> None:
    house, alice, client = world.house, world.people["alice"], _client("https://shop.example/callback")

    subs = await asyncio.gather(
        *(sub_for(house.database, house.entropy, alice, client, world.clock.now()) for _ in range(20))
    )

    assert len(set(subs)) == 1
    assert await world.rows("SELECT sub FROM pairwise_subject") == [(subs[0],)]


async def test_a_hint_names_a_person_by_the_sub_that_its_client_knows(world: World) -> None:
    """§3.1.2.1 and §5.5.1: the same by id_token_hint and by `claims`."""
    await open_shop(world, **PAIRWISE)
    browser = world.browser()
    id_token = (await shop_tokens(browser))["id_token"]
    sub = unverified(id_token)["sub"]
    by_claims = {"id_token": {"sub": {"value": sub}}}
    by_several = {"id_token": {"sub": {"values": ["somebody", sub]}}}
    by_userinfo = {"userinfo": {"sub": {"value": sub}}, "id_token": {"sub": {"value": sub}}}

    for asked in (
        {"id_token_hint": id_token},
        {"claims": json.dumps(by_claims)},
        {"claims": json.dumps(by_several)},
        {"claims": json.dumps(by_several), "id_token_hint": id_token},
        {"claims": json.dumps(by_userinfo), "id_token_hint": id_token},
    ):
        assert "code" in answered(await visit_shop(browser, prompt="none", **asked))

    bobs = world.browser()
    await bobs.sign_in("bb22222-ovh", client_id="shop", redirect_uri="https://shop.example/callback")
    for asked in (
        {"id_token_hint": id_token},
        {"claims": json.dumps(by_claims)},
        {"claims": json.dumps(by_several)},
    ):
        assert answered(await visit_shop(bobs, prompt="none", **asked))["error"] == "login_required"


async def test_no_client_finds_out_whose_another_sub_is(world: World) -> None:
    await open_shop(world, "shop", **PAIRWISE)
    await open_shop(world, "forum", **OTHER)
    browser, forum = world.browser(), "https://forum.example/callback"
    await shop_tokens(browser)
    tokens = success(await browser.redeem(await visit_shop(browser, "forum", forum), "forum"))
    foreign = unverified(tokens["id_token"])["sub"]

    for sub in (
        foreign,
        world.people["alice"].sub,
        world.people["alice"].subject_id,
        "no body",
        "x" * 300,
        "\x00",
        "\ud800",
    ):
        claims = json.dumps({"id_token": {"sub": {"value": sub}}})
        response = answered(await visit_shop(browser, prompt="none", claims=claims))
        assert response["error"] == "login_required", sub
    hinted = answered(await visit_shop(browser, prompt="none", id_token_hint=tokens["id_token"]))
    assert hinted["error"] == "invalid_request"
    # Neither does one that is told everybody's own `sub` learn whose the one of a sector is.
    public = answered(
        await browser.authorize(prompt="none", claims=json.dumps({"id_token": {"sub": {"value": foreign}}}))
    )
    assert public["error"] == "login_required"


async def test_services_find_who_an_access_token_is_about(world: World) -> None:
    """The customers API is asked by whoever was handed the token, which says the `sub` of a sector."""
    await open_shop(world, **PAIRWISE)
    await open_shop(
        world,
        "service",
        grant_types=frozenset({"client_credentials"}),
        response_types=frozenset(),
        redirect_uris=(),
        refresh=RefreshPolicy.OFFLINE,
        scopes=frozenset({"customers:read"}),
        resources=frozenset({world.house.settings.own_api.identifier}),
    )
    browser = world.browser()
    sub = unverified((await shop_tokens(browser))["access_token"])["sub"]
    own = success(
        await browser.token(
            "service", grant_type="client_credentials", resource=world.house.settings.own_api.identifier
        )
    )

    response = await browser.get(
        f"/api/v1/customers/{sub}", headers={"authorization": f"Bearer {own['access_token']}"}
    )

    assert response.json()["sub"] == sub
    assert response.json()["customer_id"] == "aa11111-ovh"


def test_a_sector_is_a_host_that_somebody_owns() -> None:
    """§8.1."""
    assert sector_of(Client(client_id=ClientId("app"), client_name="App")) == ""
    assert sector_of(_client("https://Shop.example/a", "https://shop.example:8443/b")) == "shop.example"
    uri = "https://group.example/uris.json"
    several = ("https://a.example/", "https://b.example/")
    assert sector_of(_client(*several, sector_identifier_uri=uri)) == "group.example"
    for uris in (
        ("http://localhost:3000/callback",),
        ("http://127.0.0.1/callback", "http://[::1]/callback"),
        ("com.example.app:/callback",),
        ("com.example.app://shop.example/callback",),  # Any program may take it, and say any host.
        (),
    ):
        assert sector_of(_client(*uris)) == "client:app"
    assert sector_of(_client("http://localhost:3000/", "https://shop.example/")) == "shop.example"
    with pytest.raises(InvalidClientMetadata):
        sector_of(_client(*several))


async def test_hosts_that_make_no_sector_are_an_error_of_the_client(sqlite_world: World) -> None:
    several = ("https://shop.example/callback", "https://other.example/callback")
    await open_shop(sqlite_world, **PAIRWISE, redirect_uris=several)
    browser = sqlite_world.browser()

    for _ in ("before", "after a sign-in"):
        assert answered(await visit_shop(browser))["error"] == "invalid_client_metadata"


async def test_a_public_client_means_what_it_says(sqlite_world: World) -> None:
    public = Client(client_id=ClientId("app"), client_name="App")

    assert await subjects_of_hint(sqlite_world.house.database, public, {"anything"}) == {"anything"}
    assert await subjects_of_hint(sqlite_world.house.database, _client(), set()) == set()


async def test_a_deleted_persons_subs_go(world: World) -> None:
    await open_shop(world, **PAIRWISE)
    await shop_tokens(world.browser())
    assert len(await world.rows("SELECT sub FROM pairwise_subject")) == 1

    for write in OF_SUBJECT:
        await world.house.database.apply([write.effect(of_subject=world.people["alice"].subject_id)])

    assert await world.rows("SELECT sub FROM pairwise_subject") == []


async def test_what_was_issued_before_sectors_is_about_the_persons_own_sub(world: World) -> None:
    """Rows from before revision 0004 say nothing; what is refreshed keeps its `sub` (§12.2), also if the client is
    registered anew as a pairwise one.
    """
    await open_shop(world, **PAIRWISE)
    browser = world.browser()
    tokens = await shop_tokens(browser)
    assert await world.house.database.apply([Write(text("UPDATE family SET sub = ''")).effect()])

    refreshed = success(await refresh(browser, tokens["refresh_token"], "shop"))

    assert unverified(refreshed["id_token"])["sub"] == world.people["alice"].sub
    assert (await userinfo(browser, refreshed["access_token"])).json()["sub"] == world.people["alice"].sub
