"""`acr` and `amr`, end to end: each path says what was proven, no less and no more, and nobody gets past a demand."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from idp.account.password import set_password
from idp.account.two_factor import Keeper, add_totp
from idp.clients.registration import register_client
from idp.config.settings import Factors
from idp.records.client import ClientId
from idp.records.event import Occasion
from idp.records.interaction import BrowserStanding
from idp.records.risk import Outcome
from idp.spec.assurance import SECOND_FACTORS, Proof, acr_of, amr_of, reaches
from tests.login.coded import Visitor, ask_for_code, mailed_code
from tests.login.proving import ADA, ALICE, BOB, give_key, owe_factor, sign, sign_in_with_passkey
from tests.login.samples import standing
from tests.login.telling import claims_of, essential
from tests.support.assurance import CUSTOMERS, RULES, assurance_page, paths, situations
from tests.support.authenticator import SoftwareKey
from tests.support.clients import CLIENTS
from tests.support.factors import BACKUP_CODES, give_factors, totp_at
from tests.support.world import PASSWORD, World, answer, is_asking, open_risky_world, risky_settings

_PAGE = Path(__file__).parents[2] / "docs" / "assurance.md"


def test_page_is_current() -> None:
    assert _PAGE.read_text(encoding="utf-8") == assurance_page(), "run `make assurance`"


@pytest.mark.parametrize("customer", CUSTOMERS)
def test_no_path_gets_past_what_is_demanded(customer: str) -> None:
    """Along every path of the dispatcher."""
    who = standing(**CUSTOMERS[customer])
    for _, _, situation in situations(who):
        ways = [*paths(situation)]
        assert ways
        for path in ways:
            reached = amr_of(path)
            assert reaches(acr_of(reached), situation.demand.acr)
            has_factor = bool(SECOND_FACTORS & {*path})
            assert has_factor or "mfa" not in reached
            assert has_factor or not who.groups & RULES.required_groups
            if who.has_two_factor:
                assert Proof.EMAIL_CODE not in path
                assert has_factor or situation.browser is BrowserStanding.TRUSTED
            elif situation.outcome is not Outcome.ALLOW:
                assert has_factor or Proof.EMAIL_CODE in path


async def test_password_in_a_known_browser(risky_world: World) -> None:
    visitor = await ask_for_code(risky_world)
    await visitor.enter(await mailed_code(risky_world))
    claims = await claims_of(visitor.browser, visitor.page)
    assert (claims["acr"], claims["amr"]) == ("1", ["pwd", "email"])
    response = await visitor.browser.sign_in(prompt="login")
    claims = await claims_of(visitor.browser, response)
    # What the mailbox proved was for the sign-in of before.
    assert (claims["acr"], claims["amr"]) == ("1", ["pwd"])


@pytest.mark.requirement("S51")
async def test_mailed_code_never_counts_as_a_factor(risky_world: World) -> None:
    """Where two factors are demanded it is a step on the way, and not the last one."""
    visitor = await ask_for_code(risky_world, claims=essential("2"))
    await visitor.enter(await mailed_code(risky_world))
    assert visitor.path.endswith("/set-up")
    assert await risky_world.rows("SELECT 1 FROM session") == []


async def test_app_and_backup_code(sqlite_risky_world: World) -> None:
    world = sqlite_risky_world
    for code, method in ((totp_at(world.clock.now()), "otp"), (BACKUP_CODES[0], "recovery")):
        visitor = await owe_factor(world)
        await visitor.enter(code)
        claims = await claims_of(visitor.browser, visitor.page)
        assert (claims["acr"], claims["amr"]) == ("2", ["pwd", method, "mfa"])


async def test_passkey(sqlite_risky_world: World) -> None:
    key = SoftwareKey.synced()
    await give_key(sqlite_risky_world, "alice", key, is_passkey=True)
    browser = sqlite_risky_world.browser()
    page = await browser.authorize(claims=essential("3"))
    claims = await claims_of(browser, await sign_in_with_passkey(browser, key, page))
    assert (claims["acr"], claims["amr"]) == ("3", ["swk", "user", "mfa"])


async def test_reports_the_rung_that_was_asked_for(sqlite_risky_world: World) -> None:
    """Core §2: `acr` is one of the asked values where one is met; a higher rung meets a lower one."""
    key = SoftwareKey()
    await give_key(sqlite_risky_world, "bob", key)
    for asked, told in (("2", "2"), ("3 2", "3"), ("", "3")):
        visitor = await owe_factor(sqlite_risky_world, acr_values=asked, prompt="login")
        if 'value="security-key"' not in visitor.page.text:
            await visitor.press("other-way")
            await visitor.press("security-key")
        await sign(visitor, key)
        assert (await claims_of(visitor.browser, visitor.page))["acr"] == told


async def test_demand_that_the_app_does_not_reach_needs_a_key_after_it(sqlite_risky_world: World) -> None:
    """Bob has no key: first his app proves that he may set one up."""
    visitor = await owe_factor(sqlite_risky_world, claims=essential("3"))
    assert 'name="way" value="totp"' in visitor.page.text
    await visitor.enter(totp_at(sqlite_risky_world.clock.now()))
    assert visitor.path.endswith("/set-up")
    assert await sqlite_risky_world.rows("SELECT 1 FROM session") == []


async def test_demanded_key_is_not_replaced_by_an_app(sqlite_risky_world: World) -> None:
    key = SoftwareKey()
    await give_key(sqlite_risky_world, "bob", key)
    visitor = await owe_factor(sqlite_risky_world, claims=essential("3"))
    assert 'name="way" value="security-key"' in visitor.page.text
    response = await visitor.press("continue", way="totp", code=totp_at(sqlite_risky_world.clock.now()))
    assert response.status_code == 422
    await sign(visitor, key)
    assert (await claims_of(visitor.browser, visitor.page))["acr"] == "3"


class TestMinimumOfAClient:
    BANK = replace(CLIENTS[0][0], client_id=ClientId("bank"), minimum_acr="2")

    async def _register(self, world: World) -> None:
        house = world.house
        occasion = Occasion(now=world.clock.now(), actor="system")
        await register_client(
            house.database, house.audit, house.entropy, occasion, self.BANK, secret="bank-secret"
        )

    async def test_holds_whatever_the_request_says(self, world: World) -> None:
        await self._register(world)
        await give_factors(world.house, world.people["alice"].subject_id, two_factor=False)
        for acr_values, claims in (("", ""), ("1", ""), ("", essential("1"))):
            visitor = await owe_factor(world, ALICE, client_id="bank", acr_values=acr_values, claims=claims)
            await visitor.enter(totp_at(world.clock.now()))
            told = await claims_of(visitor.browser, visitor.page, "bank")
            assert "mfa" in told["amr"]
            world.clock.pass_(30)

    async def test_raises_a_session_that_another_application_began(self, world: World) -> None:
        await self._register(world)
        await give_factors(world.house, world.people["alice"].subject_id, two_factor=False)
        browser = world.browser()
        await browser.sign_in()
        page = await browser.authorize(client_id="bank")
        assert is_asking(page, "second-factor")
        visitor = Visitor(world=world, browser=browser, page=page)
        await visitor.enter(totp_at(world.clock.now()))
        assert (await claims_of(browser, visitor.page, "bank"))["acr"] == "2"

    async def test_silent_request_gets_an_error(self, sqlite_world: World) -> None:
        await self._register(sqlite_world)
        browser = sqlite_world.browser()
        await browser.sign_in()
        told = answer(await browser.authorize(client_id="bank", prompt="none"))
        assert told["error"] == "login_required"


class TestGroupsThatNeedTwoFactors:
    async def test_staff_are_asked_everywhere(self, world: World) -> None:
        await give_factors(world.house, world.people["ada"].subject_id, two_factor=False)
        visitor = await owe_factor(world, ADA)
        await visitor.enter(totp_at(world.clock.now()))
        assert (await claims_of(visitor.browser, visitor.page))["acr"] == "2"

    async def test_who_has_none_sets_one_up_and_no_path_skips_it(self, world: World) -> None:
        browser = world.browser()
        visitor = Visitor(world=world, browser=browser, page=await browser.authorize())
        await visitor.press("continue", username=ADA, password=PASSWORD)
        assert visitor.path.endswith("/set-up")
        base = visitor.path.rsplit("/", 1)[0]
        for path in (
            base,
            f"{base}/second-factor",
            f"{base}/other-way",
            f"{base}/email-code",
            f"{base}/consent",
        ):
            page = await browser.follow(await browser.get(path))
            assert page.url.path.endswith("/set-up"), path
        page = await browser.follow(await browser.get("/account"))
        assert not page.url.path.startswith("/account")
        assert await world.rows("SELECT 1 FROM session") == []


class TestTrustedBrowser:
    """“Don’t ask for my second factor here”: where the operator offers it."""

    TRUSTING = Factors(trust_days=30)
    CHECKBOX = "Don’t ask for my second factor here for 30 days"

    @pytest.fixture
    async def trusting_world(self, database_url: str, tmp_path: Path) -> Any:
        async with open_risky_world(risky_settings(database_url, tmp_path, factors=self.TRUSTING)) as world:
            yield world

    async def _trust(self, world: World, **asked: Any) -> Visitor:
        visitor = await owe_factor(world, **asked)
        assert self.CHECKBOX in visitor.page.text
        await visitor.press("continue", code=totp_at(world.clock.now()), remember="1")
        assert "code" in answer(visitor.page)
        world.clock.pass_(30)
        return visitor

    async def test_browser_is_asked_for_no_factor_for_thirty_days(self, trusting_world: World) -> None:
        visitor = await self._trust(trusting_world)
        response = await visitor.browser.sign_in(BOB, prompt="login")
        claims = await claims_of(visitor.browser, response)
        # Nothing is claimed that was not proven.
        assert (claims["acr"], claims["amr"]) == ("1", ["pwd"])
        trusting_world.clock.pass_(30 * 86_400)
        await owe_factor(trusting_world, browser=visitor.browser, prompt="login")

    async def test_other_browsers_are_asked(self, trusting_world: World) -> None:
        await self._trust(trusting_world)
        await owe_factor(trusting_world)

    async def test_demand_asks_all_the_same(self, trusting_world: World) -> None:
        visitor = await self._trust(trusting_world)
        visitor = await owe_factor(
            trusting_world, browser=visitor.browser, prompt="login", claims=essential("2")
        )
        assert self.CHECKBOX not in visitor.page.text

    async def test_unticked_trusts_nothing(self, trusting_world: World) -> None:
        visitor = await owe_factor(trusting_world)
        await visitor.enter(totp_at(trusting_world.clock.now()))
        await owe_factor(trusting_world, browser=visitor.browser, prompt="login")

    async def test_operator_who_does_not_offer_it_is_obeyed(self, sqlite_risky_world: World) -> None:
        visitor = await owe_factor(sqlite_risky_world)
        assert "Don’t ask" not in visitor.page.text
        await visitor.press("continue", code=totp_at(sqlite_risky_world.clock.now()), remember="1")
        await owe_factor(sqlite_risky_world, browser=visitor.browser, prompt="login")

    async def test_new_factor_and_new_password_end_it(self, trusting_world: World) -> None:
        world, bob = trusting_world, trusting_world.people["bob"]
        house, occasion = world.house, Occasion(now=world.clock.now(), actor="system")
        visitor = await self._trust(world)
        keeper = Keeper(
            audit=house.audit,
            entropy=house.entropy,
            root_keys=house.root_keys,
            occasion=occasion,
            subject_id=bob.subject_id,
        )
        assert await house.database.apply(add_totp(keeper, secret="KRUGS4ZANFZSAYJA", name="New", step=-1))
        visitor = await self._trust(world, browser=visitor.browser, prompt="login")
        assert await set_password(
            house.database, house.audit, occasion, bob, PASSWORD, secrets=house.secrets, hasher=house.hasher
        )
        await owe_factor(world, browser=visitor.browser, prompt="login")

    async def test_never_for_staff(self, trusting_world: World) -> None:
        world = trusting_world
        await give_factors(world.house, world.people["ada"].subject_id)
        visitor = await owe_factor(world, ADA)
        assert "Don’t ask" not in visitor.page.text
        await visitor.press("continue", code=totp_at(world.clock.now()), remember="1")
        assert "code" in answer(visitor.page)
        await owe_factor(world, ADA, browser=visitor.browser, prompt="login")
        assert await world.rows("SELECT 1 FROM device WHERE trusted_until IS NOT NULL") == []

    async def test_never_on_a_shared_computer(self, trusting_world: World) -> None:
        world, browser = trusting_world, trusting_world.browser()
        visitor = Visitor(world=world, browser=browser, page=await browser.authorize())
        await visitor.press("continue", username=BOB, password=PASSWORD, shared_computer="1")
        assert is_asking(visitor.page, "second-factor")
        assert "Don’t ask" not in visitor.page.text
        await visitor.press("continue", code=totp_at(world.clock.now()), remember="1")
        assert await world.rows("SELECT 1 FROM device") == []


async def test_discovery_says_which_rungs_there_are(sqlite_world: World) -> None:
    response = await sqlite_world.browser().get("/.well-known/openid-configuration")
    document = json.loads(response.text)
    assert document["acr_values_supported"] == ["1", "2", "3"]
    assert document["claims_parameter_supported"] is True


class TestSubjectOfClaims:
    """Core §3.1.2.2: a `sub` that is asked for with a value is the only one that an answer may be about."""

    @staticmethod
    def _claims(sub: Any) -> str:
        return json.dumps({"id_token": {"sub": {"value": sub}}})

    async def test_whoever_it_is_gets_an_answer(self, sqlite_world: World) -> None:
        browser = sqlite_world.browser()
        before = await claims_of(browser, await browser.sign_in())
        response = await browser.authorize(prompt="none", claims=self._claims(before["sub"]))
        assert "code" in answer(response)

    async def test_nobody_else_does(self, sqlite_world: World) -> None:
        browser, bobs = sqlite_world.browser(), sqlite_world.people["bob"].sub
        await browser.sign_in()
        told = answer(await browser.authorize(prompt="none", claims=self._claims(bobs)))
        assert told["error"] == "login_required"
        told = answer(await browser.sign_in(claims=self._claims(bobs)))
        assert told["error"] == "login_required"
        assert "code" in answer(await browser.sign_in(BOB, claims=self._claims(bobs)))

    async def test_hint_and_claims_agree(self, sqlite_world: World) -> None:
        browser = sqlite_world.browser()
        tokens = (await browser.redeem(await browser.sign_in())).json()
        asked = {"id_token_hint": tokens["id_token"], "prompt": "none"}
        bobs = sqlite_world.people["bob"].sub
        told = answer(await browser.authorize(**asked, claims=self._claims(bobs)))
        assert told["error"] == "invalid_request"

    @pytest.mark.parametrize("sub", [1, None, ["a"], {}, True])
    async def test_anything_but_a_text_is_refused(self, sqlite_world: World, sub: Any) -> None:
        told = answer(await sqlite_world.browser().authorize(claims=self._claims(sub)))
        assert told["error"] == "invalid_request"
