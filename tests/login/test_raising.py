"""What a living session still lacks: the missing factor and only that, or a proof that is recent enough."""

from typing import Any

import pytest

from idp.login.demand import Demand, Rules
from idp.login.dispatch import Ask, Issue, Raise, Step, next_step
from idp.records.interaction import Interaction
from idp.records.session import SignedIn
from tests.login.samples import NOW, interaction, proven, signed_in, standing

pytestmark = pytest.mark.requirement("S33")

RULES = Rules(required_groups=frozenset({"support"}), setup_seconds=300, sms=True)
STAFF = frozenset({"support"})
TWO, THREE, RECENT = Demand(acr="2"), Demand(acr="3"), Demand(recent_seconds=300)
ON, APP, KEY = {"two_factor": True}, {"totps": 1}, {"keys": 1}

ALICE = signed_in()
MAILED = signed_in(amr=("pwd", "email"))
WITH_APP = signed_in(acr="2", amr=("pwd", "otp", "mfa"), factor_at=NOW)
WITH_KEY = signed_in(acr="3", amr=("pwd", "hwk", "user", "mfa"), factor_at=NOW)
WITH_PASSKEY = signed_in(acr="3", amr=("hwk", "user", "mfa"), factor_at=NOW)


def _step(
    session: SignedIn,
    demand: Demand,
    has: dict[str, Any] | None = None,
    paused: Interaction | None = None,
    *,
    later: int = 0,
) -> Step:
    who = standing(**(has or {}))
    return next_step(demand, session, paused, standing=who, consent=None, rules=RULES, now=NOW + later)


def _raising(*proofs: str, session: str = "s1") -> Interaction:
    return interaction(raised_session_id=session, proofs=tuple((proof, NOW) for proof in proofs))


def _issue(session: SignedIn) -> Issue:
    return Issue(signed_in=session)


STEPS = {
    "reached": (_step(WITH_APP, TWO, APP), _issue(WITH_APP)),
    "reached with more": (_step(WITH_KEY, TWO, KEY), _issue(WITH_KEY)),
    "reached by a passkey": (_step(WITH_PASSKEY, THREE, KEY), _issue(WITH_PASSKEY)),
    "a factor is missing": (_step(ALICE, TWO, APP), Ask.SECOND_FACTOR),
    "a mailed code is no factor": (_step(MAILED, TWO, APP), Ask.SECOND_FACTOR),
    "a key is missing": (_step(WITH_APP, THREE, {**APP, **KEY}), Ask.SECOND_FACTOR),
    "long ago does not matter": (_step(WITH_APP, TWO, APP, later=40_000), _issue(WITH_APP)),
    # A session from before two-factor authentication was turned on is left alone.
    "turned on since": (_step(ALICE, Demand(), {**ON, **APP}), _issue(ALICE)),
    "turned on since, demanded": (_step(ALICE, TWO, {**ON, **APP}), Ask.SECOND_FACTOR),
    # Nothing is there: it is set up by whoever proved a moment ago who they are.
    "set up": (_step(ALICE, TWO), Ask.SET_UP),
    "set up in time": (_step(ALICE, TWO, later=300), Ask.SET_UP),
    "set up, too late": (_step(ALICE, TWO, later=301), Ask.LOGIN),
    "a key to set up, app not proven": (_step(ALICE, THREE, APP), Ask.SECOND_FACTOR),
    "a key to set up, app proven": (_step(WITH_APP, THREE, {**ON, **APP}), Ask.SET_UP),
    "a key to set up, app proven long ago": (
        _step(WITH_APP, THREE, {**ON, **APP}, later=301),
        Ask.LOGIN,
    ),
    # A browser that is asked for no factor has a session of one: that alone sets nothing up.
    "trusted browser, a key to set up": (_step(ALICE, THREE, {**ON, **APP}), Ask.SECOND_FACTOR),
    "trusted browser, nothing works": (_step(ALICE, THREE, ON), Ask.LOGIN),
    # Groups.
    "group joined since": (_step(ALICE, Demand(), {**APP, "groups": STAFF}), Ask.SECOND_FACTOR),
    "group joined since, nothing there": (_step(ALICE, Demand(), {"groups": STAFF}), Ask.SET_UP),
    "group, reached": (_step(WITH_APP, Demand(), {**APP, "groups": STAFF}), _issue(WITH_APP)),
    # Wishes.
    "wished": (_step(ALICE, Demand(wished_acr="2"), APP), Ask.SECOND_FACTOR),
    "wished in vain": (_step(ALICE, Demand(wished_acr="2")), _issue(ALICE)),
    "wished, and another was proven here": (
        _step(WITH_APP, Demand(wished_acr="3"), {**APP, **KEY}, _raising()),
        _issue(WITH_APP),
    ),
    "wished, and another was proven elsewhere": (
        _step(WITH_APP, Demand(wished_acr="3"), {**APP, **KEY}, _raising(session="s2")),
        Ask.SECOND_FACTOR,
    ),
    "wished, and another was proven in this sign-in": (
        _step(WITH_APP, Demand(wished_acr="3"), {**APP, **KEY}, proven("pwd", "totp", session_id="s1")),
        _issue(WITH_APP),
    ),
    "wished, signed in here without a factor": (
        _step(ALICE, Demand(wished_acr="2"), APP, proven("pwd", session_id="s1")),
        Ask.SECOND_FACTOR,
    ),
    "demanded, however often another is proven": (
        _step(WITH_APP, THREE, {**APP, **KEY}, _raising()),
        Ask.SECOND_FACTOR,
    ),
    # A proof waits to be added.
    "raise": (_step(ALICE, TWO, APP, _raising("totp")), Raise()),
    "raise, not this session": (_step(ALICE, TWO, APP, _raising("totp", session="s2")), Ask.SECOND_FACTOR),
    "raised already": (_step(WITH_APP, TWO, APP, _raising()), _issue(WITH_APP)),
    # Recent proof, off: whatever was proven last.
    "recent": (_step(ALICE, RECENT, later=300), _issue(ALICE)),
    "not recent": (_step(ALICE, RECENT, later=301), Ask.LOGIN),
    "not recent, with an app": (_step(ALICE, RECENT, APP, later=301), Ask.SECOND_FACTOR),
    "recent factor": (
        _step(signed_in(factor_at=NOW + 200), RECENT, APP, later=400),
        _issue(signed_in(factor_at=NOW + 200)),
    ),
    # Recent proof, on: a factor.
    "on, recent factor": (_step(WITH_APP, RECENT, {**ON, **APP}, later=300), _issue(WITH_APP)),
    "on, factor not recent": (_step(WITH_APP, RECENT, {**ON, **APP}, later=301), Ask.SECOND_FACTOR),
    "on, only a password": (_step(ALICE, RECENT, {**ON, **APP}), Ask.SECOND_FACTOR),
    "on, a mailed code": (_step(MAILED, RECENT, {**ON, **APP}), Ask.SECOND_FACTOR),
    "on, nothing works": (_step(ALICE, RECENT, ON), Ask.LOGIN),
}


@pytest.mark.parametrize("case", STEPS)
def test_what_a_session_lacks(case: str) -> None:
    step, expected = STEPS[case]
    assert step == expected


def test_hint_for_somebody_else_is_refused_before_a_factor_is_asked_for() -> None:
    step = _step(ALICE, Demand(acr="2", subjects=frozenset({"sub-bob"})), APP, proven("pwd", session_id="s1"))
    assert not isinstance(step, Ask)
