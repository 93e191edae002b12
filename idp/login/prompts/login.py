"""The login prompt: customer ID or primary e-mail address, and password, in one form.

An unknown account, a wrong password and a blocked account look and take the same; only a right password learns that the
account is blocked. A try is spent before the password is compared (`login/throttle.py`).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from idp.account.new_password import was_lately_chosen_by_link
from idp.account.unblocking import WayBack
from idp.login.device import Presented, presented, standing_of
from idp.login.dispatch import Ask
from idp.login.factors.password import FACTOR
from idp.login.front_door import FrontDoor
from idp.login.notices import forget_copied_device
from idp.login.prompts.login_page import (
    blocked_page,
    busy_page,
    delayed_page,
    login_page,
    refused_page,
    throttled_page,
)
from idp.login.prompts.prompted import Prompted
from idp.login.throttle import Key
from idp.login.unblocking import chosen_here_at, find_way_back, may_unblock
from idp.records.account import AccountStatus, Credential, Person, SubjectId
from idp.records.event import Circumstances, Event, EventType
from idp.records.ports import PoolBusy
from idp.records.risk import Outcome
from idp.risk.common_passwords import password_is_common
from idp.risk.engine import Assessment, SignInOccasion
from idp.spec.assurance import Proof
from idp.spec.identifier import CustomerIdKey, EmailKey, read_identifier
from idp.spec.prompt import Prompt
from idp.spec.token_value import SECRET_BYTES, digest_of
from idp.store.accounts import CREDENTIAL_BY_CUSTOMER_ID, CREDENTIAL_BY_EMAIL
from idp.store.factors import STANDING
from idp.store.interactions import PROVE_IDENTITY
from idp.web.circumstances import circumstances_of
from idp.web.cookies import Cookie
from idp.web.forms import Parameters
from idp.web.locale import Message
from idp.web.metrics import SignInOutcome

ASK = Ask.LOGIN
PATH = ASK.value
TURNS = None  # Signing in is always possible, also as somebody else.
_LONGEST_PASSWORD = 4_096
_FAILURES: Mapping[SignInOutcome, EventType] = {
    "throttled": EventType.SIGN_IN_THROTTLED,
    "refused": EventType.SIGN_IN_REFUSED,
}

_IDENTIFIER_MISSING = Message("Enter your customer ID or e-mail address")
_PASSWORD_MISSING = Message("Enter your password")
_NO_MATCH = Message(
    "The customer ID or e-mail address and the password don’t match. Check both and try again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One submission: what was typed, whom it names, from where, what the browser is to them, and the counts that its
    try is spent from.
    """

    form: Parameters
    credential: Credential | None
    circumstances: Circumstances
    shown: Presented
    keys: tuple[Key, ...]


