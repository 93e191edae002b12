"""Who are you, what is the account for, what happened? What is typed is kept, whether it names an account or not."""

from starlette.responses import Response

from idp.account.cases.opening import save_draft
from idp.login.front_door import FrontDoor
from idp.portal.recovery.folder import Folder
from idp.portal.recovery.steps import Step
from idp.records.account import AccountKind, AccountStatus, Person, SubjectId
from idp.spec.identifier import CustomerIdKey, EmailKey, read_identifier
from idp.store.accounts import PEOPLE_BY_BACKUP_EMAIL, PERSON_BY_CUSTOMER_ID, PERSON_BY_EMAIL
from idp.web.locale import Message

LONGEST_NAME, LONGEST_REASON = 200, 2_000
_NO_IDENTIFIER = Message("Enter your customer ID or e-mail address")
_NO_SUCH = Message("This is no customer ID, nor an e-mail address in full. Check it.")
_NO_NAME = Message("Enter your full name")
_LONG_NAME = Message("Shorten your name to 200 characters")
_NO_KIND = Message("Choose an account type")
_NO_REASON = Message("Say what happened, in a few words")
_LONG_REASON = Message("Shorten this to 2,000 characters")
CHANGED = Message("Another window changed this form meanwhile. Look at it, then send it again.")


async def show_who(folder: Folder) -> Response:
    case = folder.case
    return _who_page(folder, case.typed_identifier, case.typed_name)


async def submit_who(folder: Folder) -> Response:
    form = await folder.read_form()
    identifier, name = form.get("username", "").strip(), form.get("name", "").strip()
    errors: dict[str, Message] = {}
    if not identifier:
        errors["username"] = _NO_IDENTIFIER
    elif read_identifier(identifier, suffix=folder.door.settings.customer_id.suffix) is None:
        errors["username"] = _NO_SUCH
    if not name or len(name) > LONGEST_NAME:
        errors["name"] = _LONG_NAME if name else _NO_NAME
    if errors:
        return _who_page(folder, identifier, name, errors)
    subject_id = await named_subject(folder.door, identifier)
    is_saved = await _save(folder, subject_id=subject_id, typed_identifier=identifier, typed_name=name)
    return folder.to(Step.TYPE) if is_saved else _who_page(folder, identifier, name, {"form": CHANGED})


async def show_type(folder: Folder) -> Response:
    return _type_page(folder)


async def submit_type(folder: Folder) -> Response:
    form = await folder.read_form()
    kind = form.get("kind", "")
    if kind not in set(AccountKind):
        return _type_page(folder, {"kind": _NO_KIND})
    if not await _save(folder, account_kind=kind):
        return _type_page(folder, {"form": CHANGED})
    return folder.to(Step.REASON)


async def show_reason(folder: Folder) -> Response:
    return _reason_page(folder, folder.case.reason)


async def submit_reason(folder: Folder) -> Response:
    form = await folder.read_form()
    reason = form.get("reason", "").strip()
    if not reason or len(reason) > LONGEST_REASON:
        return _reason_page(folder, reason, {"reason": _LONG_REASON if reason else _NO_REASON})
    if not await _save(folder, reason=reason):
        return _reason_page(folder, reason, {"form": CHANGED})
    return folder.to(Step.ADDRESS)


async def named_subject(door: FrontDoor, identifier: str) -> SubjectId | None:
    """Whose account an identifier names, by the same statements whether it names one or not: a backup address names the
    only account that it is of.
    """
    people: list[Person | None] = []
    match read_identifier(identifier, suffix=door.settings.customer_id.suffix):
        case CustomerIdKey(value):
            people = [await door.database.one(PERSON_BY_CUSTOMER_ID, customer_id=value)]
        case EmailKey(value):
            backed = await door.database.all(PEOPLE_BY_BACKUP_EMAIL, email_key=value)
            owner = await door.database.one(PERSON_BY_EMAIL, email_key=value)
            people = [owner] if owner is not None else [*backed]
        case None:
            pass
    living = [one for one in people if one is not None and one.status is not AccountStatus.DELETED]
    return living[0].subject_id if len(living) == 1 else None


async def _save(
    folder: Folder,
    *,
    subject_id: SubjectId | None = None,
    typed_identifier: str = "",
    typed_name: str = "",
    account_kind: str = "",
    reason: str = "",
) -> bool:
    """Keep an answer, and the others as they are. False if another window was quicker."""
    case = folder.case
    return await save_draft(
        folder.door,
        case,
        subject_id=subject_id if typed_identifier else case.subject_id,
        typed_identifier=typed_identifier or case.typed_identifier,
        typed_name=typed_name or case.typed_name,
        account_kind=account_kind or case.account_kind,
        reason=reason or case.reason,
        now=folder.now,
    )


def _who_page(
    folder: Folder, identifier: str, name: str, errors: dict[str, Message] | None = None
) -> Response:
    return folder.render("recovery/who.html", step=Step.WHO, identifier=identifier, name=name, errors=errors)


def _type_page(folder: Folder, errors: dict[str, Message] | None = None) -> Response:
    return folder.render(
        "recovery/type.html",
        step=Step.TYPE,
        kinds=[kind.value for kind in AccountKind],
        chosen=folder.case.account_kind,
        errors=errors,
    )


def _reason_page(folder: Folder, reason: str, errors: dict[str, Message] | None = None) -> Response:
    return folder.render(
        "recovery/reason.html",
        step=Step.REASON,
        case_kind=folder.case.kind.value,
        reason=reason,
        errors=errors,
    )
