"""The name, the last question: with it the account exists, and its owner is signed in."""

import unicodedata

from starlette.responses import Response

from idp.account.problem import AddressTaken, ChangedMeanwhile
from idp.login.dispatch import Ask
from idp.login.interaction import path_of
from idp.portal.signing_up.becoming import become_customer
from idp.portal.signing_up.steps import Step, next_step
from idp.portal.signing_up.visit import Visit
from idp.portal.signing_up.visit import path_of as path_of_step
from idp.records.account import AccountKind
from idp.spec.visible_text import tidy_line
from idp.web.locale import Message

LONGEST_NAME = 80
_PEOPLE = frozenset({AccountKind.INDIVIDUAL, AccountKind.SELF_EMPLOYED})
"""They stand on their invoices by their own name."""
_MISSING = {
    "given_name": Message("Enter your first name"),
    "family_name": Message("Enter your last name"),
    "organization": Message("Enter the name of your organisation"),
}
_UNREADABLE = {
    "given_name": Message(
        "Enter your first name with letters, in at most %(most)s characters", {"most": LONGEST_NAME}
    ),
    "family_name": Message(
        "Enter your last name with letters, in at most %(most)s characters", {"most": LONGEST_NAME}
    ),
    "organization": Message(
        "Enter the name of your organisation with letters or digits, in at most %(most)s characters",
        {"most": LONGEST_NAME},
    ),
}


async def show(visit: Visit) -> Response:
    return _page(visit, {})


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    typed = {name: form.get(name, "") for name in _asked(visit)}
    names = {name: name_text(text) for name, text in typed.items()}
    errors = {
        name: (_UNREADABLE if typed[name].strip() else _MISSING)[name]
        for name, text in names.items()
        if not text
    }
    if errors:
        return _page(visit, typed, errors=errors)
    try:
        return await become_customer(visit, {name: text for name, text in names.items() if text})
    except (AddressTaken, ChangedMeanwhile):
        return await _late(visit)


def name_text(text: str) -> str:
    """A name as it is kept. Empty if it is too long, has several lines or control characters, or no letter or digit."""
    kept = tidy_line(text, longest=LONGEST_NAME) or ""
    is_one_line = not any(unicodedata.category(character) in {"Cc", "Zl", "Zp"} for character in text)
    has_letter = any(unicodedata.category(character)[0] in "LN" for character in kept)
    return kept if is_one_line and has_letter else ""


def _asked(visit: Visit) -> tuple[str, ...]:
    own = ("given_name", "family_name")
    return own if visit.sign_up.kind in _PEOPLE else ("organization", *own)


def _page(visit: Visit, typed: dict[str, str], *, errors: dict[str, Message] | None = None) -> Response:
    return visit.render(
        "sign-up/name.html",
        errors=errors,
        kind=visit.sign_up.kind,
        typed={name: typed.get(name, "") for name in _asked(visit)},
        back_url=path_of_step(visit.sign_up.sign_up_id, Step.TYPE),
    )


async def _late(visit: Visit) -> Response:
    """Another tab was quicker: with this sign-up, or with another one for the same address. They have proven that it is
    theirs, so they may know that it has an account.
    """
    current = await visit.reloaded()
    if current.completed_at is not None or current.email_verified_at is None:
        return visit.to(next_step(current))
    return visit.door.pages.render(
        visit.request,
        "sign-up/taken.html",
        status=409,
        locale=current.language,
        address=current.email,
        sign_in_url=path_of(current.interaction_id, Ask.LOGIN) if current.interaction_id else "/account",
    )
