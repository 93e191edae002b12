"""client_secret_basic: HTTP Basic with form-encoded parts, RFC 6749 §2.3.1 and RFC 7617."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import unquote_plus

from idp.oauth.client_auth.presented import SECRET_METHODS, Presented
from idp.spec.errors import InvalidClient

NAMES: tuple[str, ...] = ("client_secret_basic",)


def read(authorization: str, form: Mapping[str, str]) -> Presented | None:
    """The header's credentials. §2.3.1 form-encodes both parts, so `+` is a space."""
    if not authorization:
        return None
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient("the Authorization header is not Basic")
    try:
        client_id, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
        presented = Presented(
            method="client_secret_basic",
            client_id=unquote_plus(client_id, errors="strict"),
            secret=unquote_plus(secret, errors="strict"),
            accepts=SECRET_METHODS,
        )
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise InvalidClient("the Authorization header is malformed") from None
    # NUL is no character of a client_id (Appendix A.1), and no database of ours can look for it.
    if not colon or not presented.client_id or not presented.secret or "\0" in presented.client_id:
        raise InvalidClient("the Authorization header is malformed")
    return presented
