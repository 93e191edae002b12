"""“This wasn’t me”: the links in mails by which an owner reports a sign-in, and what they end.

A link works for seven days. What it opens is a page with a button: mail scanners and prefetching browsers open links.
"""

import json
from collections.abc import Mapping

from idp.records.account import SubjectId
from idp.records.ports import Entropy
from idp.spec.token_value import SECRET_BYTES, make_token
from idp.store.accounts import INSERT_LINK
from idp.store.statement import Effect

PURPOSE = "not-me"
_SEVEN_DAYS = 604_800


def not_me_link(
    entropy: Entropy, subject_id: SubjectId, about: Mapping[str, str], *, now: int
) -> tuple[str, Effect]:
    """The path of a new link, and the row that makes it work. `about`: challenge_id, session_id, device_id, each the
    one that the link may end, or absent.
    """
    token = make_token(entropy.uuid7(now), entropy.token_bytes(SECRET_BYTES))
    effect = INSERT_LINK.effect(
        link_id=token.identifier,
        digest=token.digest,
        purpose=PURPOSE,
        subject_id=subject_id,
        created_at=now,
        expires_at=now + _SEVEN_DAYS,
        about=json.dumps({name: value for name, value in about.items() if value}),
    )
    return f"/not-me/{token.value}", effect
