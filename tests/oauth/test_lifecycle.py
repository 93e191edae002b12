"""The life of grants, in any order of what may happen to them, against a model of a page.

Revoked families never revive, a code is used at most once, one refresh token of a family is unused, and what was
acknowledged is still there after a restart.
"""

import asyncio
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import httpx2
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from idp.config.settings import Settings
from tests.oauth.wire import is_alive, refresh, reopened
from tests.support.world import Browser, World, answer, open_world, settings_for, with_settings

T = TypeVar("T")

_RUN = settings(
    max_examples=120,
    stateful_step_count=30,
    suppress_health_check=list(HealthCheck),
    # What fails is told by its steps; making them fewer would take minutes.
    phases=[Phase.generate],
)
# PostgreSQL waits for the disk once a step; what differs there is how statements run, not which.
_FEWER = settings(_RUN, max_examples=25)
_RUNS_BETWEEN_RESTARTS = 10
_GRACE, _IDLE, _ABSOLUTE, _ACCESS, _CODE = 10, 900, 3_000, 300, 60


def _settings(database_url: str, folder: Path) -> Settings:
    """Short lives, so that a run of steps sees every end. The session outlives the run."""
    plain = settings_for(database_url, folder)
    return with_settings(
        plain,
        tokens=replace(
            plain.tokens,
            refresh_idle_seconds=_IDLE,
            refresh_absolute_seconds=_ABSOLUTE,
            access_token_lifetime_seconds=_ACCESS,
            refresh_grace_seconds=_GRACE,
        ),
    )


class Stage:
    """A world that synchronous steps can use, and that can be closed and opened again."""

    def __init__(self, runner: asyncio.Runner, settings: Settings) -> None:
        self._runner = runner
        self._settings = settings
        self._stack = AsyncExitStack()
        self.world: World = self.run(self._stack.enter_async_context(open_world(settings)))
        self.program = self.world.browser()
        self.runs = 0

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(coroutine)

    def restart(self) -> None:
        self.close()
        self._stack = AsyncExitStack()
        self.world = self.run(self._stack.enter_async_context(reopened(self._settings, self.world.clock)))
        self.program = self.world.browser()

    def close(self) -> None:
        self.run(self._stack.aclose())


@dataclass(kw_only=True)
class Token:
    """A refresh token, as the model knows it."""

    value: str
    expires_at: int
    redeemed_at: int | None = None
    successor: "Token | None" = None

    def is_in_grace(self, now: int) -> bool:
        assert self.redeemed_at is not None
        assert self.successor is not None
        return now - self.redeemed_at <= _GRACE and self.successor.redeemed_at is None


@dataclass(kw_only=True)
class Family:
    """A family, as the model knows it."""

    redirect: httpx2.Response
    session: "Session"
    is_offline: bool
    created_at: int
    expires_at: int
    family_id: str | None = None
    is_redeemed: bool = False
    is_revoked: bool = False
    access: list[tuple[str, int]] = field(default_factory=list)

    def is_alive(self, now: int) -> bool:
        return not self.is_revoked and now < self.expires_at


@dataclass(kw_only=True, eq=False)
class Session:
    """A browser in which Alice signed in."""

    browser: Browser
    id_token: str
    expires_at: int
    is_over: bool = False


