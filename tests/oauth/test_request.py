"""The parameters of an authorization request, once its client is trusted. RFC 6749 §4.1.1, RFC 7636, RFC 8707,
OpenID Connect Core §3.1.2.
"""

from dataclasses import replace
from urllib.parse import urlencode

import pytest

from idp.clients.registration import register_client
from idp.records.client import ClientId
from idp.records.event import Occasion
from tests.oauth.wire import SPA, code_of, consented, fragment_free, is_printable, success, tokens_of
from tests.support.clients import API, CLIENTS, LEDGER
from tests.support.world import CHALLENGE, ISSUER, START, VERIFIER, World, answer, asked

_REFUSED: list[tuple[dict[str, str], str]] = [
    # Authlib deviations 3 and 4: the wrong error, or a crash.
    ({"response_type": ""}, "invalid_request"),
    ({"response_type": "none"}, "unsupported_response_type"),
    ({"response_type": "code none"}, "unsupported_response_type"),
    ({"response_type": "code code"}, "unsupported_response_type"),
    ({"response_type": "CODE"}, "unsupported_response_type"),
    ({"response_type": 'co"de'}, "unsupported_response_type"),
    ({"response_type": "\N{SNOWMAN}\\"}, "unsupported_response_type"),
    ({"response_type": "x" * 5_000}, "unsupported_response_type"),
    # Authlib deviation 5: response_mode was ignored.
    ({"response_mode": "web_message"}, "invalid_request"),
    ({"response_mode": "QUERY"}, "invalid_request"),
    ({"response_mode": "query.jwt"}, "invalid_request"),
    ({"response_mode": 'x"'}, "invalid_request"),
    # Authlib deviation 1: a request without a challenge got a code, and `plain` was fine.
    ({"code_challenge": ""}, "invalid_request"),
    ({"code_challenge_method": ""}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge_method": "s256"}, "invalid_request"),
    ({"code_challenge": CHALLENGE[:-1]}, "invalid_request"),
    ({"code_challenge": CHALLENGE + "="}, "invalid_request"),
    ({"code_challenge": CHALLENGE[:-1] + "+"}, "invalid_request"),
    ({"code_challenge": CHALLENGE[:-1] + "\N{SNOWMAN}"}, "invalid_request"),
    ({"code_challenge": CHALLENGE + "\n"}, "invalid_request"),
    # Authlib deviation 10: `request` was silently ignored.
    ({"request": "e30.e30."}, "invalid_request_object"),
    ({"request_uri": "https://x.example/r"}, "invalid_request_uri"),
    ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request_uri"),
    ({"registration": "{}"}, "registration_not_supported"),
    ({"scope": ""}, "invalid_scope"),
    ({"scope": "unknown"}, "invalid_scope"),
    ({"scope": "openid  profile"}, "invalid_scope"),
    ({"scope": " openid"}, "invalid_scope"),
    ({"scope": 'open"id'}, "invalid_scope"),
    ({"scope": "openid\tprofile"}, "invalid_scope"),
    ({"scope": "op\N{LATIN SMALL LETTER E WITH ACUTE}nid"}, "invalid_scope"),
    ({"prompt": "none login"}, "invalid_request"),
    ({"prompt": "consent none"}, "invalid_request"),
    ({"prompt": "create login"}, "invalid_request"),
    ({"prompt": "enrol"}, "invalid_request"),
    ({"prompt": "NONE"}, "invalid_request"),
    ({"prompt": '"\\\N{SNOWMAN}'}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"max_age": "1.5"}, "invalid_request"),
    ({"max_age": " 1"}, "invalid_request"),
    ({"max_age": "\N{ARABIC-INDIC DIGIT THREE}"}, "invalid_request"),
    ({"max_age": "9" * 400}, "invalid_request"),
    ({"resource": "https://unknown.example"}, "invalid_target"),
    ({"resource": LEDGER}, "invalid_target"),
    ({"resource": API + "/"}, "invalid_target"),
    ({"resource": API.upper()}, "invalid_target"),
    ({"resource": "not a uri"}, "invalid_target"),
    ({"resource": "\N{SNOWMAN}"}, "invalid_target"),
    ({"claims": "x"}, "invalid_request"),
    ({"claims": "[]"}, "invalid_request"),
    ({"claims": '{"id_token": {"sub": {"value": 5}}}'}, "invalid_request"),
    ({"claims": "[" * 1_500}, "invalid_request"),
    ({"id_token_hint": "x"}, "invalid_request"),
    ({"id_token_hint": "e30.e30."}, "invalid_request"),
    ({"id_token_hint": "e30.e30.x.y.z"}, "invalid_request"),
    ({"state": "x" * 4_097}, "invalid_request"),
    ({"nonce": "x" * 4_097}, "invalid_request"),
]


