"""`/account/password`: the customer chooses another password while signed in.

The current one is compared first, counted and delayed as at sign-in. Who signed in by a passkey alone a moment ago is
not asked for it: they may have forgotten it, and proved as much. A key that was only touched is a second factor, and
no password. Where two-factor authentication is on, a recent factor comes before either. The session lives on, as do the
browsers that we know.
"""

from datetime import timedelta

from starlette.responses import RedirectResponse, Response

from idp.account.new_password import change_password
from idp.login.device import presented
from idp.login.interaction import begin_local
from idp.login.notices import security_notice
from idp.login.throttle import Key
from idp.portal.addresses.stopped import stopped_notice
from idp.portal.chosen_password import BUSY, minimum_length, refusal
from idp.portal.visit import Visit, is_recent
from idp.records.account import Credential
from idp.records.event import Event, EventType
from idp.records.factor import Standing
from idp.records.ports import PasswordHasher, PoolBusy
from idp.spec.assurance import Amr
from idp.store.accounts import CREDENTIAL_BY_SUBJECT
from idp.store.factors import STANDING
from idp.web.circumstances import circumstances_of
from idp.web.errors import RETRY_SECONDS
from idp.web.forms import Parameters
from idp.web.locale import Message

PATH = "/account/password"
_SECURITY_PATH = "/account/security"
_LONGEST_PASSWORD = 4_096
_KEYS = frozenset({Amr.HARDWARE_KEY, Amr.SOFTWARE_KEY})

_CURRENT_MISSING = Message("Enter your current password")
_CURRENT_WRONG = Message("This is not your current password. Check it and try again.")
_CHANGED = Message("Your password was changed meanwhile, or you were signed out. Nothing was saved.")


async def show(visit: Visit) -> Response:
    standing = await _standing(visit)
    if standing.has_two_factor and not await _is_recent(visit):
        return await _prove_first(visit)
    return await _page(visit, standing)


async def submit(visit: Visit, *, hasher: PasswordHasher) -> Response:
    form = await visit.read_form()
    standing = await _standing(visit)
    if form.get("action") == "other-way":
        return await begin_local(visit.door, visit.request, PATH, visit.now, max_age=0)
    if standing.has_two_factor and not await _is_recent(visit):
        return await _prove_first(visit)
    credential = await _credential(visit)
    if _wants_current(visit, credential) and (refused := await _refused(visit, standing, form, credential)):
        return refused
    password = form.get("password", "")
    if problem := await refusal(visit.door, visit.person, password):
        return await _page(visit, standing, status=422, form=form, errors={"password": problem})
    try:
        is_changed = await _change(visit, form, credential, password, hasher)
    except PoolBusy:
        return await _page(visit, standing, status=503, form=form, errors={"form": BUSY})
    if not is_changed:
        return await _page(visit, standing, status=409, form=form, errors={"form": _CHANGED})
    visit.door.outbox.wake()
    return RedirectResponse(_SECURITY_PATH, 303)


async def _refused(
    visit: Visit, standing: Standing, form: Parameters, credential: Credential | None
) -> Response | None:
    """The answer where the current password is not the one that was typed. A try is spent before it is compared."""
    door, typed = visit.door, form.get("current", "")
    if not typed:
        return await _page(visit, standing, status=422, form=form, errors={"current": _CURRENT_MISSING})
    keys = await _keys(visit)
    if wait := await door.throttle.spend(keys, visit.now):
        words = Message(
            "There were many wrong passwords. Wait %(wait)s, then try again.",
            {"wait": timedelta(seconds=wait)},
        )
        return await _page(visit, standing, status=429, form=form, errors={"form": words}, wait=wait)
    try:
        is_short = len(typed) <= _LONGEST_PASSWORD
        is_right = is_short and await door.password.verify(credential, typed, visit.now)
    except PoolBusy:
        await door.database.apply(door.throttle.give_back(keys))
        return await _page(visit, standing, status=503, form=form, errors={"form": BUSY})
    if is_right:
        await door.database.apply(door.throttle.forgive(keys))
        return None
    event = Event(
        type=EventType.PROOF_FAILED,
        outcome="failure",
        reason="wrong_password",
        actor=f"subject:{visit.person.subject_id}",
        subject_id=visit.person.subject_id,
        session_id=visit.session.session_id,
        factor=Amr.PASSWORD,
    )
    await door.database.apply([door.audit.effect(event, circumstances_of(visit.request), now=visit.now)])
    return await _page(visit, standing, status=422, form=form, errors={"current": _CURRENT_WRONG})


