"""Changes of recovery cases. Each names the version that it was decided on, and makes a new one.

With `expects=1`, all of them: somebody else was quicker, or the case is in another state than the change is for.
"""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Text, bindparam, exists, update

from idp.records.case import CaseStatus
from idp.store.cases import AT_WORK, among
from idp.store.statement import Write
from idp.store.tables.case import recovery_case

_NOW = bindparam("now", type_=BigInteger)
_DECIDED = (CaseStatus.PROPOSED.value, CaseStatus.COOLING.value)


def _change(*states: CaseStatus, also: tuple[ColumnElement[bool], ...] = (), **values: Any) -> Write:
    """A new version of a case that is in one of `states`."""
    return Write(
        update(recovery_case)
        .where(
            recovery_case.c.case_id == bindparam("of_case"),
            recovery_case.c.version == bindparam("seen_version", type_=BigInteger),
            among(recovery_case.c.status, states),
            *also,
        )
        .values(version=recovery_case.c.version + 1, updated_at=_NOW, **values)
    )


_UNDECIDED: dict[str, Any] = {
    "proposed_by": None,
    "proposed_at": None,
    "approved_by": None,
    "approved_at": None,
    "apply_at": None,
}
_WITHOUT_DOMAIN: dict[str, Any] = {"domain": "", "domain_token": "", "domain_proven_at": None}
_WORKABLE = tuple(CaseStatus(status) for status in AT_WORK)
_AGENT = bindparam("agent", type_=Text)
_ADDRESS: dict[str, Any] = {
    "new_email": bindparam("proven_email", type_=Text),
    "new_email_key": bindparam("proven_key", type_=Text),
    "new_email_verified_at": _NOW,
}

# What the person does.
SAVE_DRAFT = _change(
    CaseStatus.DRAFT,
    subject_id=bindparam("subject_id", type_=Text),
    typed_identifier=bindparam("typed_identifier", type_=Text),
    typed_name=bindparam("typed_name", type_=Text),
    account_kind=bindparam("account_kind", type_=Text),
    reason=bindparam("reason", type_=Text),
)
PROVE_ADDRESS = _change(CaseStatus.DRAFT, CaseStatus.WAITING, CaseStatus.OPEN, **_ADDRESS)
SET_DOMAIN = _change(
    CaseStatus.DRAFT,
    CaseStatus.WAITING,
    CaseStatus.OPEN,
    domain=bindparam("of_domain", type_=Text),
    domain_token=bindparam("of_token", type_=Text),
    domain_proven_at=None,
)
PROVE_DOMAIN = _change(CaseStatus.DRAFT, CaseStatus.WAITING, CaseStatus.OPEN, domain_proven_at=_NOW)
SUBMIT_CASE = _change(
    CaseStatus.DRAFT,
    also=(recovery_case.c.new_email_verified_at.is_not(None),),
    status=CaseStatus.OPEN.value,
    queued_at=_NOW,
    browser_digest=None,
)
ANSWER_CASE = _change(CaseStatus.DRAFT, CaseStatus.OPEN, CaseStatus.WAITING, CaseStatus.PROPOSED)
"""Something was added, and the case is where it was."""
RESUME_CASE = _change(CaseStatus.WAITING, status=CaseStatus.OPEN.value)
"""What was asked for has come. Its place in the queue is the one that it had."""

# What agents do.
TAKE_CASE = _change(*_WORKABLE, owner_id=_AGENT, owned_at=_NOW)
RELEASE_CASE = _change(*_WORKABLE, also=(recovery_case.c.owner_id == _AGENT,), owner_id=None, owned_at=None)
NOTE_CASE = _change(*(status for status in CaseStatus if status is not CaseStatus.DRAFT))
ASSIGN_CASE = _change(
    CaseStatus.OPEN,
    CaseStatus.WAITING,
    subject_id=bindparam("to_subject", type_=Text),
    **_WITHOUT_DOMAIN,
)
"""A domain shows whose one account is, and none of another."""
ASK_DOCUMENT = _change(CaseStatus.OPEN, CaseStatus.WAITING, status=CaseStatus.WAITING.value)
READ_BACK = _change(CaseStatus.OPEN, CaseStatus.WAITING, read_back_at=_NOW, **_ADDRESS)
"""The address that the code went to stays with the case: another one is another proof."""
PROPOSE_CASE = _change(
    CaseStatus.OPEN, status=CaseStatus.PROPOSED.value, proposed_by=_AGENT, proposed_at=_NOW
)
APPROVE_CASE = _change(
    CaseStatus.PROPOSED,
    also=(recovery_case.c.proposed_by != _AGENT,),
    status=CaseStatus.COOLING.value,
    approved_by=_AGENT,
    approved_at=_NOW,
    apply_at=bindparam("cooled_at", type_=BigInteger),
)
REOPEN_CASE = _change(CaseStatus.PROPOSED, CaseStatus.COOLING, status=CaseStatus.OPEN.value, **_UNDECIDED)
"""What was decided is not any more."""
REOPEN_UNPROVEN = _change(
    CaseStatus.COOLING,
    status=CaseStatus.OPEN.value,
    read_back_at=None,
    new_email=None,
    new_email_key=None,
    new_email_verified_at=None,
    **_UNDECIDED,
)
"""Nor is the address proven that it was decided on."""

# What the owner of an address does, and what time does.
FREEZE_CASE = _change(
    CaseStatus.COOLING,
    also=(recovery_case.c.frozen_at.is_(None),),
    status=CaseStatus.WAITING.value,
    kind=bindparam("frozen_kind", type_=Text),
    frozen_at=_NOW,
    read_back_at=None,
    new_email=bindparam("kept_email", type_=Text),
    new_email_key=bindparam("kept_key", type_=Text),
    new_email_verified_at=bindparam("kept_verified_at", type_=BigInteger),
    **_WITHOUT_DOMAIN,
    **_UNDECIDED,
)
"""Once: whoever cancels again is answered, and changes nothing. A domain is chosen and proven anew."""
FINISH_CASE = _change(
    CaseStatus.COOLING,
    also=(recovery_case.c.apply_at <= _NOW,),
    status=CaseStatus.DONE.value,
    closed_at=_NOW,
)
REFUSE_CASE = _change(*_WORKABLE, status=CaseStatus.REFUSED.value, closed_at=_NOW)
EXPIRE_CASE = _change(CaseStatus.WAITING, status=CaseStatus.EXPIRED.value, closed_at=_NOW)

# Beside an act, in its transaction.
REOPEN_OTHERS = Write(
    update(recovery_case)
    .where(
        recovery_case.c.subject_id == bindparam("of_subject"),
        recovery_case.c.case_id != bindparam("of_case"),
        among(recovery_case.c.status, _DECIDED),
    )
    .values(status=CaseStatus.OPEN.value, version=recovery_case.c.version + 1, updated_at=_NOW, **_UNDECIDED)
)
"""The account is another than the one that was decided on."""

_other = recovery_case.alias()
KEEP_ONLY_CASE = Write(
    update(recovery_case)
    .where(
        recovery_case.c.case_id == bindparam("of_case"),
        ~exists().where(
            _other.c.subject_id == recovery_case.c.subject_id,
            _other.c.kind == recovery_case.c.kind,
            among(_other.c.status, AT_WORK),
            _other.c.opened_by != "customer",
            _other.c.case_id != recovery_case.c.case_id,
        ),
    )
    .values(version=recovery_case.c.version)
)
"""With `expects=1`, after the account was held and the case inserted: agents opened no other of the kind."""
