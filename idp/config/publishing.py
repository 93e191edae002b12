"""Rules on what the discovery metadata and WebFinger say: addresses that are addresses, domains that are domains."""

from collections.abc import Iterator

from idp.config.finding import Finding
from idp.config.origin import is_host_with_port, is_loopback_host, split
from idp.config.settings import Settings

_ADDRESSES = ("documentation_url", "policy_url", "terms_url")


def addresses(settings: Settings) -> Iterator[Finding]:
    """RFC 8414 §2: URLs of pages. Plain http is for this machine alone, as everywhere."""
    for key in _ADDRESSES:
        url = getattr(settings.discovery, key)
        parts = split(url) if url else None
        is_plain = parts is not None and parts.scheme == "http" and is_loopback_host(parts.hostname or "")
        if url and (parts is None or parts.username or not (parts.scheme == "https" or is_plain)):
            fix = 'Write it as "https://example.com/developers".'
            yield Finding(path=("discovery", key), message="is not an https URL.", fix=fix)


def domains(settings: Settings) -> Iterator[Finding]:
    for index, domain in enumerate(settings.discovery.domains):
        if not is_host_with_port(domain):
            path = ("discovery", "domains", index)
            message = "is not a host name in lower case, with or without a port."
            yield Finding(path=path, message=message, fix='Write it as "example.com".')
