"""The e-mail address and the password. Of the password only its hash is kept, until the account exists."""

from starlette.responses import Response

from idp.login.address_proof import plain
from idp.login.recovery_form import LOST_MAILBOX_PATH
from idp.portal.chosen_password import BUSY, unfit, weak
from idp.portal.signing_up.proving import must_wait, often, send
from idp.portal.signing_up.steps import Step
from idp.portal.signing_up.visit import Visit, path_of
from idp.records.ports import PasswordHasher, PoolBusy
from idp.signing.secrets import Purpose
from idp.spec.identifier import canonical_email
from idp.store.sign_ups import SET_CREDENTIALS
from idp.store.statement import Effect
from idp.web.errors import RETRY_SECONDS
from idp.web.locale import Message

_MISSING = Message("Enter your e-mail address")
_UNREADABLE = Message("Enter an e-mail address in full, such as name@example.com")


async def show(visit: Visit) -> Response:
    """With `lost` in the query, for who can't open the mailbox of the address that they gave."""
    return _page(visit, visit.sign_up.email)


async def submit(visit: Visit, *, hasher: PasswordHasher) -> Response:
    form = await visit.read_form()
    typed, password = form.get("email", "").strip(), form.get("password", "")
    if errors := _problems(visit, typed, password):
        return _page(visit, typed, errors=errors)
    address = plain(typed)
    if wait := await must_wait(visit, address):
        return _page(visit, typed, errors=often(wait), wait=wait)
    if problem := await weak(visit.door, password, context=_context(visit, typed)):
        return _page(visit, typed, errors={"password": problem})
    try:
        chosen = await _chosen(visit, address, password, hasher)
    except PoolBusy:
        return _page(visit, typed, errors={"form": BUSY}, wait=RETRY_SECONDS, status=503)
    if not await visit.door.database.apply([chosen]):
        return await visit.go_on()
    if wait := await send(visit, address):
        return _page(visit, typed, errors=often(wait), wait=wait)
    return visit.to(Step.CODE)


def _problems(visit: Visit, typed: str, password: str) -> dict[str, Message]:
    """Both at once, so that nobody mends one after the other."""
    door, errors, key = visit.door, {}, canonical_email(typed)
    if key is None:
        errors["email"] = _UNREADABLE if typed else _MISSING
    minimum = door.settings.password.minimum_length
    problem = unfit(password, context=_context(visit, typed), minimum_length=minimum)
    if problem is not None:
        errors["password"] = problem
    return errors


def _context(visit: Visit, typed: str) -> list[str]:
    """What others connect with who signs up, as far as we know."""
    return [visit.door.pages.brand(visit.request).name, canonical_email(typed) or ""]


async def _chosen(visit: Visit, address: str, password: str, hasher: PasswordHasher) -> Effect:
    """Raises PoolBusy."""
    pepper = visit.door.secrets.newest(Purpose.PEPPER)
    return SET_CREDENTIALS.effect(
        expects=1,
        of_sign_up=visit.sign_up.sign_up_id,
        now=visit.now,
        new_email=address,
        new_key=canonical_email(address),
        new_encoded=await hasher.hash(password, pepper=pepper.value),
        new_pepper=pepper.secret_id,
    )


def _page(
    visit: Visit, typed: str, *, errors: dict[str, Message] | None = None, wait: int = 0, status: int = 0
) -> Response:
    return visit.render(
        "sign-up/credentials.html",
        errors=errors,
        wait=wait,
        status=status,
        typed=typed,
        minimum_length=visit.door.settings.password.minimum_length,
        back_url=path_of(visit.sign_up.sign_up_id, Step.COUNTRY),
        recovery_url=_recovery_url(visit),
    )


def _recovery_url(visit: Visit) -> str:
    """The way for who has an account already whose mailbox they lost; empty for everybody else."""
    if "lost" not in visit.request.query_params:
        return ""
    came_from = visit.sign_up.interaction_id
    return f"{LOST_MAILBOX_PATH}&from={came_from}" if came_from else LOST_MAILBOX_PATH
