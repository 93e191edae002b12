"""What is pushed, and with which reference somebody comes, by people who mean no good. RFC 9126 §7."""

import json
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from idp.clients.registration import disable_client
from idp.config.settings import Login
from idp.records.event import Occasion
from idp.store.clients import UPDATE_METADATA, metadata_text
from idp.store.pruning import PRUNINGS
from tests.oauth.pushing import (
    PUSHER,
    URN,
    come,
    is_over,
    is_untrusted,
    push,
    pushed,
    register_pusher,
    sign_in,
    visitor,
)
from tests.oauth.wire import SPA, refused
from tests.support.client_keys import client_key, jwks, public_jwk
from tests.support.world import World, answer, asked, basic, is_asking

_FORM = "application/x-www-form-urlencoded"
_BASIC = {"authorization": basic("manager")}


async def test_another_clients_reference_is_none(world: World) -> None:
    """fapi2-…-par-attempt-to-use-request_uri-for-different-client."""
    await register_pusher(world)
    reference = await pushed(world)
    assert is_untrusted(await come(visitor(world), reference, PUSHER))
    assert is_untrusted(await come(visitor(world), reference, "spa"))
    told = answer(await visitor(world).authorize(client_id="spa", **_beside(SPA), request_uri=reference))
    assert told["error"] == "invalid_request_uri"
    # Who it was pushed by loses nothing.
    assert is_asking(await come(visitor(world), reference), "login")


def _beside(client: dict[str, str]) -> dict[str, str]:
    return {"redirect_uri": client["redirect_uri"]}


@pytest.mark.parametrize("client_id", ["", "nobody", "manager\n", "MANAGER", "manager "])
async def test_reference_without_its_client_is_none(sqlite_world: World, client_id: str) -> None:
    reference = await pushed(sqlite_world)
    assert is_untrusted(await come(visitor(sqlite_world), reference, client_id))


async def test_expired_reference_begins_nothing(world: World) -> None:
    """fapi2-…-par-attempt-to-use-expired-request_uri."""
    reference = await pushed(world)
    world.clock.pass_(89)
    assert is_asking(await come(visitor(world), reference), "login")
    world.clock.pass_(1)
    assert is_over(await come(visitor(world), reference))
    signed_in = visitor(world)
    await signed_in.sign_in()
    assert is_over(await come(signed_in, reference))


async def test_guessed_and_damaged_references_are_none(
    sqlite_world: World, subtests: pytest.Subtests
) -> None:
    reference = await pushed(sqlite_world)
    value = reference.removeprefix(URN)
    last = "A" if value[-1] != "A" else "B"
    for wrong in (
        URN,
        f"{URN}x",
        f"{URN}{'A' * 64}",
        reference[:-1],
        f"{reference}A",
        f"{reference[:-1]}{last}",
        f"{URN}{'A' * 22}{value[22:]}",
        f"{reference}=",
        f"{reference} ",
        f"{reference}#x",
        f"{reference}?x",
        f"{URN}{value.swapcase()}",
        f"{URN}{'é' * 64}",
        f"{URN}' OR 1=1 --",
    ):
        with subtests.test(wrong):
            assert is_untrusted(await come(visitor(sqlite_world), wrong))
    assert is_asking(await come(visitor(sqlite_world), reference), "login")


@pytest.mark.parametrize(
    "wrong", ["urn:ietf:params:oauth:request_uri", "URN:ietf:params:oauth:request_uri:x", "urn:x"]
)
async def test_what_only_looks_like_a_reference_is_never_fetched(sqlite_world: World, wrong: str) -> None:
    assert is_untrusted(await come(visitor(sqlite_world), wrong))
    assert sqlite_world.outside.fetched == []


async def test_two_requests_at_once_are_none(sqlite_world: World) -> None:
    reference, other = await pushed(sqlite_world), await pushed(sqlite_world)
    browser = visitor(sqlite_world)
    twice = [("client_id", "manager"), ("request_uri", reference), ("request_uri", other)]
    assert is_untrusted(await browser.get(f"/authorize?{urlencode(twice)}"))
    assert is_untrusted(await come(browser, reference, request="eyJ.e30."))
    two_clients = [("client_id", "manager"), ("client_id", "spa"), ("request_uri", reference)]
    assert is_untrusted(await browser.get(f"/authorize?{urlencode(two_clients)}"))


