"""Request objects by reference: fetched, kept, and never from where nothing is fetched. OpenID Connect Core §6.2."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest

from idp.adapters.outside import OutsideWeb
from idp.app import create_app
from idp.oauth.request_uri import ReferredObjects
from idp.records.ports import Fetched, NotFetched
from idp.spec.errors import InvalidRequestUri
from tests.oauth.asking import ask, is_asking, is_page, refusal, register_asker, request_object
from tests.support.world import START, World

OBJECT_URI = "https://jar.example/object.jwt"


@pytest.fixture
async def jar_world(sqlite_world: World) -> World:
    await register_asker(sqlite_world, request_uris=(OBJECT_URI,))
    return sqlite_world


async def test_only_registered_addresses_are_fetched_whatever_their_fragment(jar_world: World) -> None:
    world = jar_world
    world.outside.documents[OBJECT_URI] = request_object(world).encode()
    for uri in (
        "https://evil.example/object.jwt",
        OBJECT_URI + "/",
        OBJECT_URI + "?x",
        OBJECT_URI.upper(),
        "https://jar.example:443/object.jwt",
        "https://jar.example@evil.example/object.jwt",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
        "urn:ietf:params:oauth:request_uri:x",
        "https://[",
        "#",
        "\N{SNOWMAN}",
        OBJECT_URI + "#" + "x" * 512,
    ):
        found = refusal(await ask(world, request_uri=uri, state="outer"))
        assert (found["error"], found["state"]) == ("invalid_request_uri", "outer"), uri
    assert world.outside.fetched == []
    assert is_page(await ask(world, request_uri="https://evil.example/", redirect_uri=""))

    for fragment in ("", "#one", "#two", "#one"):
        assert is_asking(await ask(world, request_uri=OBJECT_URI + fragment))
    assert world.outside.fetched == [OBJECT_URI] * 3


async def test_an_object_is_kept_for_as_long_as_its_server_says(jar_world: World) -> None:
    world = jar_world

    async def fetches(seconds: int, *, max_age: int | None) -> int:
        world.outside.max_age, world.outside.fetched = max_age, []
        world.outside.documents[OBJECT_URI] = request_object(world, exp=None).encode()
        for _ in range(2):
            assert is_asking(await ask(world, request_uri=f"{OBJECT_URI}#{max_age}{seconds}"))
        world.clock.pass_(seconds)
        assert is_asking(await ask(world, request_uri=f"{OBJECT_URI}#{max_age}{seconds}"))
        return len(world.outside.fetched)

    assert await fetches(299, max_age=None) == 1
    assert await fetches(300, max_age=None) == 2
    assert await fetches(300, max_age=86_400) == 2
    assert await fetches(9, max_age=10) == 1
    assert await fetches(10, max_age=10) == 2
    assert await fetches(0, max_age=0) == 3


async def test_an_object_that_was_of_no_use_is_looked_for_again(jar_world: World) -> None:
    world = jar_world
    world.outside.documents[OBJECT_URI] = request_object(world, exp=world.clock.now() + 60).encode()
    assert is_asking(await ask(world, request_uri=OBJECT_URI))
    world.clock.pass_(200)
    world.outside.documents[OBJECT_URI] = request_object(world).encode()
    assert refusal(await ask(world, request_uri=OBJECT_URI))["error"] == "invalid_request_object"
    assert is_asking(await ask(world, request_uri=OBJECT_URI))


async def test_what_can_not_be_fetched_is_an_error_of_the_address(jar_world: World) -> None:
    world = jar_world
    large = b"x" * 70_000
    for content in (None, large, "\N{SNOWMAN}".encode(), b"\xff"):
        world.outside.documents = {} if content is None else {OBJECT_URI: content}
        assert refusal(await ask(world, request_uri=OBJECT_URI))["error"] == "invalid_request_uri"
    for content in (b"", b"{}", b"<html>", b"x" * 40_000):
        world.outside.documents = {OBJECT_URI: content}
        assert refusal(await ask(world, request_uri=OBJECT_URI))["error"] == "invalid_request_object"
    # Spaces at the ends are forgiven, as an editor leaves them.
    world.outside.documents = {OBJECT_URI: f" {request_object(world)}\n".encode()}
    assert is_asking(await ask(world, request_uri=OBJECT_URI))


class _Gated:
    """An outside that answers when it is told to."""

    def __init__(self) -> None:
        self.asked, self.gate = asyncio.Event(), asyncio.Event()
        self.fetched = 0

    async def fetch(self, url: str, *, most_bytes: int) -> Fetched:
        self.fetched += 1
        self.asked.set()
        await self.gate.wait()
        raise NotFetched("it is not there")

    async def post(self, url: str, form: Mapping[str, str]) -> int:
        raise AssertionError(url, form)


async def test_many_who_come_at_once_wait_for_one_answer(jar_world: World) -> None:
    """Also where there is none: else the last of them would wait for the time of all."""
    client = await jar_world.house.clients.find("jar", START)
    assert client is not None
    outside = _Gated()
    objects = ReferredObjects(outside=outside)
    waiting = [asyncio.create_task(objects.get(OBJECT_URI, client, START)) for _ in range(20)]
    await outside.asked.wait()
    waiting[0].cancel()
    outside.gate.set()
    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(outcomes[0], asyncio.CancelledError)
    assert {type(outcome) for outcome in outcomes[1:]} == {InvalidRequestUri}
    assert outside.fetched == 1
    with pytest.raises(InvalidRequestUri):
        await objects.get(OBJECT_URI, client, START)
    assert outside.fetched == 2


class _At:
    """A name that leads to one address."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def addresses(self, name: str) -> list[str]:
        return [self._address]


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1", "64:ff9b::a00:1"]
)
async def test_a_registered_address_in_a_private_network_is_never_asked(
    jar_world: World, address: str
) -> None:
    """The name was public when it was registered, perhaps. For redirects see tests/adapters/test_outside.py."""
    house = replace(jar_world.house, outside=OutsideWeb(names=_At(address)))
    rebound = World(house=house, app=create_app(house), clock=jar_world.clock, people={})
    found = refusal(await ask(rebound, request_uri=OBJECT_URI))
    assert found["error"] == "invalid_request_uri"
    # Nothing of the inner network is told.
    assert address not in found["error_description"]
    for http in rebound.opened:
        await http.aclose()
    with pytest.raises(NotFetched):
        await house.outside.fetch(OBJECT_URI, most_bytes=1)


async def test_what_an_object_makes_us_store_is_bounded(jar_world: World) -> None:
    world = jar_world
    world.outside.documents[OBJECT_URI] = request_object(world, login_hint="x" * 11_000).encode()
    found = refusal(await ask(world, request_uri=OBJECT_URI, claims_locales="x" * 7_000))
    assert found["error"] == "invalid_request"
    assert await world.rows("SELECT 1 FROM interaction") == []
