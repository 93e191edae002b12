"""Whether the mail server talks to us, without sending anything."""

import smtplib
import ssl
from collections.abc import Iterator

from idp.cli.checks.finding import Finding, failure, fine, warning
from idp.cli.faults import one_line
from idp.config.settings import Mail

_TIMEOUT_SECONDS = 10


def check_mail(mail: Mail) -> Iterator[Finding]:
    """Connect, greet, and encrypt as the configuration says."""
    if not mail.host:
        yield warning("mail", "No mail server: codes and notices cannot be sent. Set [mail] host.")
        return
    server = f"{mail.host}:{mail.port}"
    try:
        _greet(mail)
    except (OSError, smtplib.SMTPException) as error:
        yield failure("mail", f"{server} with security {mail.security}: {one_line(error)}. Check [mail].")
        return
    yield fine("mail", f"{server} answers, security {mail.security}")


def _greet(mail: Mail) -> None:
    context = ssl.create_default_context()
    if mail.security == "tls":
        with smtplib.SMTP_SSL(mail.host, mail.port, timeout=_TIMEOUT_SECONDS, context=context) as server:
            server.ehlo_or_helo_if_needed()
        return
    with smtplib.SMTP(mail.host, mail.port, timeout=_TIMEOUT_SECONDS) as server:
        server.ehlo_or_helo_if_needed()
        if mail.security == "starttls":
            server.starttls(context=context)
            server.ehlo()