async def _change(
    visit: Visit, form: Parameters, credential: Credential | None, password: str, hasher: PasswordHasher
) -> bool:
    door, seen = visit.door, visit.door.seen(visit.request)
    signs_out = form.get("sign_out") == "1"
    told = security_notice(door, visit.person, "password-changed", seen, now=visit.now)
    if signs_out:
        told += await stopped_notice(door, visit.person, seen, now=visit.now)
    return await change_password(
        door.database,
        door.audit,
        visit.occasion,
        visit.person,
        password,
        session=visit.session,
        former_changed_at=credential.changed_at if credential else None,
        signs_out=signs_out,
        disconnects=form.get("disconnect") == "1",
        secrets=door.secrets,
        hasher=hasher,
        also=told,
    )


async def _keys(visit: Visit) -> tuple[Key, ...]:
    """The counts of a sign-in of this person, in this browser."""
    door, person = visit.door, visit.person
    agent = door.seen(visit.request).agent
    shown = await presented(door, visit.request, person.subject_id, agent, visit.now)
    device_id = shown.device.device_id if shown.device else None
    circumstances = circumstances_of(visit.request)
    return door.throttle.keys(circumstances, account=person.subject_id, device_id=device_id)


async def _page(
    visit: Visit,
    standing: Standing,
    *,
    status: int = 200,
    form: Parameters | None = None,
    errors: dict[str, Message] | None = None,
    wait: int = 0,
) -> Response:
    credential = await _credential(visit)
    response = visit.render(
        "account/password.html",
        status=status,
        **visit.form(),
        wants_current=_wants_current(visit, credential),
        has_passkeys=bool(standing.passkeys),
        minimum_length=await minimum_length(visit.door, visit.person),
        signs_out=form is None or form.get("sign_out") == "1",
        disconnects=form is not None and form.get("disconnect") == "1",
        errors=errors or {},
    )
    if wait or status == 503:
        response.headers["Retry-After"] = str(wait or RETRY_SECONDS)
    return response


def _wants_current(visit: Visit, credential: Credential | None) -> bool:
    """Not of whoever has no password, or has just signed in by a passkey. A factor that raised the session since says
    nothing about that: signing in is what `authenticated_at` is the time of.
    """
    if credential is None or credential.encoded is None:
        return False
    amr = frozenset(visit.session.amr)
    is_by_passkey = Amr.PASSWORD not in amr and _KEYS & amr
    is_old = visit.now - visit.session.authenticated_at > visit.door.settings.factors.recent_seconds
    return not is_by_passkey or is_old


async def _is_recent(visit: Visit) -> bool:
    return await is_recent(visit.door, visit.signed_in, visit.door.settings.factors.recent_seconds, visit.now)


async def _prove_first(visit: Visit) -> Response:
    recent_seconds = visit.door.settings.factors.recent_seconds
    return await begin_local(visit.door, visit.request, PATH, visit.now, recent_seconds=recent_seconds)


async def _standing(visit: Visit) -> Standing:
    found = await visit.door.database.one(STANDING, of_subject=visit.person.subject_id)
    assert found is not None  # Everybody has one.
    return found


async def _credential(visit: Visit) -> Credential | None:
    return await visit.door.database.one(CREDENTIAL_BY_SUBJECT, subject_id=visit.person.subject_id)
