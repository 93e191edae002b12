"""Every sealed column, for the replacement of root keys: which root key sealed what, and the next rows to reseal."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Label, bindparam, func, select, update

from idp.store.statement import Query, Write
from idp.store.tables.case import case_document
from idp.store.tables.client import client_secret
from idp.store.tables.factor import enrolment, phone, totp
from idp.store.tables.grant import refresh_token
from idp.store.tables.key import encryption_key, secret, signing_key
from idp.store.tables.login import challenge
from idp.store.tables.outbox import outbox

BATCH = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRow:
    """A sealed value."""

    row_id: str
    sealed: bytes = field(repr=False)
    root_key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RootKeyCount:
    """How many rows one root key sealed."""

    root_key_id: str
    rows: int


class SealedColumn:
    """A column of sealed values and its statements. Erased values (NULL or empty) don't count."""

    def __init__(self, *, row_id: Column[str], sealed: Column[bytes], root_key_id: Column[str]) -> None:
        holds_something = func.length(sealed) > 0
        self.table = row_id.table.name
        row: list[Label[Any]] = [
            row_id.label("row_id"),
            sealed.label("sealed"),
            root_key_id.label("root_key_id"),
        ]
        self.stale_rows = Query(
            select(*row)
            .where(row_id > bindparam("after"), root_key_id != bindparam("current"), holds_something)
            .order_by(row_id)
            .limit(BATCH),
            into=SealedRow,
        )
        """Takes `after` (a row_id, first empty) and `current` (the root key that seals)."""
        count: list[Label[Any]] = [root_key_id.label("root_key_id"), func.count().label("rows")]
        self.counts = Query(
            select(*count).where(holds_something).group_by(root_key_id),
            into=RootKeyCount,
        )
        self.reseal = Write(
            update(row_id.table)
            .where(row_id == bindparam("row_id"), root_key_id == bindparam("former"))
            .values({sealed: bindparam("new_sealed"), root_key_id: bindparam("new_root_key_id")})
        )
        """Takes `row_id`, `former` (root key), `new_sealed`, `new_root_key_id`."""

    def binding(self, row_id: str) -> str:
        """What the value of a row is bound to."""
        return f"{self.table}:{row_id}"


SIGNING_KEYS = SealedColumn(
    row_id=signing_key.c.kid, sealed=signing_key.c.sealed, root_key_id=signing_key.c.root_key_id
)
ENCRYPTION_KEYS = SealedColumn(
    row_id=encryption_key.c.kid, sealed=encryption_key.c.sealed, root_key_id=encryption_key.c.root_key_id
)
SECRETS = SealedColumn(row_id=secret.c.secret_id, sealed=secret.c.sealed, root_key_id=secret.c.root_key_id)
SUCCESSORS = SealedColumn(
    row_id=refresh_token.c.token_id,
    sealed=refresh_token.c.successor_sealed,
    root_key_id=refresh_token.c.root_key_id,
)
TOTPS = SealedColumn(row_id=totp.c.totp_id, sealed=totp.c.sealed, root_key_id=totp.c.root_key_id)
PHONES = SealedColumn(row_id=phone.c.phone_id, sealed=phone.c.sealed, root_key_id=phone.c.root_key_id)
ENROLMENTS = SealedColumn(
    row_id=enrolment.c.enrolment_id, sealed=enrolment.c.sealed, root_key_id=enrolment.c.root_key_id
)
CHALLENGES = SealedColumn(
    row_id=challenge.c.challenge_id, sealed=challenge.c.sealed, root_key_id=challenge.c.root_key_id
)
MESSAGES = SealedColumn(row_id=outbox.c.message_id, sealed=outbox.c.sealed, root_key_id=outbox.c.root_key_id)
DOCUMENTS = SealedColumn(
    row_id=case_document.c.document_id, sealed=case_document.c.sealed, root_key_id=case_document.c.root_key_id
)
CLIENT_SECRETS = SealedColumn(
    row_id=client_secret.c.secret_id, sealed=client_secret.c.sealed, root_key_id=client_secret.c.root_key_id
)
SEALED_COLUMNS = (
    SIGNING_KEYS,
    ENCRYPTION_KEYS,
    SECRETS,
    SUCCESSORS,
    TOTPS,
    PHONES,
    ENROLMENTS,
    CHALLENGES,
    MESSAGES,
    DOCUMENTS,
    CLIENT_SECRETS,
)
