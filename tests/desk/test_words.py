"""Nothing that an agent sees is a bare code."""

from dataclasses import replace

from idp.events.mails import TEMPLATES
from idp.records.account import AccountKind, AccountStatus, BlockedBy
from idp.records.case import CaseKind, CaseStatus
from idp.records.event import EventType
from idp.records.risk import Outcome
from idp.store.outbox import LoggedMessage, Status
from idp.store.support import TrailEntry
from idp.support.words import (
    ACCOUNT_KINDS,
    CASE_KINDS,
    CASE_STATUSES,
    MAILS,
    OUTCOMES,
    said_event,
    said_sending,
    said_status,
)
from tests.support.world import World


def entry(kind: str, factor: str = "", reason: str = "") -> TrailEntry:
    return TrailEntry(
        event_id="",
        at=0,
        type=kind,
        outcome="success",
        reason=reason,
        actor="system",
        client_id=None,
        factor=factor,
        country="",
        why="",
    )


def test_every_code_has_words() -> None:
    assert {template.name for template in TEMPLATES} == set(MAILS)
    assert set(CASE_KINDS) == set(CaseKind)
    assert set(CASE_STATUSES) == set(CaseStatus)
    assert set(ACCOUNT_KINDS) == set(AccountKind)
    assert set(OUTCOMES) == set(Outcome)
    assert len(AccountStatus) == 4


def test_every_event_says_something_and_what_staff_does_says_what() -> None:
    unknown = said_event(entry("something.new")).msgid
    assert unknown == "Did something else"
    for kind in EventType:
        said = said_event(entry(kind.value)).msgid
        assert said
        if kind.value.startswith(("support.", "case.", "document.", "sign_in.")) and kind not in (
            EventType.SUPPORT_SEARCHED,  # About nobody.
            EventType.DOCUMENT_ADDED,  # By the customer.
            EventType.DOCUMENTS_DELETED,  # By itself.
        ):
            assert said != unknown, kind


def test_a_mail_of_support_says_which() -> None:
    assert (
        said_event(entry("support.mailed", reason="new-password")).msgid
        != said_event(entry("support.mailed", reason="customer-id")).msgid
    )


def test_what_became_of_a_message_is_said() -> None:
    said = {
        (status, reply): said_sending(
            LoggedMessage(
                message_id="",
                channel="mail",
                template="welcome",
                subject_id=None,
                recipient="",
                created_at=0,
                due_at=0,
                expires_at=0,
                attempts=0,
                status=status,
                reply=reply,
                finished_at=None,
            )
        ).msgid
        for status in Status
        for reply in ("", "451 4.7.1")
    }
    assert said[Status.QUEUED, ""] == "Waiting"
    assert said[Status.QUEUED, "451 4.7.1"] == "Deferred"
    assert said[Status.DELIVERED, "451 4.7.1"] == "Accepted"
    assert said[Status.FAILED, ""] == "Bounced"
    assert said[Status.EXPIRED, ""] == "Not accepted in time"


async def test_how_an_account_stands_is_said(sqlite_world: World) -> None:
    alice = sqlite_world.people["alice"]
    said = {
        said_status(replace(alice, status=status, blocked_by=by, delete_at=at)).msgid
        for status in AccountStatus
        for by in BlockedBy
        for at in (None, 1)
    }
    assert said == {
        "Active",
        "Active, its deletion is planned",
        "Incomplete: no password was chosen yet",
        "Deleted",
        "Blocked by its owner",
        "Blocked by support",
        "Blocked by the operator",
    }
