"""Rules on who reaches what: the issuer, host names, proxies, the database, mail, texts, metrics."""

from collections.abc import Iterator
from ipaddress import ip_network

from idp.config.finding import Finding
from idp.config.origin import (
    as_address,
    canonical_origin,
    is_host,
    is_host_with_port,
    is_loopback_host,
    is_loopback_origin,
    split,
)
from idp.config.problem import shown
from idp.config.settings import Mail, Settings

_ISSUER = ("issuer",)
# A network of this size is a provider's, and nobody's proxies fill one.
_SHORTEST_PREFIX = 8


def issuer(settings: Settings) -> Iterator[Finding]:
    """An origin and nothing else: with a path, every well-known address and cookie would have two candidates."""
    origin = canonical_origin(settings.issuer)
    if not origin or not origin.startswith(("https://", "http://")):
        example = "Write it as https://login.example.com."
        yield Finding(
            path=_ISSUER, message="is not an absolute http or https URL with a valid host.", fix=example
        )
    elif settings.issuer != origin:
        message = (
            "must be an origin: no path, query, fragment, user, default port, upper case or trailing slash."
        )
        yield Finding(path=_ISSUER, message=message, fix=f"Write {origin}.")
    elif origin.startswith("http://") and not is_loopback_origin(origin):
        message = "is plain http outside this machine: passwords and tokens would cross the network readable."
        yield Finding(path=_ISSUER, message=message, fix=f"Use https://{origin.removeprefix('http://')}.")


def hosts(settings: Settings) -> Iterator[Finding]:
    """Links come from the issuer, but a cache in front of us keys by host: each accepted one is named."""
    for index, host in enumerate(settings.server.hosts):
        path = ("server", "hosts", index)
        if "*" in host:
            message = "is a wildcard: any name that resolves to us would be served."
            yield Finding(path=path, message=message, fix="Name each host.")
        elif not is_host_with_port(host):
            message = "is not a host name in lower case, with or without a port."
            yield Finding(path=path, message=message, fix='Write it as "login.example.com".')


def trusted_proxies(settings: Settings) -> Iterator[Finding]:
    """Whoever is trusted chooses the address that throttling and the audit trail see."""
    for index, network in enumerate(settings.server.trusted_proxies):
        path = ("server", "trusted_proxies", index)
        try:
            parsed = ip_network(network)
        except ValueError:
            yield Finding(path=path, message="is not a network.", fix=_network_fix(network))
            continue
        if parsed.prefixlen < _SHORTEST_PREFIX:
            message = "trusts nearly everybody: any visitor could claim any address."
            yield Finding(path=path, message=message, fix="Name the addresses of your proxies.")


def _network_fix(network: str) -> str:
    try:
        return f"Write {ip_network(network, strict=False)}."
    except ValueError:
        return 'Write it as "192.0.2.10/32" or "10.20.0.0/16".'


def database(settings: Settings) -> Iterator[Finding]:
    url, path = settings.database.url, ("database", "url")
    if url.startswith("sqlite:///"):
        file = url.removeprefix("sqlite:///")
        if not file or file.startswith(":memory:") or "?" in file:
            yield Finding(path=path, message="names no file.", fix='Write it as "sqlite:///data/idp.db".')
        elif settings.server.workers > 1:
            message = f"cannot share SQLite, which one process writes; database.url is {shown('url', url)}."
            fix = "Use 1, or PostgreSQL."
            yield Finding(path=("server", "workers"), because=(path,), message=message, fix=fix)
    elif not url.startswith("postgresql://"):
        fix = 'Write it as "sqlite:///data/idp.db" or "postgresql://user@host/name".'
        yield Finding(path=path, message="is neither SQLite nor PostgreSQL.", fix=fix)
    else:
        # A socket's folder stands in the query, with no host: postgresql:///name?host=/run/postgresql
        anywhere = split(url) or split(url.replace("postgresql:///", "postgresql://localhost/", 1))
        if anywhere is None or len(anywhere.path) < 2:
            fix = 'Write it as "postgresql://user@host/name".'
            yield Finding(path=path, message="names no host or no database.", fix=fix)


def mail(settings: Settings) -> Iterator[Finding]:
    configured = settings.mail
    if configured.second_host and not configured.host:
        message = "is a second relay, and there is no first."
        fix = "Move it to mail.host."
        yield Finding(path=("mail", "second_host"), because=(("mail", "host"),), message=message, fix=fix)
    yield from _relay(configured, "")
    yield from _relay(configured, "second_")
    name, _, domain = configured.sender.partition("@")
    is_address = name and is_host(domain.lower()) and configured.sender.isascii() and " " not in name
    if configured.host and not is_address:
        message = "is not an address, and mail.host is set."
        fix = 'Write it as "no-reply@example.com".'
        yield Finding(path=("mail", "sender"), because=(("mail", "host"),), message=message, fix=fix)


