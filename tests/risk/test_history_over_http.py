"""More than a thousand sign-ins through the real application, then one in a private window, and one from abroad."""

import faulthandler
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import ip_address, ip_network
from pathlib import Path
from random import Random

import httpx2
import pytest

from idp.account.creation import NewAccount, create_account
from idp.app.delivering import delivery_of
from idp.events.delivery import Delivery
from idp.records.account import AccountStatus
from idp.records.event import Occasion
from idp.risk.simulated_world import Dice, Kind, SimulatedGeography, any_address_in, network_in
from idp.risk.simulation import Customer, Habits, Visit, customers, visits
from idp.risk.trial import circumstances_of_visit
from idp.signing.secrets import Purpose
from idp.store.accounts import PUT_PASSWORD
from idp.web.locale import Catalogues
from idp.web.pages import template_folders
from tests.login.coded import code_in
from tests.support.mail import parsed
from tests.support.world import PASSWORD, World, answer, is_asking, open_risky_world, risky_settings

_BEGIN = 1_800_057_600
_DAYS = 55
_PATIENCE_SECONDS = 180
_GEOGRAPHY = SimulatedGeography(data_at=_BEGIN)
_AFTERWARDS = _BEGIN + _DAYS * 86_400
_HABITS = Habits(median_days=1, slowest_days=1.1)


@dataclass(kw_only=True)
class Town:
    """A world whose customers live there; each browser keeps its cookies from one sign-in to the next."""

    world: World
    people: Sequence[Customer]
    history: Sequence[Visit]
    names: dict[str, str] = field(default_factory=dict)
    _delivery: Delivery = field(init=False)
    _jars: dict[tuple[str, str], httpx2.Cookies] = field(default_factory=dict)

    def __post_init__(self) -> None:
        settings = self.world.house.settings
        folders = [folder / "locale" for folder in template_folders(settings.brand.templates)]
        # One for all mails, or each would compile its templates anew.
        self._delivery = delivery_of(self.world.house, Catalogues(folders, settings.language.offered))

    async def settle(self) -> None:
        """Give everybody an account."""
        house, occasion = self.world.house, Occasion(now=_BEGIN, actor="system")
        pepper = house.secrets.newest(Purpose.PEPPER)
        encoded = await house.hasher.hash(PASSWORD, pepper=pepper.value)
        for number, customer in enumerate(self.people):
            new = NewAccount(
                primary_email=f"customer{number}@example.test",
                is_primary_email_verified=True,
                status=AccountStatus.ACTIVE,
            )
            person = await create_account(
                house.database, house.audit, house.entropy, occasion, new, rules=house.settings.customer_id
            )
            effect = PUT_PASSWORD.effect(
                subject_id=person.subject_id, encoded=encoded, pepper_id=pepper.secret_id, changed_at=_BEGIN
            )
            assert await house.database.apply([effect])
            self.names[customer.subject_id] = person.customer_id

    async def live(self) -> None:
        """Everything that happened, in its order. Whoever is asked for a code reads it."""
        for number, visit in enumerate(self.history):
            if number % 100 == 0:
                # What moves on does not hang, however slow the machine is.
                faulthandler.dump_traceback_later(_PATIENCE_SECONDS, exit=True)
            page = await self.try_password(visit)
            if is_asking(page, "email-code"):
                page = await self._enter_code(page)
            assert "code" in answer(page)

    async def try_password(self, visit: Visit) -> httpx2.Response:
        """The page after the right password: the question for a code, or the redirect to the application."""
        self.world.clock.at = visit.at
        self._put_on_the_map(visit.address)
        browser = self.world.browser(address=visit.address, headers={"user-agent": visit.user_agent})
        jar = (visit.subject_id, visit.browser_id)
        if visit.has_lost_cookie:
            self._jars.pop(jar, None)
        if not visit.is_private:
            browser.http.cookies = self._jars.setdefault(jar, httpx2.Cookies())
            self._jars[jar] = browser.http.cookies
        self._browser = browser
        page = await browser.authorize(prompt="login")
        return await browser.follow(
            await browser.submit(page, username=self.names[visit.subject_id], password=PASSWORD)
        )

    async def _enter_code(self, page: httpx2.Response) -> httpx2.Response:
        await self._delivery.deliver_due()
        mails = [parsed(recipient, content) for recipient, content in self.world.relay.taken]
        self.world.relay.taken.clear()
        code = code_in(next(mail for mail in mails if "code" in mail.subject))
        entered = await self._browser.submit(page, "email-code", code=code)
        return await self._browser.follow(entered)

    def _put_on_the_map(self, address: str) -> None:
        bits = 16 if ip_address(address).version == 4 else 32
        block = str(ip_network((address, bits), strict=False))
        self.world.atlas.places.setdefault(block, _GEOGRAPHY.place_of(address))

    def usual(self, customer: Customer) -> Visit | None:
        """How this customer usually signs in, if there is one network and one browser for most of the time."""
        own = [visit for visit in self.history if visit.subject_id == customer.subject_id]
        ways = Counter((circumstances_of_visit(visit).network, visit.browser_id) for visit in own)
        way, times = ways.most_common(1)[0]
        if times < len(own) / 2:
            return None
        newest = [v for v in own if (circumstances_of_visit(v).network, v.browser_id) == way][-1]
        return replace(newest, at=_AFTERWARDS, is_private=True, has_lost_cookie=False)


@pytest.fixture
async def town(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Town]:
    """After two months."""
    people = customers(Random(11), 24, _HABITS)
    history = visits(Random(12), people, _HABITS, begin=_BEGIN, days=_DAYS)
    async with open_risky_world(risky_settings(sqlite_url, tmp_path)) as world:
        town = Town(world=world, people=people, history=history)
        await town.settle()
        await town.live()
        yield town


async def test_private_window_at_home_is_not_asked_and_another_country_is(town: Town) -> None:
    done = "SELECT count(*) FROM risk_decision WHERE completed_at IS NOT NULL"
    [(completed,)] = await town.world.rows(done)
    assert completed == len(town.history) > 1_000

    settled = [usual for customer in town.people if (usual := town.usual(customer))]
    assert len(settled) >= 8
    dice = Random(13)
    for usual in settled:
        neighbour = replace(usual, address=_neighbour(usual.address))
        for private in (usual, neighbour):
            assert "code" in answer(await town.try_password(private))
        abroad = replace(usual, address=_abroad(dice, usual))
        assert is_asking(await town.try_password(abroad), "email-code")


def _neighbour(address: str) -> str:
    """Another connection in the same network."""
    here = ip_address(address)
    return str(ip_address(int(here) ^ (1 << (64 if here.version == 6 else 0))))


def _abroad(dice: Dice, usual: Visit) -> str:
    """An address in a country where few customers are."""
    assert _GEOGRAPHY.place_of(usual.address).country != "NG"
    return any_address_in(dice, network_in(dice, "NG", Kind.HOME), region=0)
