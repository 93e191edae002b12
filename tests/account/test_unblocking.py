"""What undoes a block of the owner's: one decision for the page, the dispatcher and the act."""

from typing import Any

import pytest

from idp.account.unblocking import RECENT_SECONDS, WayBack, way_back
from idp.login.dispatch import Ask, owed_to_unblock
from idp.spec.assurance import Proof
from tests.login.samples import NOW, interaction, standing
from tests.support.assurance import RULES

_BEFORE = NOW - RECENT_SECONDS


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"blocked_at": None, "totps": 1, "two_factor": True}, WayBack.SUPPORT),
        ({"totps": 1, "two_factor": True}, WayBack.FACTOR),
        ({"has_backup_email": True}, WayBack.MAILBOXES),
        ({"has_backup_email": True, "totps": 1}, WayBack.MAILBOXES),
        ({"has_backup_email": True, "totps": 1, "two_factor": True}, WayBack.FACTOR),
        ({"has_backup_email": True, "has_primary_email": False, "totps": 1}, WayBack.FACTOR),
        ({"has_backup_email": True, "has_primary_email": False}, WayBack.SUPPORT),
        ({"has_backup_email": True, "two_factor": True}, WayBack.SUPPORT),
        ({"totps": 1}, WayBack.FACTOR),
        ({}, WayBack.SUPPORT),
        ({"totps": 1, "changed_at": _BEFORE}, WayBack.SUPPORT),
        ({"totps": 1, "changed_at": _BEFORE - 1}, WayBack.FACTOR),
        ({"has_backup_email": True, "address_changed_at": _BEFORE}, WayBack.SUPPORT),
        ({"has_backup_email": True, "address_changed_at": _BEFORE - 1}, WayBack.MAILBOXES),
    ],
)
def test_the_way_back_and_what_the_sign_in_owes_are_the_same(
    facts: dict[str, Any], expected: WayBack
) -> None:
    found = standing(**{"blocked_at": NOW, **facts})
    assert way_back(found, sms=False) is expected
    if found.blocked_at is None:
        return
    owed = {
        proof: owed_to_unblock(interaction(proofs=((Proof.NEW_PASSWORD, NOW), (proof, NOW))), found, RULES)
        for proof in (Proof.PASSWORD, Proof.TOTP, Proof.MAILBOXES)
    }
    assert (
        owed
        == {
            WayBack.SUPPORT: dict.fromkeys(owed, Ask.LOGIN),
            WayBack.FACTOR: {
                Proof.PASSWORD: Ask.SECOND_FACTOR,
                Proof.TOTP: None,
                Proof.MAILBOXES: Ask.SECOND_FACTOR,
            },
            WayBack.MAILBOXES: {Proof.PASSWORD: Ask.UNBLOCK, Proof.TOTP: None, Proof.MAILBOXES: None},
        }[expected]
    )


def test_without_a_password_that_was_chosen_since_nothing_is_lifted() -> None:
    found = standing(blocked_at=NOW, totps=1, two_factor=True)
    for proofs in ((), ((Proof.NEW_PASSWORD, NOW - 1),)):
        tried = interaction(proofs=(*proofs, (Proof.TOTP, NOW)))
        assert owed_to_unblock(tried, found, RULES) is Ask.LOGIN
