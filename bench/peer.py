"""CPU per request beside oidc-provider (npm, its adapter in memory): same machine, same run, in turns.

Same algorithms (ES256), same client authentication (client_secret_basic), same grants. The peer keeps everything in
its memory and loses it when it ends; ours writes what must not be lost, on SQLite and on PostgreSQL, whose own
processes are not counted.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from secrets import token_urlsafe
from statistics import median
from time import time

from joserfc import jwt
from joserfc.jwk import ECKey
from joserfc.jws import JWSRegistry

from bench.endpoints import CONNECTIONS
from bench.installation import API, TOKEN_EXCHANGE, Server, basic
from bench.load import Answer, UnexpectedAnswer, burst
from bench.machine import cpu_seconds
from bench.sides import CLIENT, PEER, POSTGRESQL, SQLITE, UNAUDITED, Side, running_sides

_SEEN = 64
_PROOFS = JWSRegistry(algorithms=["ES256"])
_CREDENTIALS = {"grant_type": "client_credentials", "scope": "invoices:read"}
# Small ones: the peer's memory is one of a thousand entries, of which each family takes several.
_WARMING, _PORTIONS, _PORTION, _PROFILED = 2, 10, 150, 1_500

Costs = Mapping[tuple[str, str], float]
Profiles = Mapping[str, Mapping[str, Mapping[str, float]]]

TARGETS = {
    ("client credentials", SQLITE): 1.0,
    ("client credentials", POSTGRESQL): 1.0,
    ("client credentials", UNAUDITED): 1.2,
    ("code exchange", SQLITE): 1.0,
    ("code exchange", POSTGRESQL): 1.0,
    ("refresh", SQLITE): 1.1,
    ("refresh", POSTGRESQL): 1.1,
    ("introspection", SQLITE): 1.2,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One operation at one side over all portions: medians. `ratio` is CPU(peer) / CPU(ours), more is better; None for
    what the peer doesn't do.
    """

    operation: str
    side: str
    microseconds: float
    ratio: float | None
    target: float | None


async def measured_beside(path: Path, *, rounds: int) -> tuple[list[Compared], Profiles]:
    """Every operation at every side, in portions: a busy neighbour slows all sides of a portion alike. Then where the
    time goes at ours, on SQLite.
    """
    async with running_sides(path) as sides:
        seen = {name: await side.tokens(_SEEN) for name, side in sides.items() if name != UNAUDITED}
        portions = [await _one_portion(sides, seen) for _ in range(_WARMING + rounds * _PORTIONS)]
        profiles = await _profiled(sides[SQLITE], seen[SQLITE])
    return _summarised(portions[_WARMING:]), profiles


async def _one_portion(sides: Mapping[str, Side], seen: Mapping[str, Sequence[str]]) -> Costs:
    """CPU microseconds by operation and side."""
    costs: dict[tuple[str, str], float] = {}

    async def timed(operation: str, name: str, requests: Sequence[bytes]) -> list[Answer]:
        server = sides[name].server
        before = 0.0

        def begin() -> None:
            nonlocal before
            before = cpu_seconds(server.pid)

        # Who asks for tokens all day keeps its connections: a portion is too small to open them anew.
        answers = await burst(server.site, requests, connections=CONNECTIONS, expects=200, when_warm=begin)
        costs[operation, name] = (cpu_seconds(server.pid) - before) / len(requests) * 1e6
        return answers

    for name, side in sides.items():
        await timed("client credentials", name, _client_credentials(side.server, _PORTION))
    for name in seen:
        await timed("client credentials, DPoP", name, await _bound(sides[name].server, _PORTION))
    exchanged = {name: await timed("code exchange", name, await sides[name].codes(_PORTION)) for name in seen}
    for name, answers in exchanged.items():
        await timed("refresh", name, _refreshes(sides[name].server, answers))
    for name, tokens in seen.items():
        await timed("introspection", name, _introspections(sides[name].server, name, tokens, _PORTION))
    for name, tokens in seen.items():
        if name != PEER:
            await timed("token exchange", name, _exchanges(sides[name].server, tokens, _PORTION))
    return costs


