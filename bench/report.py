"""What was measured, as tables for the terminal and for `docs/performance.md`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.endpoints import Row
from bench.passwords import SignIns
from bench.peer import Compared
from bench.risk import Cost, Size
from bench.seam import Seam

PAGE = Path("docs/performance.md")
FIGURES = Path("idp/store/database-figures.md")
_BEGIN, _END = "<!-- made by `python -m bench{part} --write` -->", "<!-- until here -->"
_SMALLEST_SHARE = 0.02

Table = list[list[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Starts:
    """`idp serve`: seconds to ready, resident megabytes."""

    seconds: float
    cpu_seconds: float
    megabytes: float
    megabytes_after: float
    megabytes_hashing: float
    sign_ins: int


def endpoints_table(rows: Sequence[Row]) -> Table:
    body = [
        [
            row.name,
            f"{row.microseconds:.0f}",
            f"{row.rate:,.0f}",
            f"{row.ratio:.2f}",
            f"{row.target:.2f}" if row.target else "",
            _verdict(row.ratio >= row.target) if row.target else "",
        ]
        for row in rows
    ]
    return [["endpoint", "CPU µs", "requests/s", "ratio to hello", "target", ""], *body]


def limits_table(limits: Mapping[str, float]) -> Table:
    return [["on one core", "per second"], *([name, f"{rate:,.0f}"] for name, rate in limits.items())]


def profile_table(profiles: Mapping[str, Mapping[str, Mapping[str, float]]]) -> Table:
    """Shares of CPU time, a row for each place that has a noticeable one anywhere."""
    shares = {name: _shares(profile["places"]) for name, profile in profiles.items()}
    weight = {
        place: sum(share.get(place, 0) for share in shares.values())
        for share in shares.values()
        for place in share
    }
    places = sorted(weight, key=lambda place: -weight[place])
    body = [
        [place, *(f"{share.get(place, 0):.0%}" for share in shares.values())]
        for place in places
        if max(share.get(place, 0) for share in shares.values()) >= _SMALLEST_SHARE
    ]
    return [["where", *shares], *body]


def sign_ins_table(found: SignIns) -> Table:
    return [
        ["password sign-ins", "measured", "target", ""],
        ["raw Argon2id, threads = cores", f"{found.raw:.1f}/s", "", ""],
        _target("sign-ins", f"{found.alone:.1f}/s", found.alone / found.raw, 0.9),
        _target(
            "sign-ins beside 100 token requests/s",
            f"{found.beside_tokens:.1f}/s",
            found.beside_tokens / found.raw,
            0.9,
        ),
        ["p99 of the token endpoint at 100/s, alone", f"{found.idle_p99:.1f} ms", "", ""],
        [
            "p99 of the token endpoint at 100/s, beside sign-ins",
            f"{found.busy_p99:.1f} ms",
            f"{found.allowed_p99:.1f} ms",
            _verdict(found.busy_p99 <= found.allowed_p99),
        ],
    ]


def starts_table(found: Starts) -> Table:
    return [
        ["`idp serve`", "measured", "target", ""],
        ["start to ready", f"{found.seconds:.2f} s", "1 s", _verdict(found.seconds <= 1)],
        ["CPU time within it", f"{found.cpu_seconds:.2f} s", "", ""],
        ["resident at the start, cheap hashing", f"{found.megabytes:.0f} MB", "", ""],
        [
            f"resident after {found.sign_ins:,} sign-ins, cheap hashing",
            f"{found.megabytes_after:.0f} MB",
            "120 MB",
            _verdict(found.megabytes_after <= 120),
        ],
        ["resident after 100 sign-ins, production's hashing", f"{found.megabytes_hashing:.0f} MB", "", ""],
    ]


def seams_table(seams: Sequence[Seam]) -> Table:
    body = [
        [one.database, one.operation, one.way, f"{one.microseconds:.0f}", f"{one.rate:,.0f}"]
        for one in sorted(seams, key=lambda one: (one.database != "SQLite", one.operation))
    ]
    return [["database", "operation", "way", "CPU µs", "per second"], *body]


def decisions_table(costs: Sequence[Cost]) -> Table:
    shortest = {cost.database: cost.decide for cost in reversed(costs)}
    body = [
        [
            cost.database,
            f"{cost.rows:,}",
            f"{cost.decide:.2f}",
            f"{cost.decide / shortest[cost.database]:.2f}",
            f"{cost.decide_p99:.2f}",
            f"{cost.quietest_p99:.2f}",
            _verdict(cost.quietest_p99 < 2),
            f"{cost.cpu:.2f}",
            f"{cost.cpu_p99:.2f}",
            f"{cost.queries}",
            f"{cost.complete:.2f}",
            f"{cost.complete_p99:.2f}",
        ]
        for cost in costs
    ]
    head = (
        "decision p50 ms",
        "ratio",
        "p99 ms",
        "p99, quietest round",
        "< 2 ms",
        "CPU p50 ms",
        "p99",
        "queries",
    )
    return [["database", "history rows", *head, "learning p50 ms", "p99 ms"], *body]


def peer_table(compared: Sequence[Compared]) -> Table:
    body = [
        [
            one.operation,
            one.side,
            f"{one.microseconds:.0f}",
            f"{one.ratio:.2f}" if one.ratio else "",
            f"{one.target:.2f}" if one.target else "",
            _verdict(one.ratio >= one.target) if one.ratio and one.target else "",
        ]
        for one in compared
    ]
    return [["operation", "side", "CPU µs", "ratio to the peer", "target", ""], *body]


def profile_size_table(size: Size) -> Table:
    return [
        ["a customer's habits", "bytes", "target", ""],
        ["mean", f"{size.mean:.0f}", "", ""],
        ["largest", f"{size.largest}", "2,048", _verdict(size.largest <= 2_048)],
    ]


def markdown(table: Table) -> str:
    head, *body = table
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *body]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def plain(table: Table) -> str:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if number == 0 else cell.rjust(width)
            for number, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in table
    )


def write(page: Path, text: str, *, part: str = "") -> None:
    """Replace what an earlier run wrote there, of this part; what people wrote around it stays."""
    begin = _BEGIN.format(part=f" {part}" if part else "")
    before, _, rest = page.read_text(encoding="utf-8").partition(begin)
    after = rest.partition(_END)[2]
    page.write_text(f"{before}{begin}\n\n{text}\n\n{_END}{after}", encoding="utf-8")


def _target(name: str, measured: str, ratio: float, target: float) -> list[str]:
    return [name, f"{measured}, {ratio:.2f} of raw", f"{target:.2f} of raw", _verdict(ratio >= target)]


def _verdict(is_met: bool) -> str:
    return "met" if is_met else "missed"


def _shares(places: Mapping[str, float]) -> dict[str, float]:
    total = sum(seconds for seconds in places.values() if seconds > 0)
    return {place: max(0.0, seconds) / total for place, seconds in places.items()}