def _relay(configured: Mail, prefix: str) -> Iterator[Finding]:
    host, security, user, password = (
        getattr(configured, prefix + key) for key in ("host", "security", "user", "password")
    )
    because = (("mail", prefix + "host"),)
    if not host:
        return
    if not is_host(host):
        message = "is not a host name in lower case."
        yield Finding(path=("mail", prefix + "host"), message=message, fix='Write it as "mail.example.com".')
    if security == "none" and not is_loopback_host(host):
        message = f"sends codes and links readable to {host}."
        fix = 'Use "starttls" or "tls".'
        yield Finding(path=("mail", prefix + "security"), because=because, message=message, fix=fix)
    elif security == "none" and user:
        message = "would carry the relay's password readable."
        fix = f'Use "starttls" or "tls", or leave mail.{prefix}user empty.'
        yield Finding(path=("mail", prefix + "security"), because=because, message=message, fix=fix)
    if bool(user) != bool(password):
        message = "needs the other: a name and a password belong together."
        missing = "password" if user else "user"
        yield Finding(path=("mail", prefix + missing), message=message, fix="Set both, or neither.")


def sms(settings: Settings) -> Iterator[Finding]:
    """Whoever reads what goes to the gateway reads second factors."""
    url, path = settings.factors.sms_url, ("factors", "sms_url")
    if not url:
        return
    parts = split(url)
    if parts is None or parts.scheme not in {"http", "https"} or parts.username or parts.fragment:
        message = "is not an http or https URL without user and fragment."
        yield Finding(path=path, message=message, fix='Write it as "https://gateway.example.com/sms".')
    elif parts.scheme == "http" and not is_loopback_host(parts.hostname or ""):
        message = "sends codes and numbers readable across the network."
        yield Finding(path=path, message=message, fix=f"Use https{url.removeprefix('http')}.")
    if not settings.factors.sms_authorization.isascii():
        message = "holds what no header can."
        key = ("factors", "sms_authorization")
        yield Finding(path=key, message=message, fix="Write it as the gateway's manual does.")


def breaches(settings: Settings) -> Iterator[Finding]:
    """What goes there tells little of a password, but an answer that somebody forges refuses good ones."""
    url, path = settings.password.breach_url, ("password", "breach_url")
    if not url:
        return
    parts = split(url)
    if parts is None or parts.scheme not in {"http", "https"} or parts.username or parts.fragment:
        message = "is not an http or https URL without user and fragment."
        yield Finding(path=path, message=message, fix='Write it as "https://api.example.com/range/".')
    elif parts.scheme == "http" and not is_loopback_host(parts.hostname or ""):
        message = "tells the network the beginnings of passwords' digests."
        yield Finding(path=path, message=message, fix=f"Use https{url.removeprefix('http')}.")


def metrics(settings: Settings) -> Iterator[Finding]:
    host, port = settings.metrics.host, settings.metrics.port
    if not port:
        return
    address = as_address(host)
    if address is not None and address.is_global:
        message = "is a public address: metrics tell outsiders how many sign-ins fail."
        fix = 'Use "127.0.0.1" or an address of your own network.'
        yield Finding(path=("metrics", "host"), message=message, fix=fix)
    if port == settings.server.port:
        message = "is the port of the pages too."
        because = (("server", "port"),)
        yield Finding(path=("metrics", "port"), because=because, message=message, fix="Use another port.")


def unseen_visitors(settings: Settings) -> Iterator[Finding]:
    if settings.is_https and not settings.server.trusted_proxies:
        message = (
            "is empty: all visitors share the address of the proxy that ends TLS, and each other's delays."
        )
        fix = "Name the proxy's network."
        because = (_ISSUER,)
        yield Finding(path=("server", "trusted_proxies"), because=because, message=message, fix=fix)


def open_listener(settings: Settings) -> Iterator[Finding]:
    if not settings.is_https and not is_loopback_host(settings.server.host):
        message = "listens beyond this machine, but the issuer is plain http."
        fix = 'Use "127.0.0.1", unless a container publishes the port on loopback only.'
        yield Finding(path=("server", "host"), because=(_ISSUER,), message=message, fix=fix)


def plain_database(settings: Settings) -> Iterator[Finding]:
    url = settings.database.url
    parts = split(url) if url.startswith("postgresql://") else None
    if parts and not is_loopback_host(parts.hostname or "") and "sslmode=verify-" not in parts.query:
        message = "may connect without checking the server's certificate."
        fix = "Append ?sslmode=verify-full."
        yield Finding(path=("database", "url"), message=message, fix=fix)


def open_metrics(settings: Settings) -> Iterator[Finding]:
    address = as_address(settings.metrics.host)
    if settings.metrics.port and address is not None and address.is_unspecified:
        message = "listens on every address of this machine."
        fix = "Make sure that only your monitoring reaches it."
        yield Finding(path=("metrics", "host"), message=message, fix=fix)


def no_mail(settings: Settings) -> Iterator[Finding]:
    if not settings.mail.host:
        message = "is empty: codes and notices cannot be sent."
        yield Finding(path=("mail", "host"), message=message, fix="Name your SMTP server.")
