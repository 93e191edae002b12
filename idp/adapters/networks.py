"""A list of networks from a file, to look addresses up in."""

from bisect import bisect_right
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_network
from pathlib import Path

import structlog

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Networks:
    """Sorted ranges of addresses, to look up in."""

    starts: tuple[tuple[int, int], ...] = ()
    ends: tuple[int, ...] = ()

    def __contains__(self, address: object) -> bool:
        assert isinstance(address, IPv4Address | IPv6Address)
        key = (address.version, int(address))
        at = bisect_right(self.starts, key) - 1
        return at >= 0 and self.starts[at][0] == key[0] and key[1] <= self.ends[at]


def read_networks(path: str) -> Networks:
    """The networks of a file: one CIDR a line, `#` begins a comment. Lines that are none are left out, and logged."""
    if not path:
        return Networks()
    try:
        lines = Path(path).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError as error:
        _log.warning("list of networks can't be read", path=path, reason=str(error))
        return Networks()
    ranges: list[tuple[int, int, int]] = []
    wrong = 0
    for line in lines:
        text = line.partition("#")[0].strip()
        if not text:
            continue
        try:
            network = ip_network(text, strict=False)
        except ValueError:
            wrong += 1
            continue
        ranges.append((network.version, int(network[0]), int(network[-1])))
    if wrong:
        _log.warning("lines are no networks", path=path, lines=wrong)
    return _merged(ranges)


def _merged(ranges: list[tuple[int, int, int]]) -> Networks:
    """Overlapping ranges as one, so that the range before an address is the only one to look at."""
    merged: list[tuple[int, int, int]] = []
    for family, start, end in sorted(ranges):
        if merged and merged[-1][0] == family and start <= merged[-1][2]:
            merged[-1] = (family, merged[-1][1], max(end, merged[-1][2]))
        else:
            merged.append((family, start, end))
    return Networks(
        starts=tuple((family, start) for family, start, _ in merged), ends=tuple(end for _, _, end in merged)
    )
