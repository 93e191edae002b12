"""Agents: members of staff who act on others' accounts, and on whose they may. Pure."""

from dataclasses import dataclass

from idp.records.account import Person, SubjectId
from idp.web.locale import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Who acts. `rank` as in `Person.rank`: nobody acts on who stands above them."""

    subject_id: SubjectId
    rank: int
    name: str


ON_ONESELF = Message("This is your own account. Ask a colleague to act on it.")
ON_SUPERIORS = Message("This account stands above your rank. Only an administrator may act on it.")


def agent_of(person: Person) -> Agent:
    return Agent(subject_id=person.subject_id, rank=person.rank, name=person.name)


def may_see(agent: Agent, person: Person) -> bool:
    """Whether the agent may see the account: everybody's own, and nobody's above them."""
    return person.rank <= agent.rank


def refusal(agent: Agent, person: Person) -> Message | None:
    """Why the agent may not act on the account; None if they may."""
    if person.subject_id == agent.subject_id:
        return ON_ONESELF
    return None if may_see(agent, person) else ON_SUPERIORS
