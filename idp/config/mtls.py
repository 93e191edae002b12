"""Mutual TLS behind a proxy: RFC 8705."""

from dataclasses import dataclass
from typing import Literal

from idp.config.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class MutualTls:
    """`docs/mutual-tls.md` explains it."""

    header: str = setting(
        "Header in which the proxy hands on a client's certificate, such as Client-Cert; empty for none. It is taken"
        " from server.trusted_proxies alone, which have to overwrite what clients send.",
        default="",
    )
    format: Literal["escaped-pem", "rfc9440"] = setting(
        'How it is written there: "escaped-pem" is $ssl_client_escaped_cert of nginx, "rfc9440" a Client-Cert header.',
        default="escaped-pem",
    )
    origin: str = setting(
        "Origin where the proxy asks for certificates, if it is not the issuer: discovery names it"
        " (mtls_endpoint_aliases).",
        default="",
    )
    trust_anchors: str = setting(
        "PEM file of the certificate authorities whose certificates clients of the method tls_client_auth present;"
        " empty for none.",
        default="",
    )

    @property
    def is_on(self) -> bool:
        return bool(self.header)
