"""Client authentication: RFC 6749 §2.3, RFC 7523. A method is one file and one line here."""

from collections.abc import Mapping
from typing import Protocol

from idp.oauth.client_auth import basic, none, post, private_key_jwt
from idp.oauth.client_auth.presented import Presented
from idp.spec.errors import InvalidClient, InvalidRequest


class Method(Protocol):
    """A module of this folder."""

    NAMES: tuple[str, ...]

    def read(self, authorization: str, form: Mapping[str, str]) -> Presented | None:
        """What the request presents by this method, or None. Raises InvalidClient if it is malformed."""


METHODS: tuple[Method, ...] = (basic, post, private_key_jwt, none)
METHOD_NAMES = tuple(name for method in METHODS for name in method.NAMES)
CONFIDENTIAL_METHOD_NAMES = tuple(name for name in METHOD_NAMES if name not in none.NAMES)


def read_presented(authorization: str, form: Mapping[str, str]) -> Presented:
    """The one way in which this request authenticates its client.

    Raises InvalidRequest for two at once or a body `client_id` that names another client (§2.3: a client MUST NOT use
    more than one method), InvalidClient for none at all.
    """
    found = [presented for method in METHODS if (presented := method.read(authorization, form)) is not None]
    if len(found) > 1:
        raise InvalidRequest("more than one client authentication method")
    if not found:
        raise InvalidClient("client authentication is missing")
    presented = found[0]
    if form.get("client_id", presented.client_id) != presented.client_id:
        raise InvalidRequest("client_id is not that of the authenticated client")
    return presented