async def test_reference_is_of_no_use_at_other_endpoints(sqlite_world: World) -> None:
    value = (await pushed(sqlite_world)).removeprefix(URN)
    browser = sqlite_world.browser()
    form = {
        "grant_type": "authorization_code",
        "redirect_uri": asked()["redirect_uri"],
        "code_verifier": "v" * 43,
    }
    refused(await browser.token(code=value, **form), "invalid_grant")
    refused(await browser.token(grant_type="refresh_token", refresh_token=value), "invalid_grant")
    page = await browser.sign_in()
    code = answer(page)["code"]
    assert is_untrusted(await come(visitor(sqlite_world), f"{URN}{code}"))


async def test_who_does_not_authenticate_pushes_nothing(world: World) -> None:
    http = world.browser().http
    for form, headers in (
        (asked(), {}),
        (asked(client_id="nobody"), {}),
        ({}, {}),
        (asked(), {"authorization": basic("manager", "wrong")}),
        (asked(client_secret="wrong"), {}),
        (asked(client_id=""), {"authorization": basic("spa", "x")}),
    ):
        refused(await http.post("/par", data=form, headers=headers), "invalid_client", 401)
    # Who asks in another's name, or twice.
    refused(await http.post("/par", data=asked(client_id="spa"), headers=_BASIC), "invalid_request")
    both = asked(client_secret="manager-secret")
    refused(await http.post("/par", data=both, headers=_BASIC), "invalid_request")
    assert await world.rows("SELECT count(*) FROM pushed_request") == [(0,)]


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"redirect_uri": ""}, "invalid_request"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"redirect_uri": "http://localhost:8001/callback/"}, "invalid_request"),
        ({"redirect_uri": "http://localhost:8001/callback#f"}, "invalid_request"),
        ({"response_type": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": "none"}, "unsupported_response_type"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"scope": "nobody:knows"}, "invalid_scope"),
        ({"scope": 'a"b'}, "invalid_scope"),
        ({"resource": "https://other.example"}, "invalid_target"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
        ({"response_mode": "pigeon"}, "invalid_request"),
        ({"id_token_hint": "x.y.z"}, "invalid_request"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"state": "s" * 4_097}, "invalid_request"),
        ({"login_hint": "h" * 17_000}, "invalid_request"),
        ({"request": "x"}, "invalid_request_object"),
        ({"request": "x.y.z"}, "invalid_request_object"),
        ({"dpop_jkt": "short"}, "invalid_request"),
        ({"request_uri": f"{URN}{'A' * 64}"}, "invalid_request"),
        ({"request_uri": "https://jar.example/object.jwt"}, "invalid_request"),
        ({"claims": json.dumps({"id_token": {"acr": {"essential": True, "value": "gold"}}})},
         "unmet_authentication_requirements"),
    ],
)  # fmt: skip
async def test_what_could_not_be_asked_cannot_be_pushed(
    sqlite_world: World, parameters: dict[str, str], error: str
) -> None:
    """fapi2-…-par-authorization-request-containing-request_uri-form-param and its neighbours."""
    refused(await push(sqlite_world, **parameters), error)
    assert sqlite_world.outside.fetched == []
    assert await sqlite_world.rows("SELECT count(*) FROM pushed_request") == [(0,)]


async def test_reference_that_was_taken_can_not_be_pushed(world: World) -> None:
    refused(await push(world, request_uri=await pushed(world)), "invalid_request")


async def test_client_without_this_grant_pushes_nothing(sqlite_world: World) -> None:
    for client in ("machine", "introspector"):
        form = {"response_type": "code", "redirect_uri": "http://localhost:8001/callback"}
        refused(await sqlite_world.browser().call("/par", client, **form), "invalid_request")


async def test_disabled_client_pushes_and_comes_with_nothing(sqlite_world: World) -> None:
    reference = await pushed(sqlite_world)
    house = sqlite_world.house
    occasion = Occasion(now=sqlite_world.clock.now(), actor="cli:test")
    await disable_client(house.database, house.audit, occasion, "manager")
    sqlite_world.clock.pass_(10)
    refused(await push(sqlite_world), "invalid_client", 401)
    assert is_untrusted(await come(visitor(sqlite_world), reference))


async def test_change_of_the_client_counts_for_what_it_pushed_before(sqlite_world: World) -> None:
    """Its redirect URI was taken away meanwhile."""
    await register_pusher(sqlite_world, "moved", redirect_uris=("https://old.example/callback",))
    reference = await pushed(sqlite_world, "moved", redirect_uri="https://old.example/callback")
    await _move(sqlite_world)
    sqlite_world.clock.pass_(10)
    assert is_untrusted(await come(visitor(sqlite_world), reference, "moved"))


