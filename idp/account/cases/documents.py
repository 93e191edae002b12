"""Which documents show whose account it is, by the account type that a person picks. The kinds are a fixed list: what a
file was called is never kept.
"""

from collections.abc import Iterable

from idp.account.cases.papers.media import MediaType
from idp.records.account import AccountKind
from idp.records.case import Case, CaseDocument, DocumentKind

REQUIRED: dict[AccountKind, tuple[DocumentKind, ...]] = {
    AccountKind.INDIVIDUAL: (DocumentKind.IDENTITY, DocumentKind.ADDRESS),
    AccountKind.SELF_EMPLOYED: (DocumentKind.IDENTITY, DocumentKind.REGISTER_NOTICE),
    AccountKind.COMPANY: (DocumentKind.IDENTITY, DocumentKind.REGISTRATION),
    AccountKind.ASSOCIATION: (
        DocumentKind.IDENTITY,
        DocumentKind.MINUTES,
        DocumentKind.DECLARATION,
        DocumentKind.AUTHORISATION,
    ),
    AccountKind.ADMINISTRATION: (
        DocumentKind.IDENTITY,
        DocumentKind.REGISTER_NOTICE,
        DocumentKind.AUTHORISATION,
    ),
}


def required(account_kind: str) -> tuple[DocumentKind, ...]:
    """What an account type has to show; nothing before one was picked."""
    return REQUIRED[AccountKind(account_kind)] if account_kind in set(AccountKind) else ()


def counts(case: Case, document: CaseDocument) -> bool:
    """Whether a document shows something: still here, not asked for anew, and not from before a cancellation."""
    is_whole = document.deleted_at is None and not document.asked_again
    return is_whole and document.created_at > (case.frozen_at or 0)


def missing(account_kind: str, documents: Iterable[CaseDocument]) -> tuple[DocumentKind, ...]:
    """What is still to be added. A document that a better one was asked of counts no more."""
    present = {one.kind for one in documents if one.deleted_at is None and not one.asked_again}
    return tuple(kind for kind in required(account_kind) if kind not in present)


def download_name(case: Case, documents: Iterable[CaseDocument], document_id: str) -> str:
    """What agents save a document as, such as `K7QF-29DM-identity-1.pdf`. Raises KeyError for another case's.

    The number is that of its kind within the case, deleted ones counted, so that it never changes.
    """
    numbers: dict[str, int] = {}
    for one in sorted(documents, key=lambda each: each.document_id):
        numbers[one.kind] = numbers.get(one.kind, 0) + 1
        if one.document_id == document_id:
            extension = MediaType(one.media_type).extension
            return f"{case.reference}-{one.kind}-{numbers[one.kind]}.{extension}"
    raise KeyError(document_id)
