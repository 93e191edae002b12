"""The steps that ask for an address that is new to us: the address first, then the code that went there.

A sign-in and the customer's own pages ask with the same steps. Who asks is a `Desk`: it says which addresses won't do,
and what becomes of one that was proven. What another account has looks the same, gets no code, and none is right.
"""

from datetime import timedelta
from typing import Any, Protocol

from starlette.responses import Response

from idp.login.address_proof import AddressProof, plain
from idp.login.codes import LONGEST_TYPED, looks_like_code
from idp.login.prompts.email_code_page import CODE_MISSING, CODE_UNREADABLE, wrong_code
from idp.login.sent_code import is_answerable
from idp.records.factor import Challenge
from idp.spec.identifier import canonical_email
from idp.web.forms import Parameters
from idp.web.locale import Message

_MISSING = Message("Enter an e-mail address")
_UNREADABLE = Message("Enter an e-mail address in full, such as name@example.com")
_OVER = Message("This code works no more. Enter the address again.")


class Desk(Protocol):
    """Who asks for an address."""

    @property
    def proof(self) -> AddressProof: ...

    def address_page(self, **context: Any) -> Response:
        """The page that asks for the address: `status`, `headers`, `typed` and `errors`."""

    def code_page(self, **context: Any) -> Response:
        """The page that asks for the code: besides, `address`, `is_numeric` and `minutes`."""

    def again(self) -> Response:
        """Back to the page, after its form."""

    async def refusal(self, key: str) -> Message | None:
        """Why this address won't do, as far as its owner may know. `key` is its canonical form."""

    async def may_have(self, key: str) -> bool:
        """Whether they may have it. Whoever asks must not be able to tell."""

    async def keep(self, challenge: Challenge) -> Response:
        """The address was proven; its challenge has yet to be redeemed."""


async def show(desk: Desk) -> Response:
    """With `another` in the query, the address is asked for though its code may still be entered."""
    challenge = await desk.proof.open_challenge()
    if challenge is None or "another" in desk.proof.request.query_params:
        return _address_page(desk)
    return _code_page(desk, challenge)


async def submit(desk: Desk, form: Parameters) -> Response:
    challenge = await desk.proof.open_challenge()
    match form.get("action"):
        case "change":
            if challenge:
                await desk.proof.give_up(challenge)
            return desk.again()
        case "resend":
            return await _resend(desk, challenge)
        case _ if "email" in form or (challenge is None and "code" not in form):
            return await _take(desk, challenge, form.get("email", "").strip())
        case _:
            return await _prove(desk, challenge, form)


async def _take(desk: Desk, challenge: Challenge | None, typed: str) -> Response:
    """Send a code to an address that was typed."""
    key = canonical_email(typed)
    if key is None:
        return _address_page(desk, typed=typed, errors={"email": _UNREADABLE if typed else _MISSING})
    if refusal := await desk.refusal(key):
        return _address_page(desk, typed=typed, errors={"email": refusal})
    address = plain(typed)
    if challenge is not None and desk.proof.address_of(challenge) == address:
        return desk.again()
    if wait := await _send(desk, address):
        return _address_page(desk, typed=typed, wait=wait)
    return desk.again()


async def _resend(desk: Desk, challenge: Challenge | None) -> Response:
    if challenge is None:
        return desk.again()
    wait = await _send(desk, desk.proof.address_of(challenge))
    return _code_page(desk, challenge, wait=wait) if wait else desk.again()


async def _prove(desk: Desk, challenge: Challenge | None, form: Parameters) -> Response:
    typed = form.get("code", "")
    if challenge is None:
        return _address_page(desk, errors={"form": _OVER})
    if not looks_like_code(typed):
        message = CODE_UNREADABLE if typed.strip() else CODE_MISSING
        return _code_page(desk, challenge, typed=typed, errors={"code": message})
    guessed = await desk.proof.guess(challenge, typed)
    if guessed.wait_seconds:
        return _code_page(desk, challenge, wait=guessed.wait_seconds)
    if not guessed.is_right:
        errors = wrong_code(guessed.challenge)
        if not is_answerable(guessed.challenge, desk.proof.now):
            return _address_page(desk, errors={"form": errors["form"]})
        return _code_page(desk, guessed.challenge, typed=typed, errors=errors)
    return await desk.keep(challenge)


async def _send(desk: Desk, address: str) -> int:
    """0, or the seconds to wait."""
    key = canonical_email(address)
    assert key is not None
    return await desk.proof.send(address, may_have=await desk.may_have(key))


def said(wait: int) -> dict[str, Message]:
    """What to say to who has to wait."""
    words = Message("That was often. Wait %(wait)s, then try again.", {"wait": timedelta(seconds=wait)})
    return {"form": words}


def _address_page(
    desk: Desk, *, typed: str = "", errors: dict[str, Message] | None = None, wait: int = 0
) -> Response:
    errors = said(wait) if wait else errors or {}
    return desk.address_page(**_answered(errors, wait), typed=typed, errors=errors)


def _code_page(
    desk: Desk,
    challenge: Challenge,
    *,
    typed: str = "",
    errors: dict[str, Message] | None = None,
    wait: int = 0,
) -> Response:
    errors = said(wait) if wait else errors or {}
    return desk.code_page(
        **_answered(errors, wait),
        address=desk.proof.address_of(challenge),
        typed=typed[:LONGEST_TYPED],
        is_numeric=desk.proof.door.settings.code.is_numeric,
        minutes=-(-max(challenge.expires_at - desk.proof.now, 0) // 60),
        errors=errors,
    )


def _answered(errors: dict[str, Message], wait: int) -> dict[str, Any]:
    return {
        "status": 429 if wait else 422 if errors else 200,
        "headers": {"Retry-After": str(wait)} if wait else None,
    }