class Lifecycle(RuleBasedStateMachine):
    sessions: Bundle[Session] = Bundle("sessions")
    families: Bundle[Family] = Bundle("families")
    tokens: Bundle[tuple[Family, Token]] = Bundle("tokens")

    def __init__(self, stage: Stage) -> None:
        super().__init__()
        self.stage = stage
        self.all_families: list[Family] = []

    @property
    def now(self) -> int:
        return self.stage.world.clock.at

    @property
    def program(self) -> Browser:
        """The applications' own requests, which carry no cookie."""
        return self.stage.program

    @initialize(target=sessions)
    def two_sessions(self) -> Any:
        return multiple(self.sign_in_somewhere(), self.sign_in_somewhere())

    def sign_in_somewhere(self) -> Session:
        browser = self.stage.world.browser()
        redirect = self.stage.run(browser.sign_in())
        id_token = self.stage.run(browser.redeem(redirect)).json()["id_token"]
        lifetime = self.stage.world.house.settings.session.absolute_seconds
        return Session(browser=browser, id_token=id_token, expires_at=self.now + lifetime)

    @rule(target=families, session=sessions, is_offline=st.booleans())
    def authorize(self, session: Session, is_offline: bool) -> Any:
        family = self.authorized(session, is_offline)
        return multiple() if family is None else family

    @rule(target=tokens, session=sessions, is_offline=st.booleans())
    def get_tokens(self, session: Session, is_offline: bool) -> Any:
        family = self.authorized(session, is_offline)
        return multiple() if family is None else self.redeem(family)

    def authorized(self, session: Session, is_offline: bool) -> Family | None:
        scope = "openid offline_access" if is_offline else "openid"
        response = self.stage.run(session.browser.authorize(scope=scope, prompt="none"))
        if session.is_over:
            assert answer(response)["error"] == "login_required"
            return None
        family = Family(
            redirect=response,
            session=session,
            is_offline=is_offline,
            created_at=self.now,
            expires_at=self.now + _ABSOLUTE if is_offline else session.expires_at,
        )
        self.all_families.append(family)
        return family

    @rule(target=tokens, family=families)
    def redeem_code(self, family: Family) -> Any:
        return self.redeem(family)

    def redeem(self, family: Family) -> Any:
        response = self.stage.run(self.program.redeem(family.redirect))
        if family.is_redeemed:
            assert response.json()["error"] == "invalid_grant"
            family.is_revoked = True
            return multiple()
        if not family.is_alive(self.now) or self.now >= family.created_at + _CODE:
            assert response.json()["error"] == "invalid_grant"
            return multiple()
        family.is_redeemed = True
        return family, self.issued(family, response)

    @rule(family=families, wrong=st.sampled_from([{"code_verifier": "w" * 43}, {"redirect_uri": "x"}, {}]))
    def redeem_wrongly(self, family: Family, wrong: dict[str, str]) -> None:
        """With something wrong, or as another client: nothing comes of it."""
        client = "manager" if wrong else "native"
        response = self.stage.run(self.program.redeem(family.redirect, client, **wrong))
        assert response.json()["error"] == "invalid_grant"

    @rule(target=tokens, held=tokens)
    def refresh(self, held: tuple[Family, Token]) -> Any:
        family, token = held
        response = self.stage.run(refresh(self.program, token.value))
        if not family.is_alive(self.now):
            assert response.json()["error"] == "invalid_grant"
            return multiple()
        if token.redeemed_at is not None:
            return self.repeated(family, token, response)
        if self.now >= token.expires_at:
            assert response.json()["error"] == "invalid_grant"
            return multiple()
        token.redeemed_at = self.now
        token.successor = self.issued(family, response)
        assert token.successor.value != token.value
        return family, token.successor

    def repeated(self, family: Family, token: Token, response: httpx2.Response) -> Any:
        assert token.successor is not None
        if token.is_in_grace(self.now):
            assert self.issued(family, response).value == token.successor.value
        else:
            assert response.json()["error"] == "invalid_grant"
            family.is_revoked = True
        return multiple()

    def issued(self, family: Family, response: httpx2.Response) -> Token:
        """What an answer brings, whose access token opens userinfo."""
        assert response.status_code == 200, response.text
        body = response.json()
        assert body["expires_in"] == min(_ACCESS, family.expires_at - self.now)
        family.access.append((body["access_token"], self.now + body["expires_in"]))
        claims = self.stage.world.house.keyring.verify(body["access_token"], typ="at+jwt", now=self.now)
        assert family.family_id in (None, claims["fid"])
        family.family_id = claims["fid"]
        expires_at = min(self.now + _IDLE, family.expires_at)
        return Token(value=body["refresh_token"], expires_at=expires_at)

    @rule(held=tokens)
    def refresh_wrongly(self, held: tuple[Family, Token]) -> None:
        """Refused; and unless the token was used before, nothing comes of it."""
        family, token = held
        response = self.stage.run(refresh(self.program, token.value, "native"))
        assert response.json()["error"] == "invalid_grant"
        response = self.stage.run(refresh(self.program, token.value, scope="openid phone"))
        assert response.status_code == 400
        if token.redeemed_at is not None and not token.is_in_grace(self.now) and family.is_alive(self.now):
            family.is_revoked = True

    @rule(held=tokens)
    def revoke(self, held: tuple[Family, Token]) -> None:
        family, token = held
        response = self.stage.run(self.program.call("/revoke", "manager", token=token.value))
        assert response.status_code == 200
        family.is_revoked = True

    @rule(session=sessions)
    def sign_out(self, session: Session) -> None:
        self.stage.run(session.browser.get("/logout", params={"id_token_hint": session.id_token}))
        session.is_over = True
        for family in self.all_families:
            if family.session is session and not family.is_offline:
                family.is_revoked = True

    @rule(seconds=st.sampled_from([1, 1, 1, 2, _GRACE, _GRACE + 1, _CODE, _ACCESS, _IDLE]))
    def time_passes(self, seconds: int) -> None:
        self.stage.world.clock.pass_(seconds)

    @invariant()
    def the_rows_agree(self) -> None:
        families = self.rows("SELECT family_id, revoked_at IS NOT NULL FROM family")
        revoked = {family_id for family_id, is_revoked in families if is_revoked}
        for family in self.all_families:
            if family.family_id:
                assert (family.family_id in revoked) == family.is_revoked
        unused = (
            "SELECT 1 FROM refresh_token WHERE redeemed_at IS NULL GROUP BY family_id HAVING count(*) > 1"
        )
        assert self.rows(unused) == []

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self.stage.run(self.stage.world.rows(sql))

    def teardown(self) -> None:
        """Tokens open as much as the model says, also after a restart."""
        self.stage.runs += 1
        if self.stage.runs % _RUNS_BETWEEN_RESTARTS == 0:
            self.stage.restart()
        for family in self.all_families:
            for value, expires_at in family.access:
                lives = self.stage.run(is_alive(self.stage.world, {"access_token": value}))
                assert lives == (family.is_alive(self.now) and self.now < expires_at)


@pytest.mark.requirement("S4", "S5", "S13", "S15")
def test_the_life_of_grants(database_url: str, tmp_path: Path) -> None:
    with asyncio.Runner() as runner:
        stage = Stage(runner, _settings(database_url, tmp_path))
        machine: Any = partial(Lifecycle, stage)
        try:
            run_state_machine_as_test(machine, settings=_RUN if "sqlite" in database_url else _FEWER)
        finally:
            stage.close()
