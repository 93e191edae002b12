"""The login prompt: customer ID or primary e-mail address, and password, in one form.

An unknown account, a wrong password and a blocked account look and take the same; only a right password learns that the
account is blocked. A try is spent before the password is compared (`login/throttle.py`).
"""

import json
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from idp.login.dispatch import Ask
from idp.login.factors.password import FACTOR
from idp.login.front_door import FrontDoor
from idp.login.prompts.prompted import Prompted
from idp.login.throttle import Key
from idp.records.account import AccountStatus, Credential
from idp.records.event import Circumstances, Event, EventType
from idp.records.ports import PoolBusy
from idp.spec.identifier import CustomerIdKey, read_identifier
from idp.spec.token_value import digest_of
from idp.store.accounts import CREDENTIAL_BY_CUSTOMER_ID, CREDENTIAL_BY_EMAIL
from idp.store.interactions import PROVE_IDENTITY
from idp.store.sessions import DEVICE_ID
from idp.web.circumstances import circumstances_of
from idp.web.cookies import Cookie
from idp.web.forms import Parameters
from idp.web.headers import Posture
from idp.web.locale import Message

ASK = Ask.LOGIN
_LONGEST_PASSWORD = 4_096
_BUSY_SECONDS = 5

_IDENTIFIER_MISSING = Message("Enter your customer ID or e-mail address")
_PASSWORD_MISSING = Message("Enter your password")
_NO_MATCH = Message(
    "The customer ID or e-mail address and the password don’t match. Check both and try again."
)