@pytest.mark.requirement("S7", "S10", "S11", "S12")
async def test_what_is_refused_goes_to_the_client(sqlite_world: World, subtests: pytest.Subtests) -> None:
    for parameters, error in _REFUSED:
        with subtests.test(parameters={name: value[:40] for name, value in parameters.items()}):
            response = await sqlite_world.browser().get("/authorize", params=asked(**parameters))

            assert response.status_code == 303
            address, query = fragment_free(response.headers["location"])
            assert address == "http://localhost:8001/callback"
            assert query["error"] == [error]
            assert query["state"] == [parameters.get("state", "some state")]
            assert query["iss"] == [ISSUER]
            assert set(query) <= {"error", "error_description", "state", "iss"}
            assert is_printable(query["error_description"][0])
            assert len(query["error_description"][0]) <= 500


@pytest.mark.requirement("S27")
async def test_repeated_parameters_are_refused(sqlite_world: World, subtests: pytest.Subtests) -> None:
    for name in ("response_type", "scope", "state", "nonce", "code_challenge", "prompt", "max_age", "x"):
        for value in (asked().get(name, "1"), ""):
            with subtests.test(name=name, value=value):
                repeated = [*asked().items(), (name, value), (name, value)]
                response = await sqlite_world.browser().get(f"/authorize?{urlencode(repeated)}")
                assert answer(response)["error"] == "invalid_request"
                assert answer(response)["state"] == "some state"


@pytest.mark.parametrize(
    "state",
    [
        "s",
        "a\"b'c\\d<e>&f=g#h+i%20j",
        " leading and trailing ",
        "line\r\nbreak\ttab",
        "\N{SNOWMAN}\N{GRINNING FACE}e\N{COMBINING ACUTE ACCENT}",
        "%",
        "x" * 4_096,
    ],
)
async def test_state_comes_back_as_it_was(sqlite_world: World, state: str) -> None:
    """Authlib deviations 5 and 6: a state with a space or `%` arrived altered, or not at all."""
    browser = sqlite_world.browser()

    granted = answer(await browser.sign_in(state=state))
    refused = answer(await browser.get("/authorize", params=asked(state=state, scope="unknown")))

    assert "code" in granted
    assert granted["state"] == refused["state"] == state


async def test_without_state_none_comes_back(sqlite_world: World) -> None:
    browser = sqlite_world.browser()

    assert set(answer(await browser.sign_in(state=""))) == {"code", "iss", "session_state"}
    assert "state" not in answer(await browser.get("/authorize", params=asked(state="", prompt="enrol")))


async def test_denial_keeps_state_and_iss(world: World) -> None:
    """Authlib deviations 6 and 7: denial lost both."""
    browser = world.browser()
    await browser.sign_in()
    page = await browser.authorize(**SPA, state="a b%")

    response = await browser.follow(await browser.submit(page, action="deny"))

    assert answer(response)["error"] == "access_denied"
    assert (answer(response)["state"], answer(response)["iss"]) == ("a b%", ISSUER)


async def test_unknown_parameters_and_values_that_are_hints_do_no_harm(sqlite_world: World) -> None:
    """Core §3.1.2.1 and RFC 6749 §3.1; oidcc-ensure-request-with-unknown-parameter-succeeds."""
    hints = {
        "extra": "foobar",
        "claims_locales": "se",
        "ui_locales": "se fr-CA \N{SNOWMAN}",
        "display": "hologram",
        "acr_values": "urn:mace:incommon:iap:silver 1",
        "login_hint": "buffy@localhost" + "x" * 500,
        "claims": '{"userinfo": {"email": {"essential": true}, "name#fr": null}, "id_token": {"email": null}, "x": 1}',
        "id_token_hint": "",
        "audience": "elsewhere",
        "\N{SNOWMAN}": "\N{SNOWMAN}",
    }

    assert "code" in answer(await sqlite_world.browser().sign_in(**hints))


@pytest.mark.requirement("S33")
async def test_acr_is_what_was_reached_whatever_was_asked(sqlite_world: World) -> None:
    tokens = await tokens_of(sqlite_world, acr_values="99 phr 2")

    claims = sqlite_world.house.keyring.verify(tokens["id_token"], typ="JWT")
    assert claims["acr"] == "1"
    assert claims["amr"] == ["pwd"]


@pytest.mark.requirement("S12")
async def test_scopes_that_the_client_may_not_have_are_left_out(sqlite_world: World) -> None:
    tokens = await tokens_of(sqlite_world, scope="openid ledger:read invoices:pay admin profile profile")

    assert tokens["scope"] == "openid profile"


