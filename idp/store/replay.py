"""What is accepted once alone: assertions of clients, and whatever else carries a `jti`. RFC 7523 §3, item 7."""

from sqlalchemy import bindparam, select

from idp.spec.token_value import digest_of
from idp.store.statement import Query, insert_into
from idp.store.tables.client import replay


def replay_digest(kind: str, whose: str, jti: str) -> bytes:
    """What a use is remembered by. Neither `kind` nor `whose`, a client's identifier, can hold a line break."""
    return digest_of(f"{kind}\n{whose}\n{jti}")


USED: Query[int] = Query(
    select(replay.c.expires_at).where(replay.c.digest == bindparam("of_digest")),
    into=lambda *, expires_at: int(expires_at),
)

USE_ONCE = insert_into(replay, or_nothing=True)
"""Takes `digest`, `expires_at`. No row is written where it was used before: expect one."""
