"""What pages show to whoever chooses a password: the form, why one is refused, and that it is saved."""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from idp.account.password import (
    LONGEST_PASSWORD,
    PasswordProblem,
    context_of,
    known_words,
    own_part,
    password_problem,
)
from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor, with_browser
from idp.login.interaction import LOCAL_PATHS, begin
from idp.records.account import Person
from idp.records.interaction import InteractionKind
from idp.risk.common_passwords import password_is_common
from idp.risk.guessing import is_easily_guessed
from idp.store.factors import STANDING
from idp.web.errors import RETRY_SECONDS
from idp.web.headers import Posture
from idp.web.locale import Message

BUSY = Message(
    "We are very busy and have not saved your password yet. Wait %(wait)s, then enter it again.",
    {"wait": timedelta(seconds=RETRY_SECONDS)},
)
_COMMON = Message("Many people use this password, so it is guessed first. Choose another one.")
_GUESSED = Message(
    "This password is easy to guess: common words, names, rows of keys, years and repeats are tried first. Choose"
    " several words that have nothing to do with each other."
)
_STOLEN = Message(
    "This password was stolen from another service, so it is guessed first. Choose another one, and change it wherever"
    " you use it."
)


async def refusal(door: FrontDoor, person: Person, password: str) -> Message | None:
    """Why a password can't be this person's, if it can't (S36 to S38). It may ask a service outside."""
    brand = door.pages.subsidiaries.brand_of_account(country=person.country, language=person.language)
    context = context_of(person, brand=brand.name)
    minimum = await minimum_length(door, person)
    problem = unfit(password, context=context, minimum_length=minimum)
    return problem or await weak(door, password, context=context)


def unfit(password: str, *, context: Iterable[str], minimum_length: int) -> Message | None:
    """The same as far as a glance tells. `context` are texts that others connect with whoever chooses it."""
    problem = password_problem(password, minimum_length=minimum_length, context=context)
    if problem is not None:
        return _said(problem, minimum_length)
    return _COMMON if password_is_common(password) else None


async def weak(door: FrontDoor, password: str, *, context: Sequence[str]) -> Message | None:
    """The rest of it, which costs something: ask for those alone whose tries are counted. How easily it is guessed, and
    what the operator's list of stolen passwords says of it, where there is one.
    """
    if guessed := await asyncio.to_thread(_guessed, password, context):
        return guessed
    return _STOLEN if await door.breaches.is_stolen(password) else None


def _guessed(password: str, context: Sequence[str]) -> Message | None:
    if is_easily_guessed(password, known_words(context)):
        return _GUESSED
    rest = own_part(password, context)
    return _said(PasswordProblem.ABOUT_YOU, 0) if rest is not None and is_easily_guessed(rest) else None


async def minimum_length(door: FrontDoor, person: Person) -> int:
    """The fewest characters: fewer where the account has to use a second factor, and nobody can turn it off."""
    limits = door.settings.password
    standing = await door.database.one(STANDING, of_subject=person.subject_id)
    if standing and standing.groups & door.rules.required_groups:
        return min(limits.minimum_length, limits.minimum_length_with_factor)
    return limits.minimum_length


async def choosing_page(
    door: FrontDoor,
    request: Request,
    template: str,
    person: Person,
    *,
    path: str,
    status: int = 200,
    errors: dict[str, Message] | None = None,
    **context: Any,
) -> Response:
    """The form, of a link whose page is at `path`, which is its purpose too."""
    browser = door.browser(request) or door.new_browser()
    response = door.pages.render(
        request,
        template,
        status=status,
        posture=Posture.PORTAL,
        locale=person.language,
        headers={"Retry-After": str(RETRY_SECONDS)} if status == 503 else None,
        form_action=path,
        csrf_token=door.form_token(browser, path),
        customer_id=person.customer_id,
        minimum_length=await minimum_length(door, person),
        errors=errors or {},
        **context,
    )
    return with_browser(door, response, browser)


async def saved_page(door: FrontDoor, request: Request, person: Person, browser: str, now: int) -> Response:
    """The sign-in page that it leads to is for this person, even if the browser is somebody else's until then."""
    path = await begin(
        door,
        browser=browser,
        kind=InteractionKind.LOCAL,
        parameters={"return_to": LOCAL_PATHS[0], "login_hint": person.customer_id},
        now=now,
    )
    return door.pages.render(
        request,
        "enrolled.html",
        posture=Posture.PLAIN,
        locale=person.language,
        customer_id=person.customer_id,
        sign_in_url=f"{path}/{Ask.LOGIN}",
    )


def _said(problem: PasswordProblem, minimum: int) -> Message:
    match problem:
        case PasswordProblem.EMPTY:
            return Message("Enter a new password")
        case PasswordProblem.TOO_SHORT:
            return Message(
                "The password is too short. Use at least %(minimum)s characters.", {"minimum": minimum}
            )
        case PasswordProblem.TOO_LONG:
            return Message(
                "The password is too long. Use at most %(maximum)s characters.", {"maximum": LONGEST_PASSWORD}
            )
        case PasswordProblem.ABOUT_YOU:
            return Message(
                "The password is easy to guess: it is little more than your name, your address or your"
                " customer ID. Add words that nobody connects with you."
            )
