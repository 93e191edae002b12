"""A mail as bytes (RFC 5322, MIME): headers of ours, a text part and an HTML part.

The same message always becomes the same bytes, Message-ID included: what is sent again after a node died is recognised
by whoever got it before. No value of a person's can end a header: the standard library refuses line breaks in them,
and `composing.py` has replaced them before.
"""

from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8

import idna

from idp.events.composing import Composed
from idp.spec.identifier import canonical_email


def mail_bytes(composed: Composed, *, to: str, sender: str, brand: str, message_id: str, at: int) -> bytes:
    """The message for one recipient. Raises ValueError for an address that can't be written."""
    address = _recipient(to)
    policy = SMTP if address.addr_spec.isascii() else SMTPUTF8
    message = EmailMessage(policy=policy.clone(max_line_length=78))
    from_address = _address(sender, brand)
    message["From"] = from_address
    message["To"] = address
    message["Subject"] = composed.subject
    message["Date"] = datetime.fromtimestamp(at, UTC)
    message["Message-ID"] = f"<{message_id}@{from_address.domain}>"
    # RFC 3834 §5: no out-of-office answers.
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(composed.text, cte="quoted-printable")
    message.add_alternative(composed.html, subtype="html", cte="quoted-printable")
    message["Content-Language"] = (
        composed.locale
    )  # Content replaces headers of that prefix, so it comes after.
    message.set_boundary(f"=_{message_id}")
    return message.as_bytes()


def wire_address(address: str) -> str:
    """`address` as SMTP speaks of it: the domain in ASCII, whatever the local part is. Raises ValueError."""
    return _recipient(address).addr_spec


def _recipient(address: str) -> Address:
    # A quoted local part could hold what looks like a second address.
    if canonical_email(address) is None:
        raise ValueError("not an address")
    return _address(address)


def _address(address: str, name: str = "") -> Address:
    local_part, _, domain = address.rpartition("@")
    ascii_domain = idna.encode(domain, uts46=True).decode("ascii")
    return Address(display_name=name, username=local_part, domain=ascii_domain)
