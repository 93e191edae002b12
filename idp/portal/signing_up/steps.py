"""The steps of a sign-up, and which one is next. Pure: what was entered decides, in whatever order the pages come."""

from enum import StrEnum
from typing import Any

from idp.records.sign_up import SignUp


class Step(StrEnum):
    """A page below `/sign-up/{sign_up}/`."""

    COUNTRY = "country"
    CREDENTIALS = "credentials"
    CODE = "code"
    TYPE = "type"
    NAME = "name"
    WELCOME = "welcome"


QUESTIONS = tuple(step for step in Step if step is not Step.WELCOME)


def next_step(sign_up: SignUp) -> Step:
    """The first question that has no answer yet."""
    if sign_up.completed_at is not None:
        return Step.WELCOME
    if not sign_up.country:
        return Step.COUNTRY
    if not sign_up.encoded:
        return Step.CREDENTIALS
    if sign_up.email_verified_at is None:
        return Step.CODE
    return Step.NAME if sign_up.kind else Step.TYPE


def may_show(step: Step, sign_up: SignUp) -> bool:
    """Whether a page can be shown: the next question, or one before it, to be answered anew. A proven address needs no
    code, and nothing changes an account that exists.
    """
    due = next_step(sign_up)
    if Step.WELCOME in (step, due):
        return step is due
    if step is Step.CODE:
        return due is Step.CODE
    return QUESTIONS.index(step) <= QUESTIONS.index(due)


def place(step: Step) -> dict[str, Any]:
    """The variables that say how far one has come."""
    return {"step": QUESTIONS.index(step) + 1, "steps": len(QUESTIONS)}