async def _move(world: World) -> None:
    found = await world.house.clients.find("moved", world.clock.now())
    assert found is not None
    changed = replace(found, redirect_uris=("https://new.example/callback",))
    now = world.clock.now()
    effect = UPDATE_METADATA.effect(of_client="moved", metadata=metadata_text(changed), now=now)
    assert await world.house.database.apply([effect])


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD"])
async def test_nothing_but_a_post_pushes(sqlite_world: World, method: str) -> None:
    """fapi2-…-par-attempt-invalid-http-method."""
    http = sqlite_world.browser().http
    response = await http.request(method, "/par", params=asked(), headers=_BASIC)
    assert response.status_code == 405
    assert await sqlite_world.rows("SELECT count(*) FROM pushed_request") == [(0,)]


async def test_body_is_a_form_and_nothing_else(sqlite_world: World, subtests: pytest.Subtests) -> None:
    http = sqlite_world.browser().http
    form = urlencode(asked()).encode()
    for content, media_type in (
        (json.dumps(asked()).encode(), "application/json"),
        (json.dumps(asked()).encode(), _FORM),
        (form, "text/plain"),
        (form, "multipart/form-data; boundary=x"),
        (form, ""),
        (form, f"{_FORM}; charset=utf-16"),
        (b"", _FORM),
        (b"\xff=\xfe", _FORM),
        (form + b"&state=%00", _FORM),
        (form + b"&nonce=%ff", _FORM),
        (form + b"&a=b" * 120, _FORM),
    ):
        with subtests.test(media_type, content=content[-20:]):
            headers = {**_BASIC, "content-type": media_type}
            refused(await http.post("/par", content=content, headers=headers), "invalid_request")
    too_much = await http.post("/par", content=b"x" * 70_000, headers={**_BASIC, "content-type": _FORM})
    assert too_much.status_code == 413
    assert await sqlite_world.rows("SELECT count(*) FROM pushed_request") == [(0,)]


async def test_query_of_the_address_does_not_count(sqlite_world: World) -> None:
    """A secret there would be in logs, and a parameter there could be anybody's."""
    http = sqlite_world.browser().http
    refused(await http.post(f"/par?{urlencode(asked(**SPA))}"), "invalid_client", 401)


@pytest.mark.parametrize(
    "name", ["client_id", "redirect_uri", "scope", "state", "nonce", "dpop_jkt", "request", "unknown"]
)
async def test_repeated_parameter_is_refused(sqlite_world: World, name: str) -> None:
    """fapi2-…-par-without-duplicate-parameters; RFC 8707 §2 alone allows it, for resource."""
    http = sqlite_world.browser().http
    value = asked().get(name, "x")
    pairs = [*((key, found) for key, found in asked().items() if key != name), (name, value), (name, value)]
    headers = {**_BASIC, "content-type": _FORM}
    refused(await http.post("/par", content=urlencode(pairs).encode(), headers=headers), "invalid_request")


async def test_reference_is_never_logged(sqlite_world: World, capsys: pytest.CaptureFixture[str]) -> None:
    browser, reference = visitor(sqlite_world), await pushed(sqlite_world)
    await sign_in(browser, await come(browser, reference))
    await come(browser, reference)
    said = capsys.readouterr()
    assert reference.removeprefix(URN) not in said.out + said.err


async def test_what_is_over_is_forgotten_once_nobody_can_be_answering_it(world: World) -> None:
    """Who came at the last moment may take as long as any page may wait (`login.interaction_seconds`)."""
    longest = max(Login.__dataclass_fields__["interaction_seconds"].metadata["within"])
    await pushed(world)
    world.clock.pass_(90 + longest)
    await _forget(world)
    assert await world.rows("SELECT count(*) FROM pushed_request") == [(1,)]
    world.clock.pass_(1)
    await _forget(world)
    assert await world.rows("SELECT count(*) FROM pushed_request") == [(0,)]


async def _forget(world: World) -> None:
    for pruning in PRUNINGS:
        await world.house.database.apply([pruning.effect(world.clock.now(), is_full=False)])


async def test_no_browser_may_push_for_who_signs_its_requests(sqlite_world: World) -> None:
    """RFC 9101 §10.5: what is not signed is refused where it is pushed, too."""
    await register_pusher(
        sqlite_world, require_signed_request_object=True, jwks=jwks(public_jwk(client_key()))
    )
    refused(await push(sqlite_world, PUSHER), "invalid_request")
