"""What agents asked for and has not come yet. Pure, from the case's history."""

from collections.abc import Iterable

from idp.records.case import AskReason, CaseEntry, DocumentKind, What


def asked_for(entries: Iterable[CaseEntry]) -> dict[DocumentKind, AskReason]:
    """The kinds of documents, each with the reason; the last one counts."""
    asked: dict[DocumentKind, AskReason] = {}
    for entry in entries:
        if entry.what == What.ASKED:
            kind, _, reason = entry.detail.partition(" ")
            asked[DocumentKind(kind)] = AskReason(reason)
        elif entry.what == What.DOCUMENT and entry.detail in set(DocumentKind):
            asked.pop(DocumentKind(entry.detail), None)
    return asked
