"""The client's certificate, for tokens that are bound to one: RFC 8705 §3. Only its thumbprint matters here.

Whoever ends TLS has seen it: this process (`from_tls`), or a proxy that says so in a header (`from_header`).
"""

import ssl
from base64 import b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from collections.abc import Callable, Collection
from hashlib import sha256
from ipaddress import ip_address, ip_network
from urllib.parse import unquote

from starlette.requests import Request

ThumbprintOf = Callable[[Request], str]
"""The SHA-256 thumbprint of the certificate that a request came with, base64url; empty where there was none."""


def from_header(name: str, *, trusted_proxies: Collection[str]) -> ThumbprintOf:
    """From a header of a proxy in one of these networks (CIDR), which has to set or delete it on every request.

    nginx: `proxy_set_header X-SSL-Cert $ssl_client_escaped_cert`; `Client-Cert` of RFC 9440 is understood as well.
    """
    networks = [ip_network(network) for network in trusted_proxies]

    def thumbprint(request: Request) -> str:
        sent = request.headers.getlist(name)
        if len(sent) != 1 or not sent[0] or request.client is None:
            return ""
        try:
            address = ip_address(request.client.host)
        except ValueError:
            return ""
        return _of_text(sent[0]) if any(address in network for network in networks) else ""

    return thumbprint


def from_tls(request: Request) -> str:
    """From the connection itself, where the server speaks the TLS extension of ASGI."""
    chain = request.scope.get("extensions", {}).get("tls", {}).get("client_cert_chain") or ()
    return _of_text(next(iter(chain), ""))


def thumbprint_of(der: bytes) -> str:
    """Of a certificate as `ssl.SSLSocket.getpeercert(binary_form=True)` has it."""
    return urlsafe_b64encode(sha256(der).digest()).rstrip(b"=").decode()


def _of_text(text: str) -> str:
    try:
        if text.startswith(":") and text.endswith(":"):
            return thumbprint_of(b64decode(text[1:-1], validate=True)) if len(text) > 2 else ""
        return thumbprint_of(ssl.PEM_cert_to_DER_cert(unquote(text))) if text else ""
    except (ValueError, BadBase64):
        return ""
