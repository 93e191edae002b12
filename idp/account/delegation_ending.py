"""What ends delegations without either of the two: a block, a deletion, a report, a decided case.

Those acts only end them, in their own transaction; upkeep has both told afterwards (`delegation_telling.py`).
"""

from idp.records.account import SubjectId
from idp.store.delegations import (
    END_DELEGATIONS_OF_CUSTOMER,
    END_DELEGATIONS_OF_DELEGATE,
    REVOKE_FAMILIES_OF_CUSTOMERS_DELEGATIONS,
    REVOKE_FAMILIES_OF_DELEGATES_DELEGATIONS,
)
from idp.store.statement import Effect

_REASON = "delegation_ended"


def end_delegations(subject_id: SubjectId, *, now: int) -> list[Effect]:
    """Nobody acts for somebody any more, and they act for nobody: their account was blocked or deleted."""
    return [
        *end_own_delegations(subject_id, now=now),
        END_DELEGATIONS_OF_DELEGATE.effect(of_subject=subject_id, now=now),
        REVOKE_FAMILIES_OF_DELEGATES_DELEGATIONS.effect(of_subject=subject_id, now=now, reason=_REASON),
    ]


def end_own_delegations(subject_id: SubjectId, *, now: int) -> list[Effect]:
    """Nobody acts for somebody any more: whoever was in their account may have offered it."""
    return [
        END_DELEGATIONS_OF_CUSTOMER.effect(of_subject=subject_id, now=now),
        REVOKE_FAMILIES_OF_CUSTOMERS_DELEGATIONS.effect(of_subject=subject_id, now=now, reason=_REASON),
    ]
