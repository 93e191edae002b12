"""Rules on the risk policy: shares that make a whole, networks that are networks, and data that can be read."""

from collections.abc import Iterator, Mapping
from ipaddress import ip_network
from pathlib import Path

from idp.config.finding import Finding
from idp.config.positions import KeyPath
from idp.config.settings import Settings

_SHARES = ("naive_percent", "vpn_percent", "targeted_percent", "very_targeted_percent")
_DATABASES = ("country_database", "asn_database", "city_database")
# Nobody means to lock out a whole /8.
_SHORTEST_PREFIX = {4: 9, 6: 9}


def attackers(settings: Settings) -> Iterator[Finding]:
    total = sum(getattr(settings.risk, key) for key in _SHARES)
    if total != 100:
        because = tuple(("risk", key) for key in _SHARES[1:])
        message = f"and the shares beside it make {total}, not 100."
        fix = "Change one of the four: " + ", ".join(_SHARES) + "."
        yield Finding(path=("risk", _SHARES[0]), because=because, message=message, fix=fix)


def denied_networks(settings: Settings) -> Iterator[Finding]:
    for index, text in enumerate(settings.risk.denied_networks):
        message = "is so large that customers are in it: nobody there could sign in."
        yield from small_network(
            ("risk", "denied_networks", index), text, shortest=_SHORTEST_PREFIX, message=message
        )


def small_network(
    path: KeyPath, text: str, *, shortest: Mapping[int, int], message: str
) -> Iterator[Finding]:
    """What is wrong with a network: it is none, or its prefix is shorter than that of its version may be."""
    try:
        network = ip_network(text)
    except ValueError:
        fix = 'Write it as "192.0.2.0/24"; the bits behind the prefix are zero.'
        yield Finding(path=path, message="is not a network.", fix=fix)
        return
    if network.prefixlen < shortest[network.version]:
        yield Finding(path=path, message=message, fix="Name smaller networks.")


def databases(settings: Settings) -> Iterator[Finding]:
    """One that can't be read stops nobody, and asks many for codes."""
    for key in _DATABASES:
        path = getattr(settings.risk, key)
        if path and (reason := _unreadable(path)):
            message = f"can't be read: {reason}. Places are unknown, so more sign-ins need a code."
            yield Finding(path=("risk", key), message=message, fix="Name an MMDB file, or remove the key.")


def hosting_networks(settings: Settings) -> Iterator[Finding]:
    path = settings.risk.hosting_networks
    if path and not Path(path).is_file():
        message = "is no file: data centres and VPNs are not told from homes."
        fix = "Name a file with a network on each line, or remove the key."
        yield Finding(path=("risk", "hosting_networks"), message=message, fix=fix)


def observing(settings: Settings) -> Iterator[Finding]:
    if settings.risk.mode == "observe":
        message = "decides and records, and asks nobody for a code: a stolen password is enough to sign in."
        yield Finding(path=("risk", "mode"), message=message, fix='Use "on" once the decisions look right.')


def _unreadable(path: str) -> str:
    """Why a database can't be read; empty if it can."""
    from maxminddb import open_database  # noqa: PLC0415 - most configurations name none

    try:
        open_database(path).close()
    except OSError as error:
        return error.strerror or "no such file"
    except (RuntimeError, ValueError):
        return "it is no MMDB file, or a broken one"
    return ""
