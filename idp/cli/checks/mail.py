"""Whether mail relays and the SMS gateway talk to us, without sending anything, and whether anything waits for them."""

import smtplib
import socket
import ssl
import time
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

from idp.adapters.smtp import Relay, relays_of
from idp.cli.checks.finding import Finding, failure, fine, note, warning
from idp.cli.desk import open_database
from idp.cli.faults import Refused, one_line
from idp.config.settings import Factors, Mail, Settings
from idp.store.database import DatabaseUnavailable
from idp.store.outbox import OLDEST_QUEUED

_TIMEOUT_SECONDS = 10
# Greylisting takes minutes; what waits for longer waits for somebody.
_LONG_MINUTES = 15


def check_mail(mail: Mail) -> Iterator[Finding]:
    """Connect to each relay, encrypt, sign in and name the sender, as the configuration says; then leave."""
    relays = relays_of(mail)
    if not relays:
        yield warning("mail", "No mail server: codes and notices cannot be sent. Set [mail] host.")
        return
    for relay in relays:
        server = f"{relay.host}:{relay.port}"
        try:
            _greet(relay, mail.sender)
        except (OSError, smtplib.SMTPException) as error:
            yield failure(
                "mail", f"{server} with security {relay.security}: {one_line(error)}. Check [mail]."
            )
        else:
            yield fine("mail", f"{server} answers, security {relay.security}")


def check_sender(settings: Settings) -> Iterator[Finding]:
    """Whether readers can tell by its domain that mail is ours."""
    domain = settings.mail.sender.rpartition("@")[2].lower()
    host = urlsplit(settings.issuer).hostname or ""
    if settings.mail.host and settings.is_https and not f".{host}".endswith(f".{domain}"):
        yield note(
            "mail", f"Mail comes from {domain}, which is not the domain of {host}: readers may doubt it."
        )


def check_sms(factors: Factors) -> Iterator[Finding]:
    """Connect to the gateway, without asking it for anything: what a question costs is its own affair."""
    if not factors.sms_url:
        return
    parts = urlsplit(factors.sms_url)
    assert parts.hostname is not None
    is_https = parts.scheme == "https"
    address = (parts.hostname, parts.port or (443 if is_https else 80))
    try:
        with socket.create_connection(address, timeout=_TIMEOUT_SECONDS) as plain:
            if is_https:
                ssl.create_default_context().wrap_socket(plain, server_hostname=parts.hostname).close()
    except OSError as error:
        yield failure("sms", f"{parts.hostname}: {one_line(error)}. Check [factors] sms_url.")
        return
    yield fine("sms", f"{parts.hostname} answers")


async def check_outbox(settings: Settings) -> AsyncIterator[Finding]:
    """Whether mails and texts leave."""
    try:
        async with open_database(settings) as db:
            oldest = await db.one(OLDEST_QUEUED)
    except (Refused, DatabaseUnavailable):
        return  # `check_database` has said so.
    minutes = (int(time.time()) - oldest) // 60 if oldest is not None else 0
    if minutes >= _LONG_MINUTES:
        yield warning(
            "mail",
            f"The oldest message has waited for {minutes} minutes. `idp mail list --status queued` says why.",
        )


def _greet(relay: Relay, sender: str) -> None:
    context = ssl.create_default_context()
    if relay.security == "tls":
        with smtplib.SMTP_SSL(relay.host, relay.port, timeout=_TIMEOUT_SECONDS, context=context) as server:
            _introduce(server, relay, sender)
        return
    with smtplib.SMTP(relay.host, relay.port, timeout=_TIMEOUT_SECONDS) as server:
        server.ehlo_or_helo_if_needed()
        if relay.security == "starttls":
            server.starttls(context=context)
            server.ehlo()
        _introduce(server, relay, sender)


def _introduce(server: smtplib.SMTP, relay: Relay, sender: str) -> None:
    server.ehlo_or_helo_if_needed()
    if relay.user:
        server.login(relay.user, relay.password)
    code, words = server.mail(sender)
    if code != 250:
        raise smtplib.SMTPSenderRefused(code, words, sender)
    server.rset()
