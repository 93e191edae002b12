"""Agents: members of staff, as acts and pages know them. Whose accounts they may act on: `cases/deciding.py`."""

from dataclasses import dataclass

from idp.records.account import Person, SubjectId


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """Who acts. `rank` as in `Person.rank`: nobody acts on who stands above them."""

    subject_id: SubjectId
    rank: int
    name: str


def agent_of(person: Person) -> Agent:
    return Agent(subject_id=person.subject_id, rank=person.rank, name=person.name)


def may_see(agent: Agent, person: Person) -> bool:
    """Whether the agent may see the account: everybody's own, and nobody's above them."""
    return person.rank <= agent.rank
