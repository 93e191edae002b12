"""The life of a case, in any order of what agents, mailboxes and time may do to it, against a model of a page.

Nothing is applied without two different agents who still are agents, evidence, and a cooling-off period in which
nobody cancelled; a case that was cancelled is never applied without a new approval.
"""

import asyncio
import re
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from idp.account.agent import agent_of
from idp.account.cases.acts import Wanted, perform
from idp.account.cases.applying import apply_case
from idp.account.cases.cancelling import Cancelled, cancel
from idp.account.cases.deciding import CaseAct, CaseRefusal
from idp.account.cases.links import find_case_link
from idp.account.cases.opening import Opened, open_case_for
from idp.records.account import Person, Role
from idp.records.case import Case, CaseKind, CaseStatus, LinkPurpose
from idp.records.event import Occasion
from tests.desk.agents import make_agent, make_person
from tests.desk.casework import HOUR, Casework, change_account, have_documents, have_new_address
from tests.support.factors import give_factors
from tests.support.mail import delivered
from tests.support.world import World, open_world, settings_for

T = TypeVar("T")

_RUN = settings(
    max_examples=60,
    stateful_step_count=40,
    suppress_health_check=list(HealthCheck),
    # What fails is told by its steps; making them fewer would take minutes.
    phases=[Phase.generate],
)
_COOLING_SECONDS = 24 * HOUR
_LINK = re.compile(r"/case-cancel/([\w-]{64})")
# Approving comes often; refusing ends everything.
_ACTS = (*CaseAct, *[CaseAct.NOTE] * 8, *[CaseAct.PROPOSE] * 4, *[CaseAct.APPROVE] * 8)


class Stage:
    """A world that synchronous steps can use."""

    def __init__(self, runner: asyncio.Runner, database_url: str, folder: Path) -> None:
        self._runner = runner
        self._stack = AsyncExitStack()
        opening = self._stack.enter_async_context(open_world(settings_for(database_url, folder)))
        self.world: World = self.run(opening)
        self.agents = [
            self.run(make_agent(self.world, "sam")),
            self.run(make_agent(self.world, "kim", number=2)),
            self.run(make_agent(self.world, "eve", role=Role.ADMINISTRATOR, number=3)),
        ]
        self.runs = 0
        self.applied = 0
        self.frozen = 0

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(coroutine)

    def close(self) -> None:
        self.run(self._stack.aclose())


@dataclass(frozen=True, kw_only=True)
class Approval:
    """As the model knows it."""

    proposer: Person
    approver: Person
    at: int