async def show(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    hint = prompted.interaction.parameters.get("login_hint", "")
    if not hint and prompted.signed_in is not None:
        hint = prompted.signed_in.person.customer_id
    return _page(door, request, prompted, identifier=hint)


async def submit(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    form = await door.read_form(request, prompted.path(ASK))
    typed, password = form.get("username", ""), form.get("password", "")
    if missing := _missing(typed, password):
        return _page(door, request, prompted, status=422, form=form, errors=missing)
    credential = await _find(door, typed)
    circumstances = circumstances_of(request)
    keys = door.throttle.keys(
        circumstances,
        account=credential.person.subject_id if credential else _canonical(door, typed),
        device_id=await _known_device(door, request, credential, prompted.now),
    )
    if wait := await door.throttle.spend(keys, prompted.now):
        return _throttled(door, request, prompted, form, wait)
    try:
        is_right = len(password) <= _LONGEST_PASSWORD and await door.password.verify(
            credential, password, prompted.now
        )
    except PoolBusy:
        await door.database.apply(door.throttle.give_back(keys))
        return _busy(door, request)
    if credential is None or not is_right:
        return await _wrong(door, request, prompted, form, credential, circumstances)
    if credential.person.status is not AccountStatus.ACTIVE:
        return await _blocked(door, request, prompted, credential, circumstances)
    return await _proven(door, request, prompted, form, credential, keys)


async def _find(door: FrontDoor, typed: str) -> Credential | None:
    key = read_identifier(typed, suffix=door.settings.customer_id.suffix)
    if key is None:
        return None
    if isinstance(key, CustomerIdKey):
        return await door.database.one(CREDENTIAL_BY_CUSTOMER_ID, customer_id=key.value)
    return await door.database.one(CREDENTIAL_BY_EMAIL, email_key=key.value)


def _canonical(door: FrontDoor, typed: str) -> str:
    """What is counted where there is no such account, so that spelling it otherwise is no way around."""
    key = read_identifier(typed, suffix=door.settings.customer_id.suffix)
    return key.value if key is not None else typed.strip().lower()


async def _known_device(
    door: FrontDoor, request: Request, credential: Credential | None, now: int
) -> str | None:
    """The device, if this browser is one that the account's owner already uses."""
    cookie = door.cookies.read(request, Cookie.DEVICE)
    if cookie is None:
        return None
    subject_id = credential.person.subject_id if credential else ""
    return await door.database.one(DEVICE_ID, of_subject=subject_id, of_digest=digest_of(cookie), now=now)


async def _proven(
    door: FrontDoor,
    request: Request,
    prompted: Prompted,
    form: Parameters,
    credential: Credential,
    keys: tuple[Key, ...],
) -> Response:
    effects = [
        PROVE_IDENTITY.effect(
            expects=1,
            of_interaction=prompted.interaction.interaction_id,
            subject=credential.person.subject_id,
            proven=json.dumps([[FACTOR.value, prompted.now]]),
            shared=int(form.get("shared_computer") == "1"),
            now=prompted.now,
        ),
        *door.throttle.forgive(keys),
        *await door.password.rehash(credential, form["password"]),
    ]
    # Not applied means that the interaction was completed meanwhile; the dispatcher restarts it.
    await door.database.apply(effects)
    return prompted.to_dispatcher()


async def _wrong(
    door: FrontDoor,
    request: Request,
    prompted: Prompted,
    form: Parameters,
    credential: Credential | None,
    circumstances: Circumstances,
) -> Response:
    reason = "wrong_password" if credential else "unknown_account"
    await _record_failure(door, prompted, credential, circumstances, reason)
    door.metrics.signed_in("wrong_password" if credential else "unknown_account")
    return _page(door, request, prompted, status=422, form=form, errors={"form": _NO_MATCH})


async def _blocked(
    door: FrontDoor,
    request: Request,
    prompted: Prompted,
    credential: Credential,
    circumstances: Circumstances,
) -> Response:
    await _record_failure(door, prompted, credential, circumstances, "disabled")
    door.metrics.signed_in("disabled")
    return door.pages.render(
        request,
        "blocked.html",
        status=403,
        posture=Posture.PLAIN,
        locale=prompted.locale,
        customer_id=credential.person.customer_id,
        sign_in_url=prompted.path(ASK),
    )


async def _record_failure(
    door: FrontDoor,
    prompted: Prompted,
    credential: Credential | None,
    circumstances: Circumstances,
    reason: str,
) -> None:
    event = Event(
        type=EventType.SIGN_IN_FAILED,
        outcome="failure",
        reason=reason,
        actor="anonymous",
        subject_id=credential.person.subject_id if credential else None,
        client_id=prompted.interaction.client_id or None,
        factor=FACTOR,
    )
    await door.database.apply([door.audit.effect(event, circumstances, now=prompted.now)])


def _missing(typed: str, password: str) -> dict[str, Message]:
    errors = {}
    if not typed.strip():
        errors["username"] = _IDENTIFIER_MISSING
    if not password:
        errors["password"] = _PASSWORD_MISSING
    return errors


def _throttled(
    door: FrontDoor, request: Request, prompted: Prompted, form: Parameters, wait: int
) -> Response:
    door.metrics.signed_in("throttled")
    message = Message(
        "There were many wrong passwords. Wait %(wait)s, then try again.", {"wait": timedelta(seconds=wait)}
    )
    return _page(
        door,
        request,
        prompted,
        status=429,
        form=form,
        errors={"form": message},
        headers={"Retry-After": str(wait)},
    )


def _busy(door: FrontDoor, request: Request) -> Response:
    return door.pages.render(
        request,
        "busy.html",
        status=503,
        posture=Posture.PLAIN,
        headers={"Retry-After": str(_BUSY_SECONDS)},
        retry_seconds=_BUSY_SECONDS,
    )


def _page(
    door: FrontDoor,
    request: Request,
    prompted: Prompted,
    *,
    status: int = 200,
    identifier: str = "",
    form: Parameters | None = None,
    errors: dict[str, Message] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    return door.pages.render(
        request,
        "login.html",
        status=status,
        locale=prompted.locale,
        headers=headers,
        **prompted.form(door, ASK),
        **prompted.application(),
        application_logo=prompted.client.logo_uri if prompted.client else "",
        identifier=form.get("username", "") if form is not None else identifier,
        errors=errors or {},
        shared_computer=form is not None and form.get("shared_computer") == "1",
        forgot_url=f"/forgot?from={prompted.interaction.interaction_id}",
        cancel_url=prompted.client.client_uri if prompted.client else "",
    )
