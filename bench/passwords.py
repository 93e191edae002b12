"""Signing in by password: how much of the raw Argon2id rate reaches people, and what the others wait meanwhile.

Server, client and Argon2id share all cores here, as they would in production. A sign-in is the whole POST of the login
form; the pages before it are opened beforehand. The rounds interleave: raw rate, token requests alone, sign-ins alone,
sign-ins beside token requests.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from pathlib import Path
from statistics import median
from time import perf_counter

from bench.browsing import begin, open_forms
from bench.endpoints import client_credentials
from bench.installation import Server, served
from bench.limits import argon2_rate
from bench.load import Answer, burst, paced

_SIGN_INS = 160
_WAITING = 8
_TOKEN_RATE = 100.0
_IDLE_SECONDS = 3.0
_TOKEN_CONNECTIONS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIns:
    """Rates in sign-ins a second, p99 of the token endpoint in milliseconds; medians of the rounds."""

    raw: float
    alone: float
    beside_tokens: float
    idle_p99: float
    busy_p99: float

    @property
    def allowed_p99(self) -> float:
        return max(4 * self.idle_p99, 15.0)


async def measured_sign_ins(folder: Path, *, rounds: int) -> SignIns:
    """The medians of `rounds`; a first round only warms up."""
    with served("provider", folder, is_pinned=False) as server:
        found = [await _round(server) for _ in range(rounds + 1)][1:]
    return SignIns(
        raw=median(one.raw for one in found),
        alone=median(one.alone / one.raw for one in found) * median(one.raw for one in found),
        beside_tokens=median(one.beside_tokens / one.raw for one in found) * median(one.raw for one in found),
        idle_p99=median(one.idle_p99 for one in found),
        busy_p99=median(one.busy_p99 for one in found),
    )


async def _round(server: Server) -> SignIns:
    raw = await asyncio.to_thread(argon2_rate, _SIGN_INS)
    idle = await _tokens(server, _IDLE_SECONDS)
    alone = await _sign_ins(server, await _forms(server))
    forms = await _forms(server)
    expected_seconds = _SIGN_INS / alone
    beside, busy = await asyncio.gather(_sign_ins(server, forms), _tokens(server, expected_seconds))
    return SignIns(raw=raw, alone=alone, beside_tokens=beside, idle_p99=_p99(idle), busy_p99=_p99(busy))


async def _forms(server: Server) -> list[bytes]:
    browsers = await begin(server.site, _SIGN_INS, connections=_WAITING)
    return await open_forms(server.site, browsers, connections=_WAITING)


async def _sign_ins(server: Server, forms: list[bytes]) -> float:
    began = perf_counter()
    await burst(server.site, forms, connections=_WAITING, expects=303)
    return len(forms) / (perf_counter() - began)


async def _tokens(server: Server, seconds: float) -> list[Answer]:
    requests: Iterator[bytes] = repeat(client_credentials(server.site))
    return await paced(
        server.site,
        requests,
        rate=_TOKEN_RATE,
        seconds=seconds,
        connections=_TOKEN_CONNECTIONS,
        expects=200,
    )


def _p99(answers: list[Answer]) -> float:
    waited = sorted(answer.seconds for answer in answers)
    return waited[int(len(waited) * 0.99)] * 1000
