"""CPU per request of each endpoint, as a ratio to a Starlette hello behind our own middleware.

A round asks every endpoint once, each right after a hello to compare it with, so that what the machine does meanwhile
concerns both. Each single-use value is a real one: signed-in browsers get codes, codes become refresh tokens, those
are rotated.
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
HELLOS = 3_000
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
    """One burst: CPU microseconds for each request, requests for each second, and the ratio to the hello before it."""

    name: str
    microseconds: float
    rate: float
    ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """An endpoint over all rounds: medians. `ratio` is CPU(hello) / CPU(endpoint)."""

    name: str
    microseconds: float
    rate: float
    ratio: float
    target: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    bare: Server
    hello: Server
    provider: Server


class Meter:
    """Sends bursts and keeps what each cost; with `is_profiling` also where the time went."""

    def __init__(self, servers: Servers, *, scale: float = 1.0, is_profiling: bool = False) -> None:
        self.servers = servers
        self.measured: list[Measured] = []
        self.profiles: dict[str, dict[str, dict[str, float]]] = {}
        self._scale = scale
        self._is_profiling = is_profiling

    def count(self, ordinary: int) -> int:
        return max(CONNECTIONS, int(ordinary * self._scale))

    async def ask(self, name: str, requests: Sequence[bytes], *, expects: int = 200) -> list[Answer]:
        """Ask the provider, after a hello."""
        hello = await self.greet(HELLO, self.servers.hello)
        if self._is_profiling:
            self.servers.provider.start_profile()
        answers, microseconds, rate = await _timed(self.servers.provider, requests, expects)
        if self._is_profiling:
            self.profiles[name] = self.servers.provider.stop_profile()
        self._keep(name, microseconds, rate, hello)
        return answers

    async def greet(self, name: str, server: Server, *, compared_with: float | None = None) -> float:
        """Ask for a hello; its microseconds."""
        requests = [server.site.get("/hello")] * self.count(HELLOS)
        _, microseconds, rate = await _timed(server, requests, 200)
        self._keep(name, microseconds, rate, compared_with or microseconds)
        return microseconds

    def _keep(self, name: str, microseconds: float, rate: float, hello: float) -> None:
        self.measured.append(
            Measured(name=name, microseconds=microseconds, rate=rate, ratio=hello / microseconds)
        )


async def _timed(
    server: Server, requests: Sequence[bytes], expects: int
) -> tuple[list[Answer], float, float]:
    cpu, began = cpu_seconds(server.pid), perf_counter()
    answers = await burst(server.site, requests, connections=CONNECTIONS, expects=expects)
    seconds, cpu = perf_counter() - began, cpu_seconds(server.pid) - cpu
    return answers, cpu / len(requests) * 1e6, len(requests) / seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitors:
    """Who asks: signed-in browsers, and access tokens that were seen before."""

    browsers: Sequence[Browser]
    access_tokens: Sequence[str]


async def welcome(provider: Server, *, count: int = 64) -> Visitors:
    browsers = await sign_in(provider.site, count, connections=8)
    asked = [provider.site.get(authorize_path("es256"), browser.headers()) for browser in browsers]
    codes = await burst(provider.site, asked, connections=8, expects=303)
    tokens = await burst(
        provider.site, redemptions(provider.site, "es256", codes), connections=8, expects=200
    )
    return Visitors(browsers=browsers, access_tokens=[_token(answer, "access_token") for answer in tokens])


async def one_round(visitors: Visitors, meter: Meter) -> None:
    """Every endpoint once."""
    site = meter.servers.provider.site
    many, some = meter.count(4_000), meter.count(2_000)
    hello = await meter.greet(HELLO, meter.servers.hello)
    await meter.greet(BARE, meter.servers.bare, compared_with=hello)
    await meter.ask("discovery", [site.get("/.well-known/openid-configuration")] * many)
    await meter.ask("JWKS", [site.get("/jwks")] * many)
    await meter.ask("introspection", _cycled(_introspections(site, visitors), some))
    await meter.ask("userinfo", _cycled(_userinfos(site, visitors.access_tokens), some))
    await meter.ask("client credentials, audited", [client_credentials(site)] * some)
    for algorithm in ("ES256", "RS256"):
        await _tokens_of(visitors, meter, algorithm)


async def _tokens_of(visitors: Visitors, meter: Meter, algorithm: str) -> None:
    site, client_id = meter.servers.provider.site, algorithm.lower()
    path = authorize_path(client_id)
    asked = [site.get(path, browser.headers()) for browser in visitors.browsers]
    codes = await meter.ask(
        f"authorization, signed in, {algorithm}", _cycled(asked, meter.count(1_000)), expects=303
    )
    tokens = await meter.ask(f"code exchange, {algorithm}", redemptions(site, client_id, codes))
    await meter.ask(f"refresh, {algorithm}", _refreshes(site, client_id, tokens))
    if algorithm == "ES256":
        unseen = [_token(answer, "access_token") for answer in tokens]
        await meter.ask("userinfo, token not seen before", _userinfos(site, unseen))


def summarised(rounds: Sequence[Meter]) -> list[Row]:
    """A row for each endpoint, in the order of a round."""
    names = dict.fromkeys(one.name for one in rounds[0].measured)
    return [
        _row(name, [one for meter in rounds for one in meter.measured if one.name == name]) for name in names
    ]


def _row(name: str, found: Sequence[Measured]) -> Row:
    return Row(
        name=name,
        microseconds=median(one.microseconds for one in found),
        rate=median(one.rate for one in found),
        ratio=median(one.ratio for one in found),
        target=TARGETS.get(name),
    )


def client_credentials(site: Site) -> bytes:
    return site.post("/token", {"grant_type": "client_credentials"}, basic("machine"))


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
