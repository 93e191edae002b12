"""Links that go to mailboxes or are handed over: made, and found again while they can be used.

At rest a link is a digest. Finding one changes nothing, so mail scanners and prefetching browsers may open its page;
one that is unknown, used or expired is not told apart. What a link is for is in `purpose`, and nothing finds it by
another.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from idp.records.account import AccountStatus, BlockedBy, Link, Person, SubjectId
from idp.records.ports import Entropy
from idp.spec.token_value import SECRET_BYTES, is_same, make_token, read_token
from idp.store.accounts import INSERT_LINK, LINK, PERSON_BY_SUBJECT
from idp.store.database import Database
from idp.store.statement import Effect


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenLink:
    """A link that can be used, and whose it is."""

    link: Link
    person: Person

    @property
    def about(self) -> Mapping[str, str]:
        found = json.loads(self.link.about)
        assert isinstance(found, dict)
        return found


def new_link(
    entropy: Entropy,
    subject_id: SubjectId,
    purpose: str,
    *,
    seconds: int,
    now: int,
    about: Mapping[str, str] | None = None,
) -> tuple[str, Effect]:
    """The value of a new link, and the row that makes it work. Empty values of `about` are left out."""
    token = make_token(entropy.uuid7(now), entropy.token_bytes(SECRET_BYTES))
    effect = INSERT_LINK.effect(
        link_id=token.identifier,
        digest=token.digest,
        purpose=purpose,
        subject_id=subject_id,
        created_at=now,
        expires_at=now + seconds,
        about=json.dumps({name: value for name, value in (about or {}).items() if value}),
    )
    return token.value, effect


async def find_link(
    db: Database, value: str, purpose: str, now: int, *, unblocks: bool = False
) -> OpenLink | None:
    """The link of `value` while it can be used. None for a disabled account, too, unless its owner blocked it and the
    link `unblocks`: it is a step on the way back.
    """
    token = read_token(value)
    if token is None:
        return None
    link = await db.one(LINK, link_id=token.identifier)
    if link is None or not is_same(link.digest, token.digest):
        return None
    if link.purpose != purpose or not link.is_open(now):
        return None
    person = await db.one(PERSON_BY_SUBJECT, subject_id=link.subject_id)
    if person is None or (person.status.is_closed and not (unblocks and is_blocked_by_owner(person))):
        return None
    return OpenLink(link=link, person=person)


def is_blocked_by_owner(person: Person) -> bool:
    """Whether the account is blocked in a way that its owner can undo."""
    return person.status is AccountStatus.DISABLED and person.blocked_by is BlockedBy.OWNER
