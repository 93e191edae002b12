"""Who may do what to a case: the decision alone, as a table and as properties over all that could be asked."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.account.agent import Agent, agent_of
from idp.account.cases.deciding import (
    CaseAct,
    CaseRefusal,
    Obstacle,
    check_act,
    check_apply,
    check_evidence,
)
from idp.account.cases.file import CaseFile
from idp.account.cases.opening import new_draft, new_reference
from idp.adapters.entropy import SystemEntropy
from idp.records.account import AccountId, AccountStatus, BlockedBy, Person, Role, SubjectId
from idp.records.case import Case, CaseDocument, CaseKind, CaseStatus

NOW = 1_800_000_000


def person(name: str, role: Role = Role.CUSTOMER, **fields: Any) -> Person:
    return Person(
        **{
            "subject_id": SubjectId(name),
            "sub": name,
            "account_id": AccountId(f"account of {name}"),
            "customer_id": f"{name}-ovh",
            "primary_email": f"{name}@example.test",
            "primary_email_verified": True,
            "backup_email": f"{name}.spare@example.test",
            "backup_email_verified": True,
            "profile": {},
            "language": "en",
            "role": role,
            "status": AccountStatus.ACTIVE,
            "created_at": NOW,
            "updated_at": NOW,
            **fields,
        }
    )


SAM, KIM = person("sam", Role.SUPPORT), person("kim", Role.SUPPORT)
ADA = person("ada", Role.ADMINISTRATOR)
CAROL = person("carol")
SAMS, KIMS, ADAS = agent_of(SAM), agent_of(KIM), agent_of(ADA)
BLOCKED = replace(CAROL, status=AccountStatus.DISABLED, blocked_by=BlockedBy.STAFF)


def case(kind: CaseKind = CaseKind.MAILBOX_BACKUP, **fields: Any) -> Case:
    made: dict[str, Any] = {
        "case_id": "c",
        "reference": "K7QF-29DM",
        "kind": kind,
        "status": CaseStatus.OPEN,
        "version": 1,
        "subject_id": CAROL.subject_id,
        "opened_by": SAM.subject_id,
        "owner_id": SAM.subject_id,
        "created_at": NOW,
        "updated_at": NOW,
    }
    empty = dict.fromkeys(
        ("typed_identifier", "typed_name", "account_kind", "reason", "language", "domain"), ""
    )
    nothing = dict.fromkeys(Case.__dataclass_fields__, None)
    return Case(**{**nothing, **empty, "domain_token": "", **made, **fields})


def document(**fields: Any) -> CaseDocument:
    return CaseDocument(
        **{
            "document_id": "d",
            "case_id": "c",
            "kind": "identity",
            "media_type": "application/pdf",
            "size": 1,
            "created_at": NOW,
            "asked_again": "",
            "deleted_at": None,
            **fields,
        }
    )


def file(of: Case, *documents: CaseDocument, target: Person | None = CAROL, **fields: Any) -> CaseFile:
    return CaseFile(case=of, documents=documents, target=target, **{"owns_domain": True, **fields})


READ: dict[str, Any] = {
    "read_back_at": NOW,
    "new_email": CAROL.backup_email,
    "new_email_key": CAROL.backup_email,
}
PROVEN: dict[str, Any] = {
    "new_email": "new@example.test",
    "new_email_key": "new@example.test",
    "new_email_verified_at": NOW,
}
PROPOSED: dict[str, Any] = {"status": CaseStatus.PROPOSED, "proposed_by": SAM.subject_id, "proposed_at": NOW}
COOLING: dict[str, Any] = {
    **PROPOSED,
    "status": CaseStatus.COOLING,
    "approved_by": KIM.subject_id,
    "approved_at": NOW,
    "apply_at": NOW,
}


@pytest.mark.parametrize(
    ("of", "documents", "target", "missing"),
    [
        (case(), [], CAROL, CaseRefusal.NEEDS_READ_BACK),
        (case(), [document()], CAROL, CaseRefusal.NEEDS_READ_BACK),
        (case(**READ), [], CAROL, None),
        (case(**READ), [], None, CaseRefusal.NO_ACCOUNT),
        (case(CaseKind.MAILBOX_DOCUMENTS), [document()], CAROL, CaseRefusal.NEEDS_ADDRESS),
        (case(CaseKind.MAILBOX_DOCUMENTS, **PROVEN), [], CAROL, CaseRefusal.NEEDS_DOCUMENT),
        (case(CaseKind.MAILBOX_DOCUMENTS, **PROVEN), [document()], CAROL, None),
        (
            case(CaseKind.MAILBOX_DOCUMENTS, **PROVEN),
            [document(deleted_at=NOW)],
            CAROL,
            CaseRefusal.NEEDS_DOCUMENT,
        ),
        (
            case(CaseKind.MAILBOX_DOCUMENTS, **PROVEN),
            [document(asked_again="unreadable")],
            CAROL,
            CaseRefusal.NEEDS_DOCUMENT,
        ),
        (case(CaseKind.MAILBOX_DOCUMENTS, **PROVEN, domain_proven_at=NOW), [], CAROL, None),
        (
            case(CaseKind.MAILBOX_DOCUMENTS, **PROVEN, frozen_at=NOW),
            [document()],
            CAROL,
            CaseRefusal.NEEDS_DOCUMENT,
        ),
        (case(CaseKind.MAILBOX_DOCUMENTS, **PROVEN, frozen_at=NOW), [], CAROL, CaseRefusal.NEEDS_DOCUMENT),
        (case(CaseKind.MAILBOX_DOCUMENTS, **PROVEN, frozen_at=NOW, domain_proven_at=NOW), [], CAROL, None),
        (case(CaseKind.MAILBOX_DOCUMENTS, **PROVEN, frozen_at=NOW - 1), [document()], CAROL, None),
        (case(CaseKind.FACTOR), [], CAROL, CaseRefusal.NEEDS_EITHER),
        (case(CaseKind.FACTOR, **READ), [], CAROL, None),
        (case(CaseKind.FACTOR, **READ, frozen_at=NOW), [], CAROL, CaseRefusal.NEEDS_DOCUMENT),
        (case(CaseKind.FACTOR), [document()], CAROL, None),
        (case(CaseKind.UNBLOCK, **READ), [], CAROL, CaseRefusal.NOT_BLOCKED),
        (case(CaseKind.UNBLOCK, **READ), [], BLOCKED, None),
        (
            case(CaseKind.UNBLOCK, **READ),
            [],
            replace(BLOCKED, blocked_by=BlockedBy.OPERATOR),
            CaseRefusal.OPERATORS_BLOCK,
        ),
    ],
)
def test_what_has_to_be_shown(
    of: Case, documents: list[CaseDocument], target: Person | None, missing: CaseRefusal | None
) -> None:
    assert check_evidence(file(of, *documents, target=target)) is missing


@pytest.mark.parametrize(
    ("of", "act", "agent", "refusal"),
    [
        (case(owner_id=None), CaseAct.TAKE, KIMS, None),
        (case(), CaseAct.TAKE, KIMS, CaseRefusal.OWNED),
        (case(), CaseAct.TAKE, SAMS, CaseRefusal.ALREADY_YOURS),
        (case(), CaseAct.TAKE_OVER, KIMS, None),
        (case(owner_id=None), CaseAct.TAKE_OVER, KIMS, CaseRefusal.WRONG_STATE),
        (case(), CaseAct.NOTE, KIMS, None),
        (case(), CaseAct.RELEASE, KIMS, CaseRefusal.NOT_OWNER),
        (case(**READ), CaseAct.PROPOSE, KIMS, CaseRefusal.NOT_OWNER),
        (case(**READ), CaseAct.PROPOSE, SAMS, None),
        (case(**READ, status=CaseStatus.WAITING), CaseAct.PROPOSE, SAMS, CaseRefusal.WRONG_STATE),
        (case(), CaseAct.PROPOSE, SAMS, CaseRefusal.NEEDS_READ_BACK),
        (case(**READ), CaseAct.APPROVE, KIMS, CaseRefusal.WRONG_STATE),
        (case(**READ, **PROPOSED), CaseAct.APPROVE, KIMS, None),
        (case(**READ, **PROPOSED), CaseAct.APPROVE, SAMS, CaseRefusal.SAME_AGENT),
        (case(**PROPOSED), CaseAct.APPROVE, KIMS, CaseRefusal.NEEDS_READ_BACK),
        (case(**READ, **COOLING), CaseAct.APPROVE, KIMS, CaseRefusal.WRONG_STATE),
        (case(**READ, **COOLING), CaseAct.WITHDRAW, KIMS, None),
        (case(**READ, **COOLING), CaseAct.REFUSE, SAMS, None),
        (case(status=CaseStatus.DONE), CaseAct.REFUSE, SAMS, CaseRefusal.CLOSED),
        (case(status=CaseStatus.DONE), CaseAct.NOTE, KIMS, None),
        (case(status=CaseStatus.DRAFT), CaseAct.NOTE, KIMS, CaseRefusal.UNKNOWN),
        (case(), CaseAct.ASSIGN, SAMS, CaseRefusal.WRONG_STATE),
        (case(CaseKind.MAILBOX_DOCUMENTS), CaseAct.ASSIGN, SAMS, None),
        (case(CaseKind.MAILBOX_DOCUMENTS), CaseAct.SEND_READ_BACK, SAMS, CaseRefusal.NO_ADDRESS),
        (case(), CaseAct.SEND_READ_BACK, SAMS, None),
        (case(), CaseAct.NOTE, None, CaseRefusal.NOT_STAFF),
    ],
)
def test_who_may_do_what(of: Case, act: CaseAct, agent: Agent | None, refusal: CaseRefusal | None) -> None:
    assert check_act(file(of, proposer=SAM), act, agent) is refusal


@pytest.mark.parametrize("proposer", [None, replace(SAM, role=Role.CUSTOMER)])
def test_approval_needs_a_proposer_who_still_is_an_agent(proposer: Person | None) -> None:
    refusal = check_act(file(case(**READ, **PROPOSED), proposer=proposer), CaseAct.APPROVE, KIMS)
    assert refusal is CaseRefusal.PROPOSER_GONE


@pytest.mark.parametrize("act", CaseAct)
@pytest.mark.parametrize(
    ("target", "agent", "refusal"),
    [
        (SAM, SAMS, CaseRefusal.YOURSELF),
        (ADA, ADAS, CaseRefusal.YOURSELF),
        (ADA, SAMS, CaseRefusal.ABOVE_YOU),
    ],
)
def test_nobody_acts_on_themselves_or_above(
    act: CaseAct, target: Person, agent: Agent, refusal: CaseRefusal
) -> None:
    of = case(**READ, **PROPOSED, subject_id=target.subject_id)
    assert check_act(file(of, target=target, proposer=KIM), act, agent) is refusal


def test_agents_of_the_same_rank_act_on_each_other() -> None:
    of = case(**READ, subject_id=KIM.subject_id)
    assert check_act(file(of, target=KIM), CaseAct.PROPOSE, SAMS) is None


@pytest.mark.parametrize(
    ("of", "fields", "obstacle"),
    [
        (case(**READ, **COOLING), {}, None),
        (case(**READ, **COOLING), {"proposer": None}, Obstacle.STAFF_GONE),
        (case(**READ, **COOLING), {"approver": None}, Obstacle.STAFF_GONE),
        (case(**READ, **COOLING), {"approver": SAM}, Obstacle.STAFF_GONE),
        (case(**READ, **COOLING), {"target": None}, Obstacle.ACCOUNT_CLOSED),
        (
            case(**READ, **COOLING),
            {"target": replace(CAROL, status=AccountStatus.DELETED)},
            Obstacle.ACCOUNT_CLOSED,
        ),
        (
            case(**READ, **COOLING),
            {"target": replace(CAROL, role=Role.ADMINISTRATOR)},
            Obstacle.ABOVE_THEM,
        ),
        (case(**READ, **COOLING), {"target": BLOCKED, "disabled_at": NOW}, Obstacle.ACCOUNT_CLOSED),
        (case(**READ, **COOLING), {"target": BLOCKED, "disabled_at": NOW - 1}, None),
        (
            case(**READ, **COOLING),
            {"target": replace(BLOCKED, blocked_by=BlockedBy.OPERATOR), "disabled_at": NOW - 1},
            Obstacle.ACCOUNT_CLOSED,
        ),
        (case(CaseKind.UNBLOCK, **READ, **COOLING), {"target": CAROL}, Obstacle.NOT_BLOCKED),
        (case(**COOLING), {}, Obstacle.NO_EVIDENCE),
        (
            case(**READ, **COOLING),
            {"target": replace(CAROL, backup_email="other@example.test")},
            Obstacle.ADDRESS_CHANGED,
        ),
        (
            case(**READ, **COOLING),
            {"target": replace(CAROL, backup_email_verified=False)},
            Obstacle.ADDRESS_CHANGED,
        ),
    ],
)
def test_what_stands_in_the_way_of_applying(
    of: Case, fields: dict[str, Any], obstacle: Obstacle | None
) -> None:
    facts = {"target": CAROL, "proposer": SAM, "approver": KIM, **fields}
    assert check_apply(file(of, **facts)) is obstacle


_PEOPLE = st.sampled_from([SAM, KIM, ADA, CAROL, replace(KIM, status=AccountStatus.DISABLED)])
_TIMES = st.sampled_from([None, NOW - 1, NOW, NOW + 1])
_FILES = st.builds(
    CaseFile,
    case=st.builds(
        case,
        st.sampled_from(CaseKind),
        status=st.sampled_from(CaseStatus),
        owner_id=st.sampled_from([None, SAM.subject_id, KIM.subject_id]),
        proposed_by=st.sampled_from([None, SAM.subject_id, KIM.subject_id]),
        approved_at=_TIMES,
        read_back_at=_TIMES,
        frozen_at=_TIMES,
        domain_proven_at=_TIMES,
        new_email_key=st.sampled_from([None, CAROL.backup_email, "new@example.test"]),
        new_email_verified_at=_TIMES,
    ),
    documents=st.lists(st.builds(document, deleted_at=_TIMES), max_size=2),
    target=st.one_of(st.none(), _PEOPLE, st.just(BLOCKED)),
    disabled_at=_TIMES,
    proposer=st.one_of(st.none(), _PEOPLE),
    approver=st.one_of(st.none(), _PEOPLE),
)


@given(_FILES, st.sampled_from(CaseAct), st.sampled_from([None, SAMS, KIMS, ADAS]))
def test_nothing_is_allowed_that_one_agent_alone_could_do(
    of: CaseFile, act: CaseAct, agent: Agent | None
) -> None:
    if check_act(of, act, agent) is not None:
        return
    assert agent is not None
    if of.target is not None:
        assert of.target.subject_id != agent.subject_id
        assert of.target.rank <= agent.rank
    if act in (CaseAct.PROPOSE, CaseAct.APPROVE):
        assert check_evidence(of) is None
    if act is CaseAct.APPROVE:
        assert of.case.proposed_by != agent.subject_id
        assert of.proposer is not None
        assert of.proposer.role.is_staff


@given(_FILES)
def test_nothing_applies_without_two_agents_and_evidence(of: CaseFile) -> None:
    if check_apply(of) is not None:
        return
    proposer, approver, target = of.proposer, of.approver, of.target
    assert proposer is not None
    assert approver is not None
    assert target is not None
    assert proposer.subject_id != approver.subject_id
    for agent in (proposer, approver):
        assert agent.role.is_staff
        assert agent.status is AccountStatus.ACTIVE
        assert agent.subject_id != target.subject_id
        assert agent.rank >= target.rank
    assert check_evidence(of) is None


def test_references_are_read_out_without_mistakes() -> None:
    entropy = SystemEntropy()
    references = {new_reference(entropy) for _ in range(500)}
    assert len(references) == 500
    letters = set("".join(references))
    assert letters <= set("2346789BCDFGHJKMPQRTVWXY-")
    assert all(len(reference) == 9 and reference[4] == "-" for reference in references)


def test_draft_is_nobodys_case_yet() -> None:
    case_id, effect = new_draft(SystemEntropy(), browser_digest=b"b", language="fr", now=NOW)
    assert (effect.values["case_id"], effect.values["status"]) == (case_id, "draft")
    assert effect.values["queued_at"] is None