async def _profiled(side: Side, tokens: Sequence[str]) -> Profiles:
    """Shares of CPU time by operation (`Profiler.stop`), each asked apart from what is measured."""
    server, profiles = side.server, {}

    async def profiled(operation: str, requests: Sequence[bytes]) -> list[Answer]:
        server.start_profile()
        answers = await burst(server.site, requests, connections=CONNECTIONS, expects=200)
        profiles[operation] = server.stop_profile()
        return answers

    await profiled("client credentials", _client_credentials(server, _PROFILED))
    await profiled("client credentials, DPoP", await _bound(server, _PROFILED))
    exchanged = await profiled("code exchange", await side.codes(_PROFILED))
    await profiled("refresh", _refreshes(server, exchanged))
    await profiled("introspection", _introspections(server, SQLITE, tokens, _PROFILED))
    await profiled("token exchange", _exchanges(server, tokens, _PROFILED))
    return profiles


def _summarised(portions: Sequence[Costs]) -> list[Compared]:
    return [
        Compared(
            operation=operation,
            side=side,
            microseconds=median(costs[operation, side] for costs in portions),
            ratio=_ratio(portions, operation, side),
            target=TARGETS.get((operation, side)),
        )
        for operation, side in portions[0]
    ]


def _ratio(portions: Sequence[Costs], operation: str, side: str) -> float | None:
    if (operation, PEER) not in portions[0]:
        return None
    return median(costs[operation, PEER] / costs[operation, side] for costs in portions)


def _refreshes(server: Server, exchanged: Sequence[Answer]) -> list[bytes]:
    return [
        server.site.post(
            "/token",
            {"grant_type": "refresh_token", "refresh_token": str(json.loads(answer.body)["refresh_token"])},
            basic(CLIENT),
        )
        for answer in exchanged
    ]


async def _bound(server: Server, count: int) -> list[bytes]:
    """Requests for bound tokens, each with a proof of its own made beforehand, with a nonce if one is wanted."""
    key = ECKey.generate_key("P-256")
    first = server.site.post("/token", _CREDENTIALS, {**basic("machine"), "dpop": _proof(key, server, "")})
    nonce = await _nonce(server, first)
    return [
        server.site.post("/token", _CREDENTIALS, {**basic("machine"), "dpop": _proof(key, server, nonce)})
        for _ in range(count)
    ]


async def _nonce(server: Server, request: bytes) -> str:
    """What the server wants proofs to carry, or nothing."""
    try:
        await burst(server.site, [request], connections=1, expects=400)
    except UnexpectedAnswer:
        return ""
    (answer,) = await burst(server.site, [request], connections=1, expects=400)
    return answer.header("dpop-nonce")


def _proof(key: ECKey, server: Server, nonce: str) -> str:
    header = {"typ": "dpop+jwt", "alg": "ES256", "jwk": key.as_dict(private=False)}
    claims = {
        "htm": "POST",
        "htu": f"http://{server.site.host}/token",
        "iat": int(time()),
        "jti": token_urlsafe(16),
        **({"nonce": nonce} if nonce else {}),
    }
    return jwt.encode(header, claims, key, registry=_PROOFS)


def _client_credentials(server: Server, count: int) -> list[bytes]:
    return [server.site.post("/token", _CREDENTIALS, basic("machine"))] * count


def _introspections(server: Server, side: str, tokens: Sequence[str], count: int) -> list[bytes]:
    path = "/token/introspection" if side == PEER else "/introspect"
    asked = [server.site.post(path, {"token": token}, basic("introspector")) for token in tokens]
    return list(islice(cycle(asked), count))


def _exchanges(server: Server, tokens: Sequence[str], count: int) -> list[bytes]:
    return list(islice(cycle([_exchange(server, token) for token in tokens]), count))


def _exchange(server: Server, token: str) -> bytes:
    form = {
        "grant_type": TOKEN_EXCHANGE,
        "subject_token": token,
        "subject_token_type": "urn:ietf:params:oauth:token-type:access_token",
        "audience": API,
    }
    return server.site.post("/token", form, basic("exchanger"))
