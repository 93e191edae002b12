"""People as they were decided on, held until the transaction ends: it is undone where one is another by now."""

from idp.records.account import Person
from idp.store.cases import HOLD_ACCOUNT, HOLD_STAFF
from idp.store.statement import Effect


def hold(target: Person) -> Effect:
    """An account: its role and its status."""
    return HOLD_ACCOUNT.effect(
        expects=1,
        of_account=target.account_id,
        with_role=target.role.value,
        with_status=target.status.value,
    )


def hold_staff(*people: Person | None) -> list[Effect]:
    """Agents, who stay agents. In the order of their accounts, so that two transactions that hold the same people don't
    wait for each other.
    """
    held = {person.account_id: person for person in people if person is not None}
    return [
        HOLD_STAFF.effect(expects=1, of_account=account_id, with_role=held[account_id].role.value)
        for account_id in sorted(held)
    ]
