"""client_secret_post: credentials in the body, RFC 6749 §2.3.1."""

from collections.abc import Mapping

from idp.oauth.client_auth.presented import SECRET_METHODS, Presented
from idp.spec.errors import InvalidClient

NAMES: tuple[str, ...] = ("client_secret_post",)


def read(authorization: str, form: Mapping[str, str]) -> Presented | None:
    if "client_secret" not in form:
        return None
    if "client_id" not in form:
        raise InvalidClient("client_id is missing")
    return Presented(
        method="client_secret_post",
        client_id=form["client_id"],
        secret=form["client_secret"],
        accepts=SECRET_METHODS,
    )
