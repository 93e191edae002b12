"""Links to cases. At rest they are digests; finding one changes nothing, so mail scanners may open its page.

They belong to the case, not to an account: whoever asks may have typed an ID that nobody has, or a blocked account's.
One that is unknown, of another purpose, or expired is not told apart.
"""

from dataclasses import dataclass

from idp.records.case import Case, CaseLink, LinkPurpose
from idp.records.ports import Entropy
from idp.spec.identifier import canonical_email
from idp.spec.token_value import SECRET_BYTES, is_same, make_token, read_token
from idp.store.cases import CASE, CASE_LINK, INSERT_CASE_LINK
from idp.store.database import Database
from idp.store.statement import Effect

_PATHS = {LinkPurpose.STATUS: "/case/", LinkPurpose.CANCEL: "/case-cancel/"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCaseLink:
    """A link that can be looked at, and its case as it is now."""

    link: CaseLink
    case: Case


def new_case_link(
    entropy: Entropy, case_id: str, purpose: LinkPurpose, address: str, *, seconds: int, now: int
) -> tuple[str, Effect]:
    """The path of a new link that is mailed to `address`, and the row that makes it work."""
    token = make_token(entropy.uuid7(now), entropy.token_bytes(SECRET_BYTES))
    effect = INSERT_CASE_LINK.effect(
        link_id=token.identifier,
        digest=token.digest,
        case_id=case_id,
        purpose=purpose.value,
        address_key=canonical_email(address) or address,
        created_at=now,
        expires_at=now + seconds,
    )
    return _PATHS[purpose] + token.value, effect


async def find_case_link(db: Database, value: str, purpose: LinkPurpose, now: int) -> OpenCaseLink | None:
    """The link of `value` and its case, whatever the case's status. A cancel link that was used is found too: its page
    says what became of it.
    """
    token = read_token(value)
    link = await db.one(CASE_LINK, of_link=token.identifier) if token else None
    if token is None or link is None or not is_same(link.digest, token.digest):
        return None
    if link.purpose is not purpose or now >= link.expires_at:
        return None
    case = await db.one(CASE, of_case=link.case_id)
    return OpenCaseLink(link=link, case=case) if case is not None else None
