"""`make bench`: measures everything, or the parts that are named, and prints it; `--write` renews the two pages."""

import argparse
import asyncio
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from bench import endpoints, limits, passwords, peer, report, risk, seam, starting
from bench.endpoints import Meter, Servers
from bench.installation import CHEAP, PRODUCTION, folder, furnish, served, settings_in
from bench.machine import CLIENT_CORE, busy, described, everywhere, pin
from bench.report import Starts, Table, markdown, plain

_ROUNDS = 7
_SIGN_INS = 10_000
_PACKAGES = (
    "starlette",
    "uvicorn",
    "uvloop",
    "authlib",
    "joserfc",
    "cryptography",
    "sqlalchemy",
    "argon2-cffi",
)
_SEAM_PACKAGES = ("sqlalchemy", "greenlet", "aiosqlite", "asyncpg")
PARTS = ("endpoints", "limits", "passwords", "starting", "seam", "risk", "peer")


async def measure(parts: Sequence[str], *, rounds: int) -> dict[str, list[Table]]:
    """The tables of each part."""
    found: dict[str, list[Table]] = {}
    with folder() as path:
        await furnish(settings_in(path))
        if "endpoints" in parts:
            found["endpoints"] = await _endpoints(path, rounds)
        if "limits" in parts:
            found["limits"] = [report.limits_table(limits.measured_limits(path, rounds=rounds))]
        everywhere()
        if "passwords" in parts:
            sign_ins = await passwords.measured_sign_ins(path, rounds=rounds)
            found["passwords"] = [report.sign_ins_table(sign_ins)]
        if "starting" in parts:
            found["starting"] = [report.starts_table(await _starts(path, rounds))]
        if "seam" in parts:
            pin(CLIENT_CORE)
            found["seam"] = [report.seams_table(await seam.measured_seams(path, rounds=rounds))]
        if "risk" in parts:
            everywhere()
            costs, size = await risk.measured_decisions(path, rounds=rounds)
            found["risk"] = [report.decisions_table(costs), report.profile_size_table(size)]
        if "peer" in parts:
            pin(CLIENT_CORE)
            compared, profiles = await peer.measured_beside(path, rounds=rounds)
            found["peer"] = [report.peer_table(compared), report.profile_table(profiles)]
    return found


async def _endpoints(path: Path, rounds: int) -> list[Table]:
    pin(CLIENT_CORE)
    with ExitStack() as stack:
        servers = Servers(
            bare=stack.enter_context(served("bare", path)),
            hello=stack.enter_context(served("hello", path)),
            provider=stack.enter_context(served("provider", path)),
        )
        visitors = await endpoints.welcome(servers.provider)
        meters = [Meter(servers, scale=0.3)] + [Meter(servers) for _ in range(rounds)]
        for meter in meters:
            await endpoints.one_round(visitors, meter)
        profiler = Meter(servers, scale=2, is_profiling=True)
        await endpoints.one_round(visitors, profiler)
    # The first round warms up.
    return [
        report.endpoints_table(endpoints.summarised(meters[1:])),
        report.profile_table(profiler.profiles),
    ]


async def _starts(path: Path, rounds: int) -> Starts:
    seconds, cpu_seconds = await starting.seconds_to_ready(path, rounds=rounds)
    _, hashing = await starting.megabytes_after(path, PRODUCTION, sign_ins=100)
    with folder() as cheap:
        await furnish(settings_in(cheap, password=CHEAP))
        before, after = await starting.megabytes_after(cheap, CHEAP, sign_ins=_SIGN_INS)
    return Starts(
        seconds=seconds,
        cpu_seconds=cpu_seconds,
        megabytes=before,
        megabytes_after=after,
        megabytes_hashing=hashing,
        sign_ins=_SIGN_INS,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", help=f"any of {', '.join(PARTS)}; all by default")
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument(
        "--write", action="store_true", help="renew docs/performance.md and the figures of the seam"
    )
    asked = parser.parse_args()
    parts = asked.parts or PARTS
    if unknown := set(parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        found = runner.run(measure(parts, rounds=asked.rounds))
    for tables in found.values():
        print(*(f"\n{plain(table)}" for table in tables), sep="\n")
    if asked.write:
        _write(found, asked.rounds)


def _write(found: dict[str, list[Table]], rounds: int) -> None:
    day = datetime.now(UTC).date().isoformat()
    figures = found.pop("seam", None)
    if figures:
        report.write(
            report.FIGURES, _text(figures, f"{day}, {rounds} rounds, medians: {described(_SEAM_PACKAGES)}.")
        )
    decisions = found.pop("risk", None)
    if decisions:
        heading = f"{day}, {rounds} rounds, {described(_SEAM_PACKAGES)}; {busy()}."
        report.write(report.PAGE, _text(decisions, heading), part="risk")
    beside = found.pop("peer", None)
    if beside:
        report.write(
            report.PAGE,
            _text(beside, f"{day}, {rounds} rounds, {described(_PACKAGES)}; {busy()}."),
            part="peer",
        )
    if found:
        tables = [table for part in found.values() for table in part]
        report.write(report.PAGE, _text(tables, f"{day}, {rounds} rounds, medians: {described(_PACKAGES)}."))


def _text(tables: Sequence[Table], heading: str) -> str:
    return "\n\n".join([heading, *(markdown(table) for table in tables)])


if __name__ == "__main__":
    main()
