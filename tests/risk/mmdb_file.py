"""Writes small MMDB files (the format's specification 2.0), for what operators bring."""

import struct
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

_MARKER = b"\xab\xcd\xefMaxMind.com"
_EMPTY = -1
# Readers insist on the type of what describes the file: 5, 6 and 9 are integers of 16, 32 and 64 bits.
_KINDS = {
    "binary_format_major_version": 5,
    "binary_format_minor_version": 5,
    "build_epoch": 9,
    "ip_version": 5,
    "node_count": 6,
    "record_size": 5,
}


def write_mmdb(file: Path, networks: Mapping[str, Mapping[str, Any]], *, built_at: int) -> Path:
    """A database of IPv4 networks and their records."""
    nodes: list[list[int]] = [[_EMPTY, _EMPTY]]
    data, offsets = b"", {}
    for network, record in networks.items():
        offsets[network] = len(data)
        data += _encoded(record)
    leaves: dict[tuple[int, int], int] = {}
    for network in networks:
        parsed = ip_network(network)
        bits = f"{int(parsed.network_address):032b}"[: parsed.prefixlen]
        node = 0
        for bit in bits[:-1]:
            if nodes[node][int(bit)] == _EMPTY:
                nodes.append([_EMPTY, _EMPTY])
                nodes[node][int(bit)] = len(nodes) - 1
            node = nodes[node][int(bit)]
        leaves[node, int(bits[-1])] = offsets[network]
    tree = b""
    for number, node_ in enumerate(nodes):
        for side, child in enumerate(node_):
            value = len(nodes) if child == _EMPTY else child
            if (number, side) in leaves:
                value = len(nodes) + 16 + leaves[number, side]
            tree += value.to_bytes(3, "big")
    metadata = {
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": built_at,
        "database_type": "Test",
        "description": {},
        "ip_version": 4,
        "languages": [],
        "node_count": len(nodes),
        "record_size": 24,
    }
    file.write_bytes(tree + bytes(16) + data + _MARKER + _encoded(metadata))
    return file


def _encoded(value: Any) -> bytes:
    match value:
        case str():
            text = value.encode()
            return bytes([2 << 5 | len(text)]) + text
        case float():
            return bytes([3 << 5 | 8]) + struct.pack(">d", value)
        case int():
            return _number(value, 6)
        case list():
            return bytes([len(value), 11 - 7]) + b"".join(map(_encoded, value))
        case _:
            pairs = b"".join(
                _encoded(name) + (_number(one, _KINDS[name]) if name in _KINDS else _encoded(one))
                for name, one in value.items()
            )
            return bytes([7 << 5 | len(value)]) + pairs


def _number(value: int, kind: int) -> bytes:
    number = value.to_bytes(8, "big").lstrip(b"\0")
    return (bytes([kind << 5 | len(number)]) if kind < 7 else bytes([len(number), kind - 7])) + number
