"""Whether others reach the issuer as the configuration names it: HTTP, TLS, the proxy in between, the clock."""

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx2

from idp.cli.checks.finding import Finding, failure, fine, note, warning
from idp.cli.faults import one_line
from idp.config.settings import Settings

_TIMEOUT_SECONDS = 10
_DAY_SECONDS = 86_400
_TLS_WARNING_DAYS = 21
# Our own clock's fraction, the answer's journey, and a Date that is whole seconds.
_SKEW_SECONDS = 5


def check_issuer(settings: Settings) -> Iterator[Finding]:
    """Ask the issuer for its metadata, as every application does."""
    url = f"{settings.issuer}/.well-known/openid-configuration"
    try:
        # Whom the system trusts, or SSL_CERT_FILE: a private authority is as good. No proxy of the environment's.
        trusted = ssl.create_default_context()
        with httpx2.Client(timeout=_TIMEOUT_SECONDS, trust_env=False, verify=trusted) as client:
            response = client.get(url)
    except httpx2.HTTPError as error:
        yield failure(
            "issuer", f"{url} does not answer: {one_line(error)}. Start idp, and check DNS and the proxy."
        )
        return
    yield _metadata(settings, url, response)
    yield _clock(response)
    if settings.is_https:
        yield _hsts(response)


def check_tls(settings: Settings) -> Iterator[Finding]:
    """When the certificate of an https issuer ends."""
    if not settings.is_https:
        return
    parts = urlsplit(settings.issuer)
    assert parts.hostname is not None
    address = (parts.hostname, parts.port or 443)
    try:
        with (
            socket.create_connection(address, timeout=_TIMEOUT_SECONDS) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname) as secure,
        ):
            certificate = secure.getpeercert() or {}
    except OSError as error:
        yield failure(
            "tls", f"No TLS with {parts.hostname}: {one_line(error)}. Check its certificate and its chain."
        )
        return
    ends_at = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    days = int((ends_at - time.time()) // _DAY_SECONDS)
    if days < _TLS_WARNING_DAYS:
        yield warning("tls", f"The certificate ends in {days} days. Renew it.")
    else:
        yield fine("tls", f"The certificate is good for {days} days")


def check_synchronization() -> Iterator[Finding]:
    """Whether the system keeps its clock right: codes, tokens and TOTP are judged by it."""
    timedatectl = shutil.which("timedatectl")
    if timedatectl is None:
        yield note("clock", "This system cannot say whether its clock is synchronized (no timedatectl).")
        return
    command = [timedatectl, "show", "--property=NTPSynchronized", "--value"]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False).stdout.strip()  # noqa: S603
    if answer == "yes":
        yield fine("clock", "The system synchronizes its clock")
    elif answer == "no":
        yield warning("clock", "The system does not synchronize its clock. Turn on NTP.")
    else:
        yield note("clock", "This system cannot say whether its clock is synchronized.")


def _metadata(settings: Settings, url: str, response: httpx2.Response) -> Finding:
    if response.status_code == 400:
        return failure("proxy", f"{url} answers 400: let the proxy pass the Host header on, unchanged.")
    if response.is_redirect:
        return failure(
            "proxy", f"{url} redirects to {response.headers.get('location')}. Let the proxy serve it."
        )
    if response.status_code != 200:
        return failure("issuer", f"{url} answers {response.status_code}. Look into the log.")
    try:
        named = response.json().get("issuer")
    except (ValueError, AttributeError):
        return failure("issuer", f"{url} answers something else than metadata. Check where the proxy leads.")
    if named != settings.issuer:
        return failure("issuer", f"{url} names the issuer {named}. Serve with this configuration.")
    return fine("issuer", f"{settings.issuer} answers")


def _clock(response: httpx2.Response) -> Finding:
    try:
        skew = parsedate_to_datetime(response.headers["date"]).timestamp() - time.time()
    except (KeyError, ValueError):
        return note("clock", "The issuer's answer has no Date to compare clocks with.")
    if abs(skew) > _SKEW_SECONDS:
        return warning(
            "clock", f"The issuer's clock differs from ours by {skew:.0f} s. Synchronize both by NTP."
        )
    return fine("clock", "The issuer's clock is ours")


def _hsts(response: httpx2.Response) -> Finding:
    if "strict-transport-security" in response.headers:
        return fine("proxy", "Strict-Transport-Security comes through")
    return warning("proxy", "The proxy removes Strict-Transport-Security. Let it through.")
