"""client_secret_basic: HTTP Basic with form-encoded parts, RFC 6749 §2.3.1 and RFC 7617."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from urllib.parse import unquote_plus

from idp.oauth.client_auth import none
from idp.oauth.client_auth.presented import SECRET_METHODS, Presented
from idp.spec.errors import InvalidClient

NAMES: tuple[str, ...] = ("client_secret_basic",)


def read(authorization: str, form: Mapping[str, str]) -> Presented | None:
    """The header's credentials. §2.3.1 form-encodes both parts, so `+` is a space.

    Libraries that know no public clients send theirs with an empty secret, which may be left out as well (§2.3.1): that
    says no more than `client_id` does in the form.
    """
    if not authorization:
        return None
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient("the Authorization header is not Basic")
    try:
        client_id, colon, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
        client_id = unquote_plus(client_id, errors="strict")
        secret = unquote_plus(secret, errors="strict")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise InvalidClient("the Authorization header is malformed") from None
    # NUL is no character of a client_id (Appendix A.1), and no database of ours can look for it.
    if not colon or not client_id or "\0" in client_id:
        raise InvalidClient("the Authorization header is malformed")
    if not secret:
        return Presented(method="none", client_id=client_id, accepts=none.NAMES)
    return Presented(method="client_secret_basic", client_id=client_id, secret=secret, accepts=SECRET_METHODS)
