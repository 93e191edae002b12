"""CPU per request of each endpoint, as a ratio to a Starlette hello behind our own middleware.

A round asks every endpoint once, hello first and last, so that what the machine does meanwhile concerns all of them.
Each single-use value is a real one: signed-in browsers get codes, codes become refresh tokens, those are rotated.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

from bench.browsing import Browser, authorize_path, redemptions, sign_in
from bench.installation import Server, basic
from bench.load import Answer, Site, burst
from bench.machine import cpu_seconds

CONNECTIONS = 32
HELLO = "hello, our middleware"
BARE = "hello, bare Starlette"

TARGETS = {
    "discovery": 0.9,
    "JWKS": 0.9,
    "introspection": 0.5,
    "userinfo": 0.5,
    "client credentials, audited": 0.33,
    "code exchange, ES256": 0.15,
    "refresh, ES256": 0.15,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One burst: CPU microseconds for each request, requests for each second."""

    name: str
    microseconds: float
    rate: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An endpoint over all rounds: medians. `ratio` is CPU(hello) / CPU(endpoint) of the same round."""

    name: str
    microseconds: float
    rate: float
    ratio: float
    target: float | None


class Meter:
    """Sends bursts and keeps what each cost; with `is_profiling` also where the time went."""

    def __init__(self, *, is_profiling: bool = False) -> None:
        self.measured: list[Measured] = []
        self.profiles: dict[str, dict[str, dict[str, float]]] = {}
        self._is_profiling = is_profiling

    async def ask(
        self, name: str, server: Server, requests: Sequence[bytes], *, expects: int = 200
    ) -> list[Answer]:
        if self._is_profiling:
            server.start_profile()
        cpu, began = cpu_seconds(server.pid), perf_counter()
        answers = await burst(server.site, requests, connections=CONNECTIONS, expects=expects)
        seconds, cpu = perf_counter() - began, cpu_seconds(server.pid) - cpu
        if self._is_profiling:
            self.profiles[name] = server.stop_profile()
        count = len(requests)
        self.measured.append(Measured(name=name, microseconds=cpu / count * 1e6, rate=count / seconds))
        return answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    bare: Server
    hello: Server
    provider: Server


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitors:
    """Who asks: signed-in browsers, and access tokens that were seen before."""

    browsers: Sequence[Browser]
    access_tokens: Sequence[str]


async def welcome(provider: Server, *, count: int = 64) -> Visitors:
    browsers = await sign_in(provider.site, count, connections=8)
    asked = [
        provider.site.get(authorize_path("es256"), browser.headers()) for browser in browsers
    ]
    codes = await burst(provider.site, asked, connections=8, expects=303)
    tokens = await burst(
        provider.site, redemptions(provider.site, "es256", codes), connections=8, expects=200
    )
    return Visitors(browsers=browsers, access_tokens=[_token(answer, "access_token") for answer in tokens])


async def one_round(servers: Servers, visitors: Visitors, meter: Meter, *, scale: float = 1.0) -> None:
    """Every endpoint once."""
    site = servers.provider.site
    many, some, few = (int(count * scale) for count in (12_000, 5_000, 1_500))
    hello = [servers.hello.site.get("/hello")]
    await meter.ask(BARE, servers.bare, hello * many)
    await meter.ask(HELLO, servers.hello, hello * many)
    await meter.ask("discovery", servers.provider, [site.get("/.well-known/openid-configuration")] * many)
    await meter.ask("JWKS", servers.provider, [site.get("/jwks")] * many)
    await meter.ask("introspection", servers.provider, _cycled(_introspections(site, visitors), some))
    await meter.ask("userinfo", servers.provider, _cycled(_userinfos(site, visitors.access_tokens), some))
    await meter.ask("client credentials, audited", servers.provider, [client_credentials(site)] * some)
    for algorithm in ("ES256", "RS256"):
        await _tokens_of(servers.provider, visitors, meter, algorithm, few)
    await meter.ask(HELLO, servers.hello, hello * many)


async def _tokens_of(
    provider: Server, visitors: Visitors, meter: Meter, algorithm: str, count: int
) -> None:
    site, client_id = provider.site, algorithm.lower()
    path = authorize_path(client_id)
    asked = [site.get(path, browser.headers()) for browser in visitors.browsers]
    name = f"authorization, signed in, {algorithm}"
    codes = await meter.ask(name, provider, _cycled(asked, count), expects=303)
    tokens = await meter.ask(f"code exchange, {algorithm}", provider, redemptions(site, client_id, codes))
    await meter.ask(f"refresh, {algorithm}", provider, _refreshes(site, client_id, tokens))
    if algorithm == "ES256":
        unseen = [_token(answer, "access_token") for answer in tokens]
        await meter.ask("userinfo, token not seen before", provider, _userinfos(site, unseen))


def summarised(rounds: Sequence[Meter]) -> list[Row]:
    """A row for each endpoint, in the order of a round."""
    names = list(dict.fromkeys(one.name for one in rounds[0].measured))
    return [
        Row(
            name=name,
            microseconds=median(_of(meter, name).microseconds for meter in rounds),
            rate=median(_of(meter, name).rate for meter in rounds),
            ratio=median(
                _of(meter, HELLO).microseconds / _of(meter, name).microseconds for meter in rounds
            ),
            target=TARGETS.get(name),
        )
        for name in names
    ]


def client_credentials(site: Site) -> bytes:
    return site.post("/token", {"grant_type": "client_credentials"}, basic("machine"))


def _of(meter: Meter, name: str) -> Measured:
    """What a round measured of an endpoint; the mean where it was asked twice."""
    found = [one for one in meter.measured if one.name == name]
    return Measured(
        name=name,
        microseconds=sum(one.microseconds for one in found) / len(found),
        rate=sum(one.rate for one in found) / len(found),
    )


def _introspections(site: Site, visitors: Visitors) -> list[bytes]:
    return [
        site.post("/introspect", {"token": token}, basic("introspector")) for token in visitors.access_tokens
    ]


def _userinfos(site: Site, tokens: Sequence[str]) -> list[bytes]:
    return [site.get("/userinfo", {"authorization": f"Bearer {token}"}) for token in tokens]


def _refreshes(site: Site, client_id: str, tokens: Sequence[Answer]) -> list[bytes]:
    return [
        site.post(
            "/token",
            {"grant_type": "refresh_token", "refresh_token": _token(answer, "refresh_token")},
            basic(client_id),
        )
        for answer in tokens
    ]


def _token(answer: Answer, name: str) -> str:
    return str(json.loads(answer.body)[name])


def _cycled(requests: Sequence[bytes], count: int) -> list[bytes]:
    return list(_repeat(requests, count))


def _repeat(requests: Sequence[bytes], count: int) -> Iterator[bytes]:
    for number in range(count):
        yield requests[number % len(requests)]
