"""On whose accounts an agent may act, and why not, in words."""

from collections.abc import Mapping

from idp.account.agent import Agent
from idp.account.cases.deciding import CaseRefusal, check_over
from idp.records.account import Person
from idp.web.locale import Message

SENTENCES: Mapping[CaseRefusal, Message] = {
    CaseRefusal.NOT_STAFF: Message("You are no agent any more."),
    CaseRefusal.YOURSELF: Message("This is your own account. Ask a colleague to act on it."),
    CaseRefusal.ABOVE_YOU: Message(
        "This account stands above your rank. Only an administrator may act on it."
    ),
    CaseRefusal.NO_ADDRESS: Message("The account has no backup address that was proven."),
    CaseRefusal.NO_FACTOR: Message("The account has no second factor."),
    CaseRefusal.NOT_BLOCKED: Message("The account is not blocked."),
    CaseRefusal.OPERATORS_BLOCK: Message(
        "The operator blocked this account, and only the operator unblocks it."
    ),
}
CHANGED = Message("Somebody else changed the account meanwhile. Look again, then repeat.")


def refusal(agent: Agent, person: Person) -> Message | None:
    """Why the agent may not act on the account at all; None if they may."""
    over = check_over(agent, person)
    return SENTENCES[over] if over else None


def said(refused: CaseRefusal) -> Message:
    return SENTENCES.get(refused, CHANGED)