async def test_offline_access_is_left_out_where_it_means_nothing(sqlite_world: World) -> None:
    house = sqlite_world.house
    client = replace(
        CLIENTS[0][0], client_id=ClientId("plain"), grant_types=frozenset({"authorization_code"})
    )
    occasion = Occasion(now=START, actor="cli:test")
    await register_client(house.database, house.audit, house.entropy, occasion, client, secret="plain-secret")

    response = await sqlite_world.browser().sign_in(client_id="plain", scope="openid offline_access")
    tokens = success(await sqlite_world.browser().redeem(response, "plain"))

    assert tokens["scope"] == "openid"
    assert "refresh_token" not in tokens


async def test_a_scope_without_openid_yields_no_id_token(sqlite_world: World) -> None:
    tokens = await tokens_of(sqlite_world, scope="invoices:read")

    assert tokens["scope"] == "invoices:read"
    assert "id_token" not in tokens


async def test_nonce_is_optional_and_comes_back_as_it_was(sqlite_world: World) -> None:
    """Authlib deviation 12; oidcc-ensure-request-without-nonce-succeeds-for-code-flow."""
    without = await tokens_of(sqlite_world, nonce="")
    strange = await tokens_of(sqlite_world, nonce='"\\ %\N{SNOWMAN}')
    again = await tokens_of(sqlite_world, nonce='"\\ %\N{SNOWMAN}')

    verify = sqlite_world.house.keyring.verify
    assert "nonce" not in verify(without["id_token"], typ="JWT")
    for tokens in (strange, again):
        assert verify(tokens["id_token"], typ="JWT")["nonce"] == '"\\ %\N{SNOWMAN}'


async def test_a_resource_decides_the_audience_and_the_scopes(world: World) -> None:
    """RFC 8707 §2: several are allowed, and the token is for those alone."""
    tokens = await tokens_of(world, resource=API, scope="openid invoices:read")
    claims = world.house.keyring.verify(tokens["access_token"], typ="at+jwt")
    assert claims["aud"] == API

    browser = world.browser()
    await browser.sign_in()
    twice = urlencode([*asked().items(), ("resource", API), ("resource", API), ("resource", "")])
    code = answer(await browser.get(f"/authorize?{twice}"))["code"]
    redeemed = success(
        await browser.token(
            grant_type="authorization_code",
            code=code,
            redirect_uri="http://localhost:8001/callback",
            code_verifier=VERIFIER,
            resource=API,
        )
    )
    assert world.house.keyring.verify(redeemed["access_token"], typ="at+jwt")["aud"] == API


async def test_several_resources_are_checked_one_by_one(sqlite_world: World) -> None:
    query = urlencode([*asked().items(), ("resource", API), ("resource", LEDGER)])

    response = await sqlite_world.browser().get(f"/authorize?{query}")

    assert answer(response)["error"] == "invalid_target"


async def test_codes_are_long_and_never_repeat(sqlite_world: World) -> None:
    """oidcc-server wants 128 bits; ours carry 256 random ones."""
    browser = sqlite_world.browser()
    codes = {await code_of(browser) for _ in range(20)}

    assert len(codes) == 20
    assert {len(code) for code in codes} == {64}
    assert len({code[22:] for code in codes}) == 20


@pytest.mark.requirement("S35")
async def test_only_digests_of_codes_and_tokens_are_stored(world: World) -> None:
    browser = world.browser()
    code = answer(await browser.sign_in())["code"]
    tokens = await tokens_of(world)

    stored = repr(
        [
            await world.rows(f"SELECT * FROM {table}")
            for table in ("code", "refresh_token", "family", "audit_event", "interaction", "client_secret")
        ]
    )
    for secret in (code, tokens["refresh_token"], tokens["access_token"], "manager-secret"):
        assert secret not in stored
        assert secret[-40:] not in stored


async def test_consent_is_remembered_for_the_same_scopes_alone(world: World) -> None:
    browser = world.browser()
    assert "code" in answer(await consented(browser, scope="openid profile"))

    silent = await browser.get("/authorize", params=asked(**SPA, scope="openid", prompt="none"))
    assert "code" in answer(silent)
    more = await browser.get("/authorize", params=asked(**SPA, scope="openid email", prompt="none"))
    assert answer(more)["error"] == "consent_required"
    asked_again = await browser.authorize(**SPA, scope="openid", prompt="consent")
    assert 'id="consent"' in asked_again.text


@pytest.mark.requirement("S24")
async def test_no_page_of_another_origin_may_read_an_authorization_response(sqlite_world: World) -> None:
    headers = {"origin": "https://spa.example"}
    browser = sqlite_world.browser(headers=headers)

    for path in ("/authorize", "/logout", "/account", "/introspect"):
        response = await browser.get(path, params=asked())
        assert not [name for name in response.headers if name.startswith("access-control")]
        preflight = await browser.http.options(path, headers={"access-control-request-method": "GET"})
        assert preflight.status_code == 405
        assert not [name for name in preflight.headers if name.startswith("access-control")]
