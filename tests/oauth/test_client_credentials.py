"""Client credentials: a client acts for itself. RFC 6749 §4.4, RFC 9068 §2.2."""

from tests.oauth.wire import Tokens, refused, success, userinfo
from tests.support.clients import API, LEDGER
from tests.support.world import World


async def _token(world: World, **form: str) -> Tokens:
    return success(await world.browser().token("machine", grant_type="client_credentials", **form))


async def test_the_client_is_its_own_subject(world: World) -> None:
    tokens = await _token(world)

    assert set(tokens) == {"access_token", "token_type", "expires_in", "scope"}
    claims = world.house.keyring.verify(tokens["access_token"], typ="at+jwt", now=world.clock.now())
    assert claims["sub"] == claims["client_id"] == "machine"
    assert claims["aud"] == API
    assert not {"auth_time", "acr", "amr"} & set(claims)
    assert await world.rows("SELECT family_id FROM family") == []
    assert await world.rows("SELECT client_id, reason FROM audit_event WHERE type = 'token.issued'") == [
        ("machine", "client_credentials")
    ]


async def test_a_resource_decides_which_scopes_mean_something(sqlite_world: World) -> None:
    assert (await _token(sqlite_world))["scope"] == "invoices:read"
    assert (await _token(sqlite_world, resource=LEDGER))["scope"] == "ledger:read"
    narrow = await _token(sqlite_world, resource=LEDGER, scope="ledger:read")
    assert narrow["scope"] == "ledger:read"


async def test_what_it_may_not_have_is_refused(sqlite_world: World) -> None:
    """CVE-2024-52287: unconfigured scopes. Authlib deviation 18: an empty scope instead of invalid_scope."""
    browser = sqlite_world.browser()
    for form, error in (
        ({"scope": "invoices:pay"}, "invalid_scope"),
        ({"scope": "openid"}, "invalid_scope"),
        ({"scope": "offline_access"}, "invalid_scope"),
        ({"scope": "ledger:read"}, "invalid_scope"),
        ({"scope": "invoices:read invoices:pay"}, "invalid_scope"),
        ({"scope": 'x"\\'}, "invalid_scope"),
        ({"scope": "invoices:read  ledger:read"}, "invalid_scope"),
        ({"scope": "\N{SNOWMAN}"}, "invalid_scope"),
        ({"resource": "https://unknown.example"}, "invalid_target"),
        ({"resource": "\N{SNOWMAN}"}, "invalid_target"),
    ):
        refused(await browser.token("machine", grant_type="client_credentials", **form), error)
    assert await sqlite_world.rows("SELECT type FROM audit_event WHERE type = 'token.issued'") == []


async def test_it_opens_no_userinfo(sqlite_world: World) -> None:
    tokens = await _token(sqlite_world)

    response = await userinfo(sqlite_world.browser(), tokens["access_token"])

    assert response.status_code == 403
    assert 'error="insufficient_scope"' in response.headers["www-authenticate"]


async def test_its_rowless_family_can_be_revoked(world: World) -> None:
    tokens, other = await _token(world), await _token(world)
    browser = world.browser()
    asked = {"token": tokens["access_token"]}
    assert success(await browser.call("/introspect", "introspector", **asked))["active"] is True

    for _ in range(2):
        assert (await browser.call("/revoke", "machine", **asked)).status_code == 200

    assert success(await browser.call("/introspect", "introspector", **asked)) == {"active": False}
    still = await browser.call("/introspect", "introspector", token=other["access_token"])
    assert success(still)["active"] is True
    assert await world.rows("SELECT client_id, subject_id, revoked_reason FROM family") == [
        ("machine", None, "revoked_by_client")
    ]
