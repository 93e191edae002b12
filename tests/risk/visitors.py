"""Invented customers at the real engine: sign-ins are assessed, stored and learnt from, browsers keep their cookies."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from idp.adapters.user_agents import ParsedUserAgents
from idp.config.settings import Risk
from idp.records.account import SubjectId
from idp.records.ports import Geography
from idp.records.risk import Outcome
from idp.records.session import Device
from idp.risk.engine import RiskEngine
from idp.risk.occasion import Assessment, SignInOccasion
from idp.risk.simulation import Customer, Visit
from idp.risk.trial import circumstances_of_visit
from tests.support.rooms import Rooms

DAY = 86_400
_SECONDS_TO_FINISH = 30


@dataclass(kw_only=True)
class Visitors:
    """`asked` has, for each customer, which of the sign-ins after the sign-up were asked for more than the password."""

    rooms: Rooms
    policy: Risk
    geography: Geography
    people: dict[str, SubjectId] = field(default_factory=dict)
    asked: defaultdict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    _devices: dict[tuple[str, str], Device] = field(default_factory=dict)
    _last_at: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.engine = RiskEngine(
            self.policy,
            database=self.rooms.db,
            entropy=self.rooms.entropy,
            secrets=self.rooms.secrets,
            geography=self.geography,
            user_agents=ParsedUserAgents(),
        )

    async def welcome(self, customers: Sequence[Customer]) -> None:
        """Give each an account."""
        for customer in customers:
            self.people[customer.subject_id] = (await self.rooms.customer()).subject_id

    async def sign_in(self, visit: Visit) -> Assessment:
        """With the right password, to the end: whoever is asked for a code has it."""
        if visit.has_lost_cookie:
            self._devices.pop(_jar(visit), None)
        device = self._device(visit)
        assessment = await self.engine.assess(self._occasion(visit, device))
        assert await self.rooms.db.apply(assessment.effects)
        done_at = visit.at + _SECONDS_TO_FINISH
        assert await self.rooms.db.apply(await self.engine.learn(assessment.decision_id, now=done_at))
        is_first = visit.subject_id not in self._last_at
        is_asked = assessment.outcome is not Outcome.ALLOW
        if not is_first:
            self.asked[visit.subject_id].append(is_asked)
        self._last_at[visit.subject_id] = done_at
        if not visit.is_private and (device or is_asked or is_first):
            self._devices[_jar(visit)] = self._known(visit)
        return assessment

    def is_known(self, visit: Visit) -> bool:
        """Whether the browser that comes will have its cookie."""
        return not visit.has_lost_cookie and self._device(visit) is not None

    def last_at(self, visit: Visit) -> int:
        """When the customer last completed a sign-in."""
        return self._last_at[visit.subject_id]

    def _device(self, visit: Visit) -> Device | None:
        return None if visit.is_private else self._devices.get(_jar(visit))

    def _occasion(self, visit: Visit, device: Device | None) -> SignInOccasion:
        return SignInOccasion(
            subject_id=self.people[visit.subject_id],
            client_id="manager",
            interaction_id="",
            circumstances=circumstances_of_visit(visit),
            device=device,
            device_was_copied=False,
            account_created_at=0,
            last_sign_in_at=self._last_at.get(visit.subject_id),
            stolen_at=None,
            password_is_common=False,
            always_asks=False,
            now=visit.at,
        )

    def _known(self, visit: Visit) -> Device:
        return Device(
            device_id=visit.browser_id,
            subject_id=self.people[visit.subject_id],
            digest=b"",
            created_at=visit.at,
            seen_at=visit.at,
            expires_at=visit.at + 180 * DAY,
            revoked_at=None,
            former_digest=None,
            rotated_at=None,
            browser="",
            system="",
            country="",
            place="",
            trusted_until=None,
            revoked_reason="",
        )


def _jar(visit: Visit) -> tuple[str, str]:
    return visit.subject_id, visit.browser_id
