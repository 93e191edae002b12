"""none: a public client names itself and proves nothing, RFC 6749 §3.2.1."""

from collections.abc import Mapping

from idp.oauth.client_auth.presented import Presented

NAMES: tuple[str, ...] = ("none",)
_PROOFS = ("client_secret", "client_assertion", "client_assertion_type")


def read(authorization: str, form: Mapping[str, str]) -> Presented | None:
    if authorization or "client_id" not in form or any(name in form for name in _PROOFS):
        return None
    return Presented(method="none", client_id=form["client_id"], accepts=NAMES)
