"""The questions of the form, and which one is next. Pure: what was answered decides, not the order of the pages."""

from collections.abc import Collection
from enum import StrEnum
from typing import Any

from idp.account.cases.documents import missing
from idp.records.case import Case, CaseDocument


class Step(StrEnum):
    """A page below `/recovery/{case}/`, or below `/case/{link}/`."""

    WHO = "who"
    TYPE = "type"
    REASON = "reason"
    ADDRESS = "address"
    DOCUMENTS = "documents"
    UPLOAD = "upload"
    """Takes a file, and shows `DOCUMENTS` again."""
    DOMAIN = "domain"
    """Instead of documents, for who has a domain with us."""
    REVIEW = "review"


QUESTIONS = (Step.WHO, Step.TYPE, Step.REASON, Step.ADDRESS, Step.DOCUMENTS, Step.REVIEW)
_QUESTION_OF = {Step.UPLOAD: Step.DOCUMENTS, Step.DOMAIN: Step.DOCUMENTS}


def next_step(case: Case, documents: Collection[CaseDocument]) -> Step:
    """The first question that has no answer yet."""
    if not case.typed_identifier or not case.typed_name:
        return Step.WHO
    if not case.account_kind:
        return Step.TYPE
    if not case.reason:
        return Step.REASON
    if case.new_email_verified_at is None:
        return Step.ADDRESS
    return Step.REVIEW if is_shown(case, documents) else Step.DOCUMENTS


def is_shown(case: Case, documents: Collection[CaseDocument]) -> bool:
    """Whether everything is there that shows whose account it is."""
    return case.domain_proven_at is not None or not missing(case.account_kind, documents)


def may_show(step: Step, case: Case, documents: Collection[CaseDocument]) -> bool:
    """Whether a page can be shown: the next question, or one before it, to be answered anew."""
    return _place(step) <= _place(next_step(case, documents))


def place(step: Step) -> dict[str, Any]:
    """The variables that say how far one has come."""
    return {"step": _place(step) + 1, "steps": len(QUESTIONS)}


def _place(step: Step) -> int:
    return QUESTIONS.index(_QUESTION_OF.get(step, step))