async def show(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    return login_page(door, request, prompted, identifier=_expected(request, prompted))


async def submit(door: FrontDoor, request: Request, prompted: Prompted) -> Response:
    form = await door.read_form(request, prompted.path(ASK))
    if missing := _missing(form):
        return login_page(door, request, prompted, status=422, form=form, errors=missing)
    attempt = await _attempt(door, request, form, prompted.now)
    if wait := await door.throttle.spend(attempt.keys, prompted.now):
        await _record_failure(door, prompted, attempt, "throttled")
        return throttled_page(door, request, prompted, form, wait)
    try:
        is_right = await _compare(door, attempt, prompted.now)
    except PoolBusy:
        door.metrics.hashes_refused.inc()
        await door.database.apply(door.throttle.give_back(attempt.keys))
        return busy_page(door, request)
    if attempt.credential is None or not is_right:
        await _record_failure(door, prompted, attempt, _why_wrong(attempt))
        # At the password, which has to be typed again in any case.
        return login_page(door, request, prompted, status=422, form=form, errors={"password": _NO_MATCH})
    person = attempt.credential.person
    chosen_at = await chosen_here_at(door, request, person, prompted.now)
    if person.status is not AccountStatus.ACTIVE and not await may_unblock(door, person, chosen_at):
        await _record_failure(door, prompted, attempt, "disabled")
        has_way = await find_way_back(door, person) is not WayBack.SUPPORT
        return blocked_page(door, request, prompted, person, has_way=has_way)
    assessment = await _assess(door, prompted, attempt, attempt.credential)
    if assessment.enforced in (Outcome.DELAY, Outcome.REFUSE):
        await door.database.apply([*assessment.effects, *door.throttle.give_back(attempt.keys)])
        await _record_failure(door, prompted, attempt, "refused")
        if assessment.enforced is Outcome.DELAY:
            return delayed_page(door, request, prompted, form, assessment.wait_seconds)
        return refused_page(door, request, prompted, attempt.credential.person)
    cookie = door.entropy.token_bytes(SECRET_BYTES).hex()
    await _record_proof(
        door,
        request,
        prompted,
        attempt,
        credential=attempt.credential,
        assessment=assessment,
        cookie=cookie,
        chosen_at=chosen_at,
    )
    response = prompted.to_dispatcher()
    door.cookies.set(response, Cookie.PROOF, cookie)
    return response


def _expected(request: Request, prompted: Prompted) -> str:
    """Who probably signs in: to fill in, and to be changed by whoever is somebody else."""
    asked = prompted.interaction.parameters
    if hint := request.query_params.get("login_hint", "") or asked.get("login_hint", ""):
        return hint
    # Who comes here from the choice of an account has chosen another one.
    if prompted.signed_in is None or Prompt.SELECT_ACCOUNT in asked.get("prompt", "").split():
        return ""
    return prompted.signed_in.person.customer_id


async def _attempt(door: FrontDoor, request: Request, form: Parameters, now: int) -> Attempt:
    key = read_identifier(form["username"], suffix=door.settings.customer_id.suffix)
    credential = await _find(door, key)
    # Where there is no such account its spelling is counted, in the canonical form: another one is no way around.
    named = (
        credential.person.subject_id if credential else key.value if key else form["username"].strip().lower()
    )
    circumstances = circumstances_of(request)
    # Somebody who is nobody has no browser either; the same look-up is made for them.
    subject_id = credential.person.subject_id if credential else SubjectId("")
    shown = await presented(door, request, subject_id, door.seen(request).agent, now)
    device_id = shown.device.device_id if shown.device else None
    return Attempt(
        form=form,
        credential=credential,
        circumstances=circumstances,
        shown=shown,
        keys=door.throttle.keys(circumstances, account=named, device_id=device_id),
    )


async def _find(door: FrontDoor, key: CustomerIdKey | EmailKey | None) -> Credential | None:
    if key is None:
        return None
    if isinstance(key, CustomerIdKey):
        return await door.database.one(CREDENTIAL_BY_CUSTOMER_ID, customer_id=key.value)
    return await door.database.one(CREDENTIAL_BY_EMAIL, email_key=key.value)


async def _compare(door: FrontDoor, attempt: Attempt, now: int) -> bool:
    password = attempt.form["password"]
    return len(password) <= _LONGEST_PASSWORD and await door.password.verify(
        attempt.credential, password, now
    )


async def _assess(
    door: FrontDoor, prompted: Prompted, attempt: Attempt, credential: Credential
) -> Assessment:
    """What the right password owes besides."""
    person, shown = credential.person, attempt.shown
    standing = await door.database.one(STANDING, of_subject=person.subject_id)
    client_asks = prompted.client is not None and prompted.client.asks_new_browsers
    return await door.risk.assess(
        SignInOccasion(
            subject_id=person.subject_id,
            client_id=prompted.interaction.client_id,
            interaction_id=prompted.interaction.interaction_id,
            circumstances=attempt.circumstances,
            device=shown.device,
            device_was_copied=shown.copied is not None,
            account_created_at=person.created_at,
            last_sign_in_at=None,
            stolen_at=standing.stolen_at if standing else None,
            password_is_common=password_is_common(attempt.form["password"]),
            always_asks=client_asks or await was_lately_chosen_by_link(door.database, person.subject_id),
            is_observed=person.customer_id in door.settings.risk.observed_accounts,
            now=prompted.now,
        )
    )


async def _record_proof(
    door: FrontDoor,
    request: Request,
    prompted: Prompted,
    attempt: Attempt,
    *,
    credential: Credential,
    assessment: Assessment,
    cookie: str,
    chosen_at: int | None,
) -> None:
    standing = standing_of(attempt.shown, trust_days=door.settings.factors.trust_days, now=prompted.now)
    effects = [
        PROVE_IDENTITY.effect(
            expects=1,
            of_interaction=prompted.interaction.interaction_id,
            subject=credential.person.subject_id,
            password_at=credential.changed_at,
            proven=json.dumps(_proofs(door, credential.person, prompted.now, chosen_at)),
            by_cookie=digest_of(cookie),
            shared=int(attempt.form.get("shared_computer") == "1"),
            decision=assessment.decision_id,
            outcome=assessment.enforced.value,
            browser=standing.value,
            now=prompted.now,
        ),
        *assessment.effects,
        *door.throttle.forgive(attempt.keys),
        *await door.password.rehash(credential, attempt.form["password"]),
        *forget_copied_device(
            door, credential.person, attempt.shown.copied, door.seen(request), now=prompted.now
        ),
    ]
    # Not applied means that the interaction was completed meanwhile; the dispatcher restarts it.
    if await door.database.apply(effects):
        door.outbox.wake()


def _proofs(door: FrontDoor, person: Person, now: int, chosen_at: int | None) -> list[tuple[str, int]]:
    """The password; and the mailbox, where this browser had a link from it a moment ago. It is no factor: whoever has
    one owes it all the same.
    """
    proofs: list[tuple[str, int]] = [(Proof.PASSWORD.value, now)]
    if chosen_at is not None and person.status is not AccountStatus.ACTIVE:
        proofs.append((Proof.NEW_PASSWORD.value, chosen_at))
    if chosen_at is not None and now - chosen_at <= door.settings.recovery.proven_seconds:
        proofs.append((Proof.EMAIL_CODE.value, chosen_at))
    return proofs


async def _record_failure(
    door: FrontDoor, prompted: Prompted, attempt: Attempt, reason: SignInOutcome
) -> None:
    event = Event(
        type=_FAILURES.get(reason, EventType.SIGN_IN_FAILED),
        outcome="failure",
        reason=reason,
        actor="anonymous",
        subject_id=attempt.credential.person.subject_id if attempt.credential else None,
        client_id=prompted.interaction.client_id or None,
        factor=FACTOR,
    )
    effects = [door.audit.effect(event, attempt.circumstances, now=prompted.now)]
    if reason in ("wrong_password", "unknown_account"):
        is_unknown = attempt.credential is None
        effects += door.risk.failed(attempt.circumstances, is_unknown=is_unknown, now=prompted.now)
    await door.database.apply(effects)
    door.metrics.signed_in(reason)


def _why_wrong(attempt: Attempt) -> SignInOutcome:
    return "wrong_password" if attempt.credential else "unknown_account"


def _missing(form: Parameters) -> dict[str, Message]:
    errors = {}
    if not form.get("username", "").strip():
        errors["username"] = _IDENTIFIER_MISSING
    if "password" not in form:
        errors["password"] = _PASSWORD_MISSING
    return errors
