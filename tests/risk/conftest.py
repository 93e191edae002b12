"""A risk engine on both databases, in a small world of known addresses."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from idp.adapters.user_agents import ParsedUserAgents
from idp.config.settings import Risk
from idp.records.account import Person
from idp.records.event import Circumstances
from idp.records.risk import Decision, Place
from idp.records.session import Device
from idp.risk.engine import RiskEngine
from idp.risk.habits import Habits, read
from idp.risk.occasion import Assessment, SignInOccasion
from idp.store.risk import DECISION, PROFILE
from idp.web.address import parse_address
from tests.support.rooms import NOW, Rooms, open_rooms

DAY = 86_400
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0.0.0 Safari/537.36"
HOME, HOME_AGAIN, CAFE, ABROAD, DATA_CENTRE = "5.5.1.7", "5.5.1.99", "5.6.2.8", "9.1.1.1", "5.99.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Atlas:
    """Addresses that begin with 5 are in France, with 9 in Australia; 5.99 is a data centre."""

    data_at: int = NOW - DAY
    is_missing: bool = False

    def place_of(self, address: str) -> Place:
        parsed = parse_address(address)
        if self.is_missing or parsed is None:
            return Place()
        country = {"5": "FR", "9": "AU", "2a01:5": "FR"}.get(_first(parsed.text), "")
        return Place(country=country, is_hosting=parsed.text.startswith("5.99."), data_at=self.data_at)


def _first(text: str) -> str:
    return text.partition(".")[0] if "." in text else ":".join(text.split(":")[:2])


def circumstances(address: str = HOME, user_agent: str = FIREFOX) -> Circumstances:
    parsed = parse_address(address)
    return Circumstances(
        address=parsed.text if parsed else address,
        network=parsed.network if parsed else address,
        user_agent=user_agent,
    )


@dataclass(kw_only=True)
class Desk:
    """An engine, one customer, and a way to sign them in."""

    rooms: Rooms
    person: Person
    policy: Risk = field(default_factory=lambda: Risk(least_sign_ins=0))
    atlas: Atlas = field(default_factory=Atlas)
    visits: int = 0

    @property
    def engine(self) -> RiskEngine:
        return RiskEngine(
            self.policy,
            database=self.rooms.db,
            entropy=self.rooms.entropy,
            secrets=self.rooms.secrets,
            geography=self.atlas,
            user_agents=ParsedUserAgents(),
        )

    def occasion(self, address: str = HOME, user_agent: str = FIREFOX, **fields: Any) -> SignInOccasion:
        occasion = SignInOccasion(
            subject_id=self.person.subject_id,
            client_id="manager",
            interaction_id=f"interaction-{self.visits}",
            circumstances=circumstances(address, user_agent),
            device=None,
            device_was_copied=False,
            account_created_at=NOW - 1_000 * DAY,
            last_sign_in_at=NOW - DAY,
            stolen_at=None,
            password_is_common=False,
            always_asks=False,
            now=NOW,
        )
        return replace(occasion, **fields)

    async def assess(self, *args: Any, **fields: Any) -> Assessment:
        """A decision, stored."""
        self.visits += 1
        assessment = await self.engine.assess(self.occasion(*args, **fields))
        assert await self.rooms.db.apply(assessment.effects)
        return assessment

    async def sign_in(self, *args: Any, **fields: Any) -> Assessment:
        """The same, completed."""
        assessment = await self.assess(*args, **fields)
        await self.complete(assessment, now=fields.get("now", NOW))
        return assessment

    async def complete(self, assessment: Assessment, *, now: int = NOW) -> None:
        while not await self.rooms.db.apply(await self.engine.learn(assessment.decision_id, now=now)):
            pass

    async def usual(self, times: int = 10, *args: Any, **fields: Any) -> None:
        """Some sign-ins that become a habit."""
        for number in range(times):
            await self.sign_in(*args, **{"now": NOW - (times - number) * DAY, **fields})

    async def habits(self) -> Habits:
        profile = await self.rooms.db.one(PROFILE, of_subject=self.person.subject_id)
        return read(profile.habits) if profile else Habits()

    async def decision(self, assessment: Assessment) -> Decision:
        found = await self.rooms.db.one(DECISION, of_decision=assessment.decision_id)
        assert found is not None
        return found

    def device(self, **fields: Any) -> Device:
        device = Device(
            device_id="d1",
            subject_id=self.person.subject_id,
            digest=b"",
            created_at=NOW - 30 * DAY,
            seen_at=NOW - DAY,
            expires_at=NOW + 100 * DAY,
            revoked_at=None,
            former_digest=None,
            rotated_at=None,
            browser="Firefox",
            system="Linux",
            country="FR",
            place="France",
            trusted_until=None,
            revoked_reason="",
        )
        return replace(device, **fields)


@pytest.fixture
async def desk(database_url: str) -> AsyncIterator[Desk]:
    async with open_rooms(database_url) as rooms:
        yield Desk(rooms=rooms, person=await rooms.customer())
