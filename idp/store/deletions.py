"""Statements of deleting accounts: the plan, and everything that goes when its day comes.

What stays: the customer ID and the `sub`, which are never given again; revoked families until they are pruned, so that
their tokens stay refused; the audit trail with its identifiers; cases as codes; and the log of mails without addresses.
"""

from sqlalchemy import BigInteger, Text, bindparam, delete, exists, or_, select, update

from idp.records.account import AccountStatus, Role
from idp.store.cases import AT_WORK, among
from idp.store.people import IS_OWNER
from idp.store.statement import Query, Write
from idp.store.tables.account import (
    account,
    address_change,
    link,
    owned_domain,
    password,
    sign_up,
    subject,
)
from idp.store.tables.case import recovery_case
from idp.store.tables.event import audit_event
from idp.store.tables.factor import backup_code, enrolment, passkey, phone, security, totp
from idp.store.tables.grant import device_request, family, pairwise_subject
from idp.store.tables.login import challenge, consent, device, interaction, session
from idp.store.tables.outbox import outbox
from idp.store.tables.risk import risk_decision, risk_profile

_NOW = bindparam("now", type_=BigInteger)
_OF_SUBJECT = bindparam("of_subject", type_=Text)
_OF_ACCOUNT = bindparam("of_account", type_=Text)
# Somebody works on it, or its documents are awaited.
_IS_AT_WORK = among(recovery_case.c.status, AT_WORK)
_CASE_AT_WORK = exists().where(recovery_case.c.subject_id == subject.c.subject_id, _IS_AT_WORK)
_HAS_CASE_AT_WORK = exists().where(subject.c.account_id == account.c.account_id, _CASE_AT_WORK)

OPEN_CASE: Query[str] = Query(
    select(recovery_case.c.case_id).where(recovery_case.c.subject_id == _OF_SUBJECT, _IS_AT_WORK).limit(1),
    into=lambda *, case_id: str(case_id),
)
"""A case about somebody that support works on."""

PLAN_DELETION = Write(
    update(account)
    .where(
        account.c.account_id == _OF_ACCOUNT,
        account.c.delete_at.is_(None),
        account.c.status == AccountStatus.ACTIVE.value,
        account.c.role == Role.CUSTOMER.value,
        ~_HAS_CASE_AT_WORK,
    )
    .values(delete_at=bindparam("then", type_=BigInteger))
)
"""With `expects=1`."""

CANCEL_DELETION = Write(
    update(account)
    .where(
        account.c.account_id == _OF_ACCOUNT,
        account.c.delete_at.is_not(None),
        account.c.status != AccountStatus.DELETED.value,
    )
    .values(delete_at=None)
)
"""With `expects=1`: until the account is deleted, which may be a little after its time."""

_MOST = 20

DUE_DELETIONS: Query[str] = Query(
    select(subject.c.subject_id)
    .select_from(account.join(subject))
    .where(
        account.c.delete_at <= _NOW,
        account.c.status == AccountStatus.ACTIVE.value,
        account.c.role == Role.CUSTOMER.value,
        ~_CASE_AT_WORK,
        IS_OWNER,
    )
    .order_by(account.c.delete_at)
    .limit(_MOST),
    into=lambda *, subject_id: str(subject_id),
)
"""Whose day has come. A case that was opened meanwhile is waited for."""

DELETE_ACCOUNT = Write(
    update(account)
    .where(
        account.c.account_id == _OF_ACCOUNT,
        account.c.delete_at <= _NOW,
        account.c.status == AccountStatus.ACTIVE.value,
        account.c.role == Role.CUSTOMER.value,
        ~_HAS_CASE_AT_WORK,
    )
    .values(
        status=AccountStatus.DELETED.value,
        primary_email=None,
        primary_email_key=None,
        primary_email_verified=0,
        primary_email_refused_at=None,
        backup_email=None,
        backup_email_key=None,
        backup_email_verified=0,
        profile="{}",
        language="",
        kind="",
        country="",
        member_of="[]",
        blocked_by="",
        delete_at=None,
        updated_at=_NOW,
        disabled_at=_NOW,
    )
)
"""With `expects=1`, and first: nobody cancelled, and nothing came in between."""

_DEVICE_REQUESTS = device_request.c.family_id.in_(
    select(family.c.family_id).where(family.c.subject_id == _OF_SUBJECT)
)
_NAMING = tuple(
    delete(table).where(table.c.subject_id == _OF_SUBJECT)
    for table in (
        password,
        totp,
        passkey,
        phone,
        backup_code,
        enrolment,
        security,
        device,
        consent,
        challenge,
        interaction,
        link,
        risk_profile,
        risk_decision,
        pairwise_subject,
    )
)

OF_SUBJECT = tuple(map(Write, (*_NAMING, delete(device_request).where(_DEVICE_REQUESTS))))
"""Rows that go. Each takes `of_subject`. What a device asked for and somebody else may still answer names nobody."""

DROP_SESSIONS = Write(
    delete(session).where(session.c.subject_id == _OF_SUBJECT, session.c.told_at.is_not(None))
)
FORGET_SESSIONS = Write(
    update(session)
    .where(session.c.subject_id == _OF_SUBJECT)
    .values(user_agent="", country="", place="", device_id=None)
)
"""Those that ended just now: their applications have yet to be told, and until they are pruned nothing else is left."""

OF_ACCOUNT = tuple(
    Write(delete(table).where(table.c.account_id == _OF_ACCOUNT))
    for table in (address_change, owned_domain, sign_up)
)
"""The same by `of_account`."""

FORGET_PLACES = Write(
    update(audit_event)
    .where(
        audit_event.c.subject_id == _OF_SUBJECT,
        or_(
            audit_event.c.actor == bindparam("own_actor", type_=Text),
            audit_event.c.actor.not_like("subject:%"),
        ),
    )
    .values(country="", address_digest="", address_key_id="")
)
"""From where somebody did what they did; that they did it stays in the trail, and so does from where agents acted."""

FORGET_DETAILS = Write(
    update(audit_event)
    .where(
        audit_event.c.subject_id == _OF_SUBJECT,
        *(audit_event.c.type.not_like(f"{noun}%") for noun in ("case.", "document")),
    )
    .values(details="{}")
)
"""Browsers, cities, domains, and what agents wrote; what was done in cases are codes."""

FORGET_MAILS = Write(
    update(outbox)
    .where(outbox.c.subject_id == _OF_SUBJECT, outbox.c.status != "queued")
    .values(recipient="", sealed=None, root_key_id=None)
)
DROP_QUEUED_MAILS = Write(
    update(outbox)
    .where(outbox.c.subject_id == _OF_SUBJECT, outbox.c.status == "queued")
    .values(recipient="", sealed=None, root_key_id=None, status="expired", reply="deleted", finished_at=_NOW)
)
"""Before the last mail is written."""
