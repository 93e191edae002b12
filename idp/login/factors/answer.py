"""What a factor says of what somebody showed."""

from dataclasses import dataclass
from typing import Protocol

from starlette.requests import Request

from idp.login.front_door import FrontDoor
from idp.records.account import SubjectId
from idp.records.factor import Standing, Way
from idp.records.interaction import Interaction
from idp.spec.assurance import Proof
from idp.store.statement import Effect
from idp.web.forms import Parameters
from idp.web.locale import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What somebody showed, and who they have to be. `form` is untrusted."""

    door: FrontDoor
    request: Request
    interaction: Interaction
    standing: Standing
    locale: str
    form: Parameters
    now: int

    @property
    def subject_id(self) -> SubjectId:
        return self.standing.subject_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """`effects` redeem it, each with its expectation; they go into one transaction with the proof."""

    proof: Proof
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """It proves nothing. `reason` is a code for the audit trail; `effects` are to be carried out all the same."""

    message: Message
    reason: str
    effects: tuple[Effect, ...] = ()


Answer = Proven | Wrong


class FactorModule(Protocol):
    """A module of this folder. `IS_GUESSABLE`: a try is spent before `prove` is called.

    `unfit` says what is amiss with something that can't be an answer at all, before it costs a try.
    """

    @property
    def WAY(self) -> Way: ...  # noqa: N802

    @property
    def IS_GUESSABLE(self) -> bool: ...  # noqa: N802

    def unfit(self, form: Parameters) -> Message | None: ...

    async def prove(self, shown: Shown) -> Answer: ...
