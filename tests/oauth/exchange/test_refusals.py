"""What token exchange refuses, with the right error and a line in the audit trail each: RFC 8693 §2.2.2."""

from pathlib import Path
from typing import Any

import pytest

from idp.clients.metadata import TOKEN_EXCHANGE
from tests.oauth.exchange.exchanging import (
    OPAQUE,
    TYPES,
    changed,
    claims_of,
    desk_tokens,
    disable,
    disable_person,
    exchange,
    exchange_settings,
    exchange_world,
    exchanged,
    panel_tokens,
    refused_and_recorded,
    register,
    service,
    trail,
)
from tests.oauth.wire import refused, success
from tests.support.client_keys import client_key, signed
from tests.support.clients import API, LEDGER
from tests.support.world import ISSUER, World


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"subject_token": ""}, "invalid_request"),
        ({"subject_token_type": ""}, "invalid_request"),
        ({"subject_token_type": "access_token"}, "invalid_request"),
        ({"subject_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"actor_token_type": TYPES["access_token"]}, "invalid_request"),
        ({"actor_token": "x"}, "invalid_request"),
        ({"actor_token": "x", "actor_token_type": TYPES["access_token"]}, "invalid_request"),
        ({"actor_token": "x", "actor_token_type": "x"}, "invalid_request"),
        ({"requested_token_type": TYPES["refresh_token"]}, "invalid_request"),
        ({"requested_token_type": TYPES["id_token"]}, "invalid_request"),
        ({"requested_token_type": "urn:ietf:params:oauth:token-type:saml2"}, "invalid_request"),
        ({"requested_token_type": TYPES["jwt"], "resource": OPAQUE}, "invalid_request"),
        ({"resource": "https://nobody.example.test"}, "invalid_target"),
        ({"audience": "panel"}, "invalid_target"),
        ({"audience": f"{ISSUER}/api/v1"}, "invalid_target"),
        ({"audience": ISSUER}, "invalid_target"),
        ({"scope": "invoices:pay"}, "invalid_scope"),
        ({"scope": "ledger:read", "resource": API, "expires_in": "0"}, "invalid_request"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": "offline_access"}, "invalid_scope"),
        ({"scope": "invoices:read admin"}, "invalid_scope"),
        ({"scope": "invoices:read  ledger:read"}, "invalid_scope"),
        ({"expires_in": "-1"}, "invalid_request"),
        ({"expires_in": "ten"}, "invalid_request"),
        ({"expires_in": "\N{ARABIC-INDIC DIGIT ONE}"}, "invalid_request"),
        ({"expires_in": "601"}, "invalid_request"),
        ({"expires_in": "9" * 50}, "invalid_request"),
        ({"requested_subject": "bb22222-ovh"}, "invalid_request"),
    ],
)
async def test_a_request_that_asks_for_what_is_not_there(
    sqlite_trading: World, form: dict[str, str], error: str
) -> None:
    subject = await panel_tokens(sqlite_trading)

    response = await exchange(sqlite_trading, subject["access_token"], **form)

    await refused_and_recorded(sqlite_trading, response, error)
    assert (await sqlite_trading.rows("SELECT count(*) FROM family WHERE parent_id IS NOT NULL")) == [(0,)]


async def test_more_scope_than_the_grant(trading: World) -> None:
    subject = await panel_tokens(trading, scope="openid invoices:read")

    response = await exchange(trading, subject["access_token"], audience=LEDGER, scope="ledger:read")

    await refused_and_recorded(trading, response, "invalid_scope")
    event = (await trail(trading))[-1]
    assert event["chain"] == [trading.people["alice"].sub]
    assert event["subject_id"] == trading.people["alice"].subject_id


async def test_more_scope_than_the_token_was_narrowed_to(trading: World) -> None:
    tokens = await panel_tokens(trading)
    refreshed = await trading.browser().token(
        "panel", grant_type="refresh_token", refresh_token=tokens["refresh_token"], scope="invoices:read"
    )

    response = await exchange(
        trading, success(refreshed)["access_token"], audience=LEDGER, scope="ledger:read"
    )

    await refused_and_recorded(trading, response, "invalid_scope")


async def test_more_scope_than_the_client_has(tmp_path: Path, sqlite_url: str) -> None:
    rules = changed(gateway={"clients": ("gateway", "modest")})
    async with exchange_world(exchange_settings(sqlite_url, tmp_path, exchanges=rules)) as world:
        await register(world, service("modest", scopes=frozenset({"ledger:read"})))
        subject = await panel_tokens(world)

        response = await exchange(world, subject["access_token"], "modest", scope="invoices:read")
        await refused_and_recorded(world, response, "invalid_scope")
        # Without asking it gets what is left, which is nothing here.
        assert (await exchanged(world, subject["access_token"], "modest"))["scope"] == ""


async def test_more_scope_than_the_rule_has(sqlite_trading: World) -> None:
    subject = await panel_tokens(sqlite_trading, scope="openid invoices:read invoices:pay")

    response = await exchange(sqlite_trading, subject["access_token"], "desk", scope="invoices:pay")
    await refused_and_recorded(sqlite_trading, response, "invalid_scope")
    assert (await exchanged(sqlite_trading, subject["access_token"], "desk"))["scope"] == "invoices:read"


async def test_an_audience_that_the_client_may_not_ask_for(tmp_path: Path, sqlite_url: str) -> None:
    rules = changed(gateway={"clients": ("gateway", "modest")})
    async with exchange_world(exchange_settings(sqlite_url, tmp_path, exchanges=rules)) as world:
        await register(world, service("modest", resources=frozenset()))
        subject = await panel_tokens(world)

        response = await exchange(world, subject["access_token"], "modest", resource=LEDGER)

        await refused_and_recorded(world, response, "invalid_target")


async def test_an_audience_that_the_rule_does_not_have(sqlite_trading: World) -> None:
    subject = await panel_tokens(sqlite_trading)

    for form in ({"audience": OPAQUE}, {"audience": LEDGER, "resource": OPAQUE}):
        response = await exchange(sqlite_trading, subject["access_token"], "panel", **form)
        await refused_and_recorded(sqlite_trading, response, "invalid_target")


async def test_clients_that_no_rule_names(trading: World) -> None:
    subject = (await panel_tokens(trading))["access_token"]

    await refused_and_recorded(trading, await exchange(trading, subject, "stranger"), "unauthorized_client")
    # The ledger's service may exchange what is meant for the ledger, and this isn't.
    response = await exchange(trading, subject, "ledgers")
    assert "no rule" in await refused_and_recorded(trading, response, "invalid_request")
    # Who has not registered the grant at all may nothing.
    for client in ("manager", "machine"):
        await refused_and_recorded(trading, await exchange(trading, subject, client), "unauthorized_client")


async def test_a_public_client(sqlite_trading: World) -> None:
    browser, subject = sqlite_trading.browser(), (await panel_tokens(sqlite_trading))["access_token"]
    form = {"subject_token": subject, "subject_token_type": TYPES["access_token"]}

    response = await browser.token("spa", grant_type=TOKEN_EXCHANGE, **form)

    await refused_and_recorded(sqlite_trading, response, "unauthorized_client")


async def test_who_does_not_prove_to_be_the_client_is_told_nothing(sqlite_trading: World) -> None:
    subject = (await panel_tokens(sqlite_trading))["access_token"]
    form = {
        "grant_type": TOKEN_EXCHANGE, "subject_token": subject, "subject_token_type": TYPES["access_token"],
        "client_id": "gateway", "client_secret": "wrong",
    }  # fmt: skip

    refused(await sqlite_trading.browser().http.post("/token", data=form), "invalid_client", 401)
    assert await trail(sqlite_trading) == []


@pytest.mark.parametrize("client", ["gateway", "panel"])
@pytest.mark.parametrize(
    ("token", "sent_as"),
    [
        ("id_token", "access_token"),
        ("id_token", "jwt"),
        ("id_token", "refresh_token"),
        ("access_token", "id_token"),
        ("access_token", "refresh_token"),
        ("refresh_token", "access_token"),
        ("refresh_token", "id_token"),
        ("refresh_token", "jwt"),
    ],
)
async def test_a_token_sent_as_another_type(
    sqlite_trading: World, token: str, sent_as: str, client: str
) -> None:
    tokens = await panel_tokens(sqlite_trading)

    response = await exchange(sqlite_trading, tokens[token], client, kind=sent_as)

    assert "subject_token: " in await refused_and_recorded(sqlite_trading, response, "invalid_request")
    response = await exchange(
        sqlite_trading,
        tokens["access_token"],
        actor_token=tokens[token],
        actor_token_type=TYPES[sent_as],
    )
    assert "actor_token: " in await refused_and_recorded(sqlite_trading, response, "invalid_request")


@pytest.mark.parametrize("kind", ["access_token", "id_token", "jwt", "refresh_token"])
@pytest.mark.parametrize(
    "typ", ["logout+jwt", "token-introspection+jwt", "dpop+jwt", "JWT", "oauth-authz-req+jwt"]
)
async def test_other_tokens_of_ours(sqlite_trading: World, typ: str, kind: str) -> None:
    """As we sign them: a logout token, an introspection answer, and whatever else there will be."""
    tokens, keyring = await panel_tokens(sqlite_trading), sqlite_trading.house.keyring
    before = claims_of(sqlite_trading, tokens)
    claims = {
        **{name: before[name] for name in ("iss", "sub", "iat", "exp", "jti")},
        "aud": "panel",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
        **({"sid": "some"} if typ != "JWT" else {}),
    }
    token = keyring.sign(claims, algorithm="RS256", typ=typ)

    for client in ("gateway", "panel"):
        response = await exchange(sqlite_trading, token, client, kind=kind)
        await refused_and_recorded(sqlite_trading, response, "invalid_request")


async def test_tokens_that_others_wrote(sqlite_trading: World) -> None:
    """By another key, by none, with a key that comes along, changed, cut off, or of nobody."""
    token = (await panel_tokens(sqlite_trading))["access_token"]
    claims = claims_of(sqlite_trading, {"access_token": token})
    head, body, signature = token.split(".")
    key = client_key("RS256", 3)
    forged = [
        signed(claims, key, typ="at+jwt", kid="x"),
        signed(claims, key, typ="at+jwt", kid="x", jku="https://evil.example.test/jwks"),
        signed(claims, key, typ="at+jwt", kid="x", jwk=key.as_dict(private=False)),
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{head}.{body[:-2]}.{signature}",
        "e30.e30.",
        "A" * 64,
        "x" * 20_000,
        "a.b.c",
        "\N{SNOWMAN}",
    ]

    for one in forged:
        for kind in TYPES:
            response = await exchange(sqlite_trading, one, kind=kind)
            await refused_and_recorded(sqlite_trading, response, "invalid_request")


async def test_what_is_known_of_a_refused_chain_is_recorded(trading: World) -> None:
    """Who would have acted, and for whom: of actor tokens that are good, over and made up."""
    alice, bob = trading.people["alice"], trading.people["bob"]
    subject, bobs = await panel_tokens(trading), await desk_tokens(trading)
    own = success(await trading.browser().token("gateway", grant_type="client_credentials"))
    acted = await exchanged(trading, bobs["access_token"])

    for actor, known in (
        (bobs["access_token"], [bob.sub]),
        (acted["access_token"], [bob.sub, "client:gateway"]),
        ("made up", []),
    ):
        form = {"actor_token": actor, "actor_token_type": TYPES["access_token"]}
        await refused_and_recorded(
            trading, await exchange(trading, subject["access_token"], **form), "invalid_request"
        )
        event = (await trail(trading))[-1]
        assert (event["chain"], event["actor_chain"], event["actor_token"]) == (
            [alice.sub],
            known,
            "access_token",
        )
    await disable(trading, "gateway")
    form = {"actor_token": own["access_token"], "actor_token_type": TYPES["access_token"]}
    await refused_and_recorded(
        trading, await exchange(trading, subject["access_token"], "desk", **form), "invalid_request"
    )
    assert (await trail(trading))[-1]["actor_chain"] == ["client:gateway"]


@pytest.mark.parametrize(
    ("named", "told"),
    [("aa11111-ovh", "aa11111-ovh"), ("bob@example.test", ""), ("x" * 65, ""), ("a\nb", "")],
)
async def test_for_whom_it_would_have_been_is_recorded(sqlite_trading: World, named: str, told: str) -> None:
    bobs = await panel_tokens(sqlite_trading, identifier="bb22222-ovh")

    response = await exchange(sqlite_trading, bobs["access_token"], "panel", requested_subject=named)

    await refused_and_recorded(sqlite_trading, response, "invalid_request")
    event = (await trail(sqlite_trading))[-1]
    assert (event["chain"], event["requested_subject"]) == ([sqlite_trading.people["bob"].sub], told)


@pytest.mark.parametrize("kind", ["access_token", "refresh_token", "id_token"])
async def test_whose_a_token_was_that_is_over_is_recorded(sqlite_trading: World, kind: str) -> None:
    tokens, alice = await panel_tokens(sqlite_trading), sqlite_trading.people["alice"]
    await disable_person(sqlite_trading, "alice")

    response = await exchange(sqlite_trading, tokens[kind], "panel", kind=kind)

    await refused_and_recorded(sqlite_trading, response, "invalid_request")
    event = (await trail(sqlite_trading))[-1]
    assert (event["subject_id"], event["chain"]) == (alice.subject_id, [alice.sub])


async def test_a_cut_opaque_token(sqlite_trading: World) -> None:
    subject = await panel_tokens(sqlite_trading)
    opaque = (await exchanged(sqlite_trading, subject["access_token"], audience=OPAQUE))["access_token"]

    for wrong in (opaque[:-1], opaque[:-1] + ("A" if opaque[-1] != "A" else "B"), opaque[:22]):
        response = await exchange(sqlite_trading, wrong)
        await refused_and_recorded(sqlite_trading, response, "invalid_request")


async def test_tokens_that_are_over(trading: World) -> None:
    tokens = await panel_tokens(trading)
    trading.clock.pass_(trading.house.settings.tokens.access_token_lifetime_seconds)

    for kind in ("access_token", "id_token"):
        response = await exchange(trading, tokens[kind], "panel", kind=kind)
        await refused_and_recorded(trading, response, "invalid_request")


@pytest.mark.requirement("S13")
async def test_a_token_that_was_revoked(trading: World) -> None:
    tokens = await panel_tokens(trading)
    await trading.browser().call("/revoke", "panel", token=tokens["refresh_token"])

    for kind in ("access_token", "refresh_token", "id_token"):
        response = await exchange(trading, tokens[kind], "panel", kind=kind)
        await refused_and_recorded(trading, response, "invalid_request")


async def test_a_refresh_token_that_was_used(trading: World) -> None:
    tokens = await panel_tokens(trading)
    await trading.browser().token("panel", grant_type="refresh_token", refresh_token=tokens["refresh_token"])

    response = await exchange(trading, tokens["refresh_token"], "panel", kind="refresh_token")

    await refused_and_recorded(trading, response, "invalid_request")


async def test_a_refresh_token_of_another_client(tmp_path: Path, sqlite_url: str) -> None:
    """Whatever a rule says: it never leaves its client."""
    rules = changed(desk={"subject_types": ("access_token", "refresh_token", "id_token")})
    async with exchange_world(exchange_settings(sqlite_url, tmp_path, exchanges=rules)) as world:
        tokens = await panel_tokens(world)

        response = await exchange(world, tokens["refresh_token"], "desk", kind="refresh_token")
        assert "another client" in await refused_and_recorded(world, response, "invalid_request")
        # An ID token may, where a rule says so.
        assert (await exchanged(world, tokens["id_token"], "desk", kind="id_token"))["access_token"]


async def test_an_id_token_after_signing_out(trading: World) -> None:
    browser = trading.browser()
    tokens = await panel_tokens(trading, browser)
    await browser.get("/logout", params={"id_token_hint": tokens["id_token"]})

    response = await exchange(trading, tokens["id_token"], "panel", kind="id_token")

    await refused_and_recorded(trading, response, "invalid_request")


async def test_a_disabled_subject(trading: World) -> None:
    tokens = await panel_tokens(trading)
    await disable_person(trading, "alice")

    for kind in ("access_token", "refresh_token", "id_token"):
        response = await exchange(trading, tokens[kind], "panel", kind=kind)
        await refused_and_recorded(trading, response, "invalid_request")
    await refused_and_recorded(trading, await exchange(trading, tokens["access_token"]), "invalid_request")


async def test_a_subject_token_of_a_disabled_client(trading: World) -> None:
    tokens = await panel_tokens(trading)
    await disable(trading, "panel")

    response = await exchange(trading, tokens["access_token"])

    await refused_and_recorded(trading, response, "invalid_request")


async def test_a_disabled_actor(trading: World) -> None:
    """The client itself, and a person who uses it."""
    tokens = await panel_tokens(trading)
    person = await desk_tokens(trading)
    form = {"actor_token": person["access_token"], "actor_token_type": TYPES["access_token"]}
    await disable_person(trading, "bob")
    response = await exchange(trading, tokens["access_token"], "desk", **form)
    assert "actor_token" in await refused_and_recorded(trading, response, "invalid_request")

    await disable(trading, "gateway")
    refused(await exchange(trading, tokens["access_token"]), "invalid_client", 401)


async def test_exchanging_too_often(sqlite_trading: World) -> None:
    token = (await panel_tokens(sqlite_trading))["access_token"]
    for _ in range(10):
        token = (await exchanged(sqlite_trading, token))["access_token"]

    response = await exchange(sqlite_trading, token)

    assert "too often" in await refused_and_recorded(sqlite_trading, response, "invalid_request")


async def test_a_parameter_that_is_sent_twice(sqlite_trading: World) -> None:
    token = (await panel_tokens(sqlite_trading))["access_token"]
    for name in ("subject_token", "scope", "requested_subject", "actor_token"):
        form: dict[str, Any] = {
            "grant_type": TOKEN_EXCHANGE,
            "subject_token": [token],
            "subject_token_type": TYPES["access_token"],
        }
        form[name] = ["x", "y"]
        browser = sqlite_trading.browser()
        browser.http.auth = ("gateway", "gateway-secret")
        assert "more than once" in refused(await browser.http.post("/token", data=form), "invalid_request")


async def test_only_exchanges_repeat_audiences(sqlite_trading: World) -> None:
    browser = sqlite_trading.browser()
    browser.http.auth = ("gateway", "gateway-secret")

    form: dict[str, Any] = {"grant_type": "client_credentials", "audience": [API, LEDGER]}

    assert "more than once" in refused(await browser.http.post("/token", data=form), "invalid_request")


async def test_an_id_token_of_somebody_who_is_gone(sqlite_trading: World) -> None:
    keyring, now = sqlite_trading.house.keyring, sqlite_trading.clock.now()
    claims = {"iss": ISSUER, "sub": "gone", "aud": "panel", "sid": "x", "iat": now, "exp": now + 60}
    token = keyring.sign(claims, algorithm="RS256", typ="JWT")

    response = await exchange(sqlite_trading, token, "panel", kind="id_token")

    await refused_and_recorded(sqlite_trading, response, "invalid_request")


async def test_a_public_client_that_somebody_gave_the_grant(sqlite_trading: World) -> None:
    """Registration refuses it; whatever the row says, so does the endpoint."""
    await register(sqlite_trading, service("open-one", token_endpoint_auth_method="none"))
    subject = (await panel_tokens(sqlite_trading))["access_token"]
    form = {
        "grant_type": TOKEN_EXCHANGE, "subject_token": subject, "subject_token_type": TYPES["access_token"],
        "client_id": "open-one",
    }  # fmt: skip

    response = await sqlite_trading.browser().http.post("/token", data=form)

    await refused_and_recorded(sqlite_trading, response, "unauthorized_client")
