"""`kill -9`: at each statement of a code exchange, and in the middle of many. What was acknowledged is there, and what
was not is either not there at all or safe to ask again.
"""

import asyncio
import json
import signal
import socket
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from idp.spec.token_value import read_token
from tests.oauth.wire import Tokens, code_of, is_alive, refresh, refused, reopened, success
from tests.support.processes import ROOT, free_port, running
from tests.support.world import VERIFIER, Browser, HandClock, World, open_world, settings_for

_MOST_STATEMENTS = 16
_CODES, _CHAINS = 48, 8
_HOST = {"host": "localhost:8000"}


async def _codes(database_url: str, folder: Path, count: int) -> list[str]:
    """Codes of a world that was closed since."""
    async with open_world(settings_for(database_url, folder)) as world:
        browser = world.browser()
        return [await code_of(browser) for _ in range(count)]


def _exchange(
    database_url: str, folder: Path, code: str, burns_at: int
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "tests.faults.exchange", database_url, str(folder), code, str(burns_at)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=60, check=False)


async def _redeem(browser: Browser, code: str) -> httpx2.Response:
    return await browser.token(
        grant_type="authorization_code",
        code=code,
        redirect_uri="http://localhost:8001/callback",
        code_verifier=VERIFIER,
    )


@pytest.mark.requirement("S4", "S5", "S86")
async def test_a_kill_at_each_statement_of_an_exchange(database_url: str, tmp_path: Path) -> None:
    codes = await _codes(database_url, tmp_path, _MOST_STATEMENTS)
    killed: list[str] = []
    printed: Tokens | None = None

    for burns_at, code in enumerate(codes, 1):
        done = _exchange(database_url, tmp_path, code, burns_at)
        if done.returncode == 0:
            printed = json.loads(done.stdout.splitlines()[-1])
            break
        assert done.returncode == -signal.SIGKILL, done.stderr.decode()
        killed.append(code)

    # At least BEGIN, the effects on code, family, refresh token and audit trail, COMMIT, and before the answer.
    assert len(killed) >= 7
    assert printed is not None
    async with reopened(settings_for(database_url, tmp_path), HandClock()) as world:
        assert await is_alive(world, printed)
        success(await refresh(world.browser(), printed["refresh_token"]))
        used = [await _is_whole_or_absent(world, code) for code in killed]
    assert used[0] is False
    assert used[-1] is True  # The last one was killed after its COMMIT.
    assert used == sorted(used)


async def _is_whole_or_absent(world: World, code: str) -> bool:
    """Whether the code is used. Nothing of an exchange is stored without the rest; afterwards no token of it lives."""
    value = read_token(code)
    assert value is not None
    facts = await world.rows(
        "SELECT code.redeemed_at IS NOT NULL,"
        " (SELECT count(*) FROM refresh_token WHERE refresh_token.family_id = code.family_id),"
        " (SELECT count(*) FROM audit_event"
        " WHERE audit_event.family_id = code.family_id AND type = 'token.issued')"
        f" FROM code WHERE code_id = '{value.identifier}'"
    )
    assert [tuple(map(int, row)) for row in facts] in ([(0, 0, 0)], [(1, 1, 1)])
    browser = world.browser()
    is_used = bool(facts[0][0])
    if is_used:
        refused(await _redeem(browser, code), "invalid_grant")
        revoked = await world.rows(
            "SELECT revoked_reason FROM family JOIN code ON code.family_id = family.family_id"
            f" WHERE code_id = '{value.identifier}'"
        )
        assert revoked == [("code_replayed",)]
    else:
        assert await is_alive(world, success(await _redeem(browser, code)))
    return is_used


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True


class Acknowledged:
    """What clients were told: the tokens of each chain, the last one at the end."""

    def __init__(self) -> None:
        self.chains: list[list[Tokens]] = []
        self.count = 0

    def note(self, chain: list[Tokens], tokens: Tokens) -> None:
        chain.append(tokens)
        self.count += 1


async def _client(port: int, codes: list[str], told: Acknowledged) -> None:
    """Redeem a code and refresh it a few times, then take the next one, until the server is gone."""
    async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=_HOST) as http:
        browser = Browser(http)
        while codes:
            chain: list[Tokens] = []
            told.chains.append(chain)
            told.note(chain, success(await _redeem(browser, codes.pop())))
            for _ in range(3):
                told.note(chain, success(await refresh(browser, chain[-1]["refresh_token"])))


@pytest.mark.requirement("S4")
async def test_a_kill_in_the_middle_of_many_loses_nothing_acknowledged(
    database_url: str, tmp_path: Path
) -> None:
    codes = await _codes(database_url, tmp_path, _CODES)
    told = Acknowledged()
    port = free_port()
    command: list[Any] = [sys.executable, "-m", "tests.faults.server", database_url, tmp_path, str(port)]

    with running(command, ready=partial(_listens, port)) as server:
        clients = [asyncio.create_task(_client(port, codes, told)) for _ in range(_CHAINS)]
        while told.count < _CODES * 2:
            await asyncio.wait(clients, timeout=0.005, return_when=asyncio.FIRST_EXCEPTION)
        server.kill()
        ends = await asyncio.gather(*clients, return_exceptions=True)

    assert any(isinstance(end, httpx2.TransportError) for end in ends)
    async with reopened(settings_for(database_url, tmp_path), HandClock()) as world:
        browser = world.browser()
        for chain in told.chains:
            for tokens in chain:
                assert await is_alive(world, tokens)
            if chain:
                # The last one may have been used without an answer: then its successor is the grace's.
                success(await refresh(browser, chain[-1]["refresh_token"]))