class Life(RuleBasedStateMachine):
    """One case. `approval` is the one that counts now; `frozen` how often it was cancelled with an effect."""

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage, self.world = stage, stage.world
        stage.runs += 1
        number = stage.runs
        self.carol = stage.run(
            make_person(
                self.world, f"carol{number}", f"cc{30000 + number}-ovh", backup=f"spare{number}@example.test"
            )
        )
        self.demoted: set[str] = set()
        self.proposer: Person | None = None
        self.approval: Approval | None = None
        self.shown = False
        self.frozen = 0
        self.applied = False
        self.links: list[str] = []

    @initialize(kind=st.sampled_from([CaseKind.MAILBOX_BACKUP, CaseKind.FACTOR]))
    def opening(self, kind: CaseKind) -> None:
        self.work = self._opened(kind)

    def _opened(self, kind: CaseKind) -> Casework:
        if kind is CaseKind.FACTOR:
            self.stage.run(give_factors(self.world.house, self.carol.subject_id))
        sam = self.stage.agents[0]
        opened = self.stage.run(
            open_case_for(self.world.house, self._occasion(), agent_of(sam), self.carol, kind)
        )
        assert isinstance(opened, Opened)
        browser = self.world.browser()
        return Casework(
            world=self.world,
            sam=sam,
            kim=self.stage.agents[1],
            carol=self.carol,
            sams=browser,
            kims=browser,
            case_id=opened.case.case_id,
        )

    def _occasion(self) -> Occasion:
        return Occasion(now=self.world.clock.now(), actor="system")

    def _case(self) -> Case:
        return self.stage.run(self.work.case())

    def _is_agent(self, person: Person) -> bool:
        return person.subject_id not in self.demoted

    @rule(who=st.integers(0, 2), act=st.sampled_from(_ACTS), late=st.integers(0, 9))
    def act(self, who: int, act: CaseAct, late: int) -> None:
        """An agent does something: on the newest version, or on an older one, which never has an effect."""
        agent, before = self.stage.agents[who], self._case()
        version = before.version - (late == 0)
        wanted = Wanted(
            case_id=before.case_id,
            version=version,
            act=act,
            note="because",
            document="identity",
            reason="not-shown" if act is CaseAct.REFUSE else "missing",
        )
        refusal = self.stage.run(perform(self.world.house, self._occasion(), agent_of(agent), wanted))
        if late == 0:
            assert refusal is CaseRefusal.CHANGED
        if not self._is_agent(agent):
            assert refusal is not None
        if refusal is None:
            self._done(agent, act)
        else:
            assert self._case() == before

    @rule(luck=st.integers(0, 2))
    def onward(self, luck: int) -> None:
        """What leads to the end: by whoever owns the case, or else by somebody who takes it over. Without luck somebody
        cancels.
        """
        case = self._case()
        agents = [who for who, agent in enumerate(self.stage.agents) if self._is_agent(agent)]
        own = [who for who in agents if self.stage.agents[who].subject_id == case.owner_id]
        others = [who for who in agents if self.stage.agents[who].subject_id != case.proposed_by]
        match case.status:
            case CaseStatus.COOLING if not luck:
                self.cancellation(len(self.links) - 1)
            case CaseStatus.COOLING:
                self.time(24)
            case CaseStatus.WAITING:
                self.address()
                self.time(1)
                self.document()
            case CaseStatus.PROPOSED if others:
                self.act(others[0], CaseAct.APPROVE, 1)
            case CaseStatus.OPEN if own:
                self.act(own[0], CaseAct.PROPOSE if self.shown else CaseAct.READ_BACK, 1)
            case CaseStatus.OPEN if agents:
                self.act(agents[0], CaseAct.TAKE_OVER if case.owner_id else CaseAct.TAKE, 1)

    def _done(self, agent: Person, act: CaseAct) -> None:
        match act:
            case CaseAct.READ_BACK:
                self.shown = True
            case CaseAct.PROPOSE:
                assert self.shown
                self.proposer = agent
            case CaseAct.APPROVE:
                assert self.proposer is not None
                assert self.proposer.subject_id != agent.subject_id
                assert self._is_agent(self.proposer)
                assert self.shown
                self.approval = Approval(proposer=self.proposer, approver=agent, at=self.world.clock.now())
                mails = self.stage.run(delivered(self.world))
                self.links += [found[1] for mail in mails if (found := _LINK.search(mail.text))]
            case CaseAct.WITHDRAW | CaseAct.REFUSE:
                self.approval = self.proposer = None
            case _:
                pass

    @rule()
    def document(self) -> None:
        if self._case().status in (CaseStatus.OPEN, CaseStatus.WAITING, CaseStatus.PROPOSED):
            self.stage.run(have_documents(self.work))
            self.shown = self.shown or self._case().kind is not CaseKind.MAILBOX_BACKUP

    @rule()
    def address(self) -> None:
        case = self._case()
        if case.kind is CaseKind.MAILBOX_DOCUMENTS and case.new_email is None and not case.status.is_closed:
            self.stage.run(have_new_address(self.work, f"new{self.stage.runs}@example.test"))

    @rule(which=st.integers(0, 20))
    def cancellation(self, which: int) -> None:
        if not self.links:
            return
        now = self.world.clock.now()
        value = self.links[which % len(self.links)]
        found = self.stage.run(find_case_link(self.world.house.database, value, LinkPurpose.CANCEL, now))
        if found is None:
            return
        before = self._case()
        outcome = self.stage.run(cancel(self.world.house, self._occasion(), found))
        if outcome is Cancelled.FROZEN:
            assert self.approval is not None
            self.approval = self.proposer = None
            self.frozen += 1
            self.stage.frozen += 1
            self.shown = False
            self.stage.run(delivered(self.world))
        else:
            assert self._case() == before

    @rule(hours=st.sampled_from([1, 12, 24, 24]))
    def time(self, hours: int) -> None:
        self.world.clock.pass_(hours * HOUR)
        self.job()

    @rule()
    def job(self) -> None:
        """Any node looks whether the case is due."""
        applied = self.stage.run(apply_case(self.world.house, self._occasion(), self.work.case_id))
        if applied:
            assert self.approval is not None, "applied without an approval that still counts"
            assert self._is_agent(self.approval.proposer)
            assert self._is_agent(self.approval.approver)
            assert self.world.clock.now() - self.approval.at >= _COOLING_SECONDS
            assert not self.applied
            self.applied = True
            self.stage.applied += 1
        elif self._case().status is CaseStatus.OPEN:
            self.approval = self.proposer = None

    @rule(who=st.integers(0, 2), is_rare=st.integers(0, 3))
    def demotion(self, who: int, is_rare: int) -> None:
        """Somebody is no agent any more, or one again."""
        if is_rare:
            return
        agent = self.stage.agents[who]
        is_back = agent.subject_id in self.demoted
        role = agent.role.value if is_back else "customer"
        self.stage.run(change_account(self.world, agent, f"role = '{role}'"))
        self.demoted ^= {agent.subject_id}

    @invariant()
    def nothing_changes_before_it_is_applied(self) -> None:
        case = self._case()
        assert (case.status is CaseStatus.DONE) == self.applied
        assert self.frozen <= 1
        if not self.applied:
            assert self.stage.run(self.work.addresses()) == (
                self.carol.primary_email,
                self.carol.backup_email,
            )

    def teardown(self) -> None:
        for agent in self.stage.agents:
            if agent.subject_id in self.demoted:
                self.stage.run(change_account(self.world, agent, f"role = '{agent.role.value}'"))


@pytest.fixture
def stage(sqlite_url: str, tmp_path: Path) -> Iterator[Stage]:
    with asyncio.Runner() as runner:
        stage = Stage(runner, sqlite_url, tmp_path)
        yield stage
        stage.close()


def test_no_order_of_acts_gets_around_the_rules(stage: Stage) -> None:
    machine: Any = partial(Life, stage)
    run_state_machine_as_test(machine, settings=_RUN)
    assert stage.applied, "no run ever came to its end"
    assert stage.frozen, "no run was ever cancelled"
