"""The statement that reads what was uploaded: with its content, one at a time."""

from typing import Any

from sqlalchemy import bindparam, select

from idp.records.case import CaseDocument, SealedDocument
from idp.store.statement import Query
from idp.store.tables.case import case_document


def _sealed_of(*, sealed: bytes, root_key_id: str, **row: Any) -> SealedDocument:
    return SealedDocument(document=CaseDocument(**row), sealed=sealed, root_key_id=root_key_id)


SEALED_DOCUMENT: Query[SealedDocument] = Query(
    select(case_document).where(
        case_document.c.document_id == bindparam("of_document"),
        case_document.c.case_id == bindparam("of_case"),
        case_document.c.deleted_at.is_(None),
    ),
    into=_sealed_of,
)
"""Only of the case that is named, and only while it is kept."""
