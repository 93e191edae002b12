"""What a new sign-in owes besides who somebody is: their own factor, a mailed code, a factor that is demanded."""

from typing import Any

import pytest

from idp.login.demand import Demand, Rules, usable_ways
from idp.login.dispatch import Ask, SignIn, Step, next_step
from idp.records.factor import Standing, Way
from idp.records.interaction import BrowserStanding, Interaction
from idp.records.risk import Outcome
from tests.login.samples import NOW, proven, signed_in, standing

pytestmark = pytest.mark.requirement("S33")

STAFF = frozenset({"support"})
RULES = Rules(required_groups=frozenset({"support", "administrator"}), sms=True)
KNOWN = {"browser_standing": BrowserStanding.KNOWN}
TRUSTED = {"browser_standing": BrowserStanding.TRUSTED}
TWO, THREE = Demand(acr="2"), Demand(acr="3")
APP, KEY, PHONE, CODES = {"totps": 1}, {"keys": 1}, {"phones": 1}, {"backup_codes": 10}


def _pwd(*more: str, outcome: str = "allow", **fields: Any) -> Interaction:
    return proven("pwd", *more, risk_outcome=outcome, **fields)


def _step(
    paused: Interaction,
    has: dict[str, Any] | None = None,
    demand: Demand | None = None,
    rules: Rules = RULES,
) -> Step:
    who = standing(**(has or {}))
    return next_step(demand or Demand(), None, paused, standing=who, consent=None, rules=rules, now=NOW)


ON = {"two_factor": True}
RISKY = _pwd(outcome="code")
STEP_UP = _pwd(outcome="step-up")

STEPS = {
    # Two-factor authentication is off: what risk asks for.
    "off, allowed": (_step(_pwd()), SignIn()),
    "off, allowed, with an app": (_step(_pwd(), APP), SignIn()),
    "off, risky": (_step(RISKY), Ask.EMAIL_CODE),
    "off, risky, code proven": (_step(_pwd("email-code", outcome="code")), SignIn()),
    "off, risky, with an app all the same": (_step(RISKY, APP), Ask.EMAIL_CODE),
    "off, risky, app proven instead": (_step(_pwd("totp", outcome="code"), APP), SignIn()),
    "off, step-up without anything": (_step(STEP_UP), Ask.EMAIL_CODE),
    "off, step-up, code proven": (_step(_pwd("email-code", outcome="step-up")), SignIn()),
    "off, step-up with an app": (_step(STEP_UP, APP), Ask.SECOND_FACTOR),
    "off, step-up with a key": (_step(STEP_UP, KEY), Ask.SECOND_FACTOR),
    "off, step-up with an app, a code is none": (
        _step(_pwd("email-code", outcome="step-up"), APP),
        Ask.SECOND_FACTOR,
    ),
    "off, step-up with an app, proven": (_step(_pwd("totp", outcome="step-up"), APP), SignIn()),
    "off, step-up, only backup codes": (_step(STEP_UP, CODES), Ask.EMAIL_CODE),
    "off, step-up, a phone that nothing is sent to": (_step(STEP_UP, PHONE, rules=Rules()), Ask.EMAIL_CODE),
    "off, an outcome that nobody records": (_step(_pwd(outcome="refuse")), Ask.EMAIL_CODE),
    # On: the customer's own factor at every sign-in, and never a mailed code.
    "on": (_step(_pwd(), {**ON, **APP}), Ask.SECOND_FACTOR),
    "on, known browser": (_step(_pwd(**KNOWN), {**ON, **APP}), Ask.SECOND_FACTOR),
    "on, risky": (_step(RISKY, {**ON, **APP}), Ask.SECOND_FACTOR),
    "on, a code is no factor": (_step(_pwd("email-code", outcome="code"), {**ON, **APP}), Ask.SECOND_FACTOR),
    "on, nothing left that works": (_step(_pwd(), ON), Ask.SECOND_FACTOR),
    "on, nothing left that works, a code": (_step(_pwd("email-code"), ON), Ask.SECOND_FACTOR),
    "on, app": (_step(_pwd("totp"), {**ON, **APP}), SignIn()),
    "on, risky, app": (_step(_pwd("totp", outcome="code"), {**ON, **APP}), SignIn()),
    "on, step-up, app": (_step(_pwd("totp", outcome="step-up"), {**ON, **APP}), SignIn()),
    "on, backup code": (_step(_pwd("backup-code"), {**ON, **APP}), SignIn()),
    "on, SMS": (_step(_pwd("sms"), {**ON, **PHONE}), SignIn()),
    "on, key": (_step(_pwd("security-key"), {**ON, **KEY}), SignIn()),
    # A passkey is two factors by itself.
    "passkey alone": (_step(proven("passkey"), KEY), SignIn()),
    "on, passkey alone": (_step(proven("passkey"), {**ON, **KEY}), SignIn()),
    "synced passkey": (_step(proven("synced-passkey"), {**ON, **KEY}, THREE), SignIn()),
    "staff, passkey": (_step(proven("passkey"), {**KEY, "groups": STAFF}), SignIn()),
    # What says nothing of who somebody is begins no session.
    "a key alone": (_step(proven("security-key"), KEY), Ask.LOGIN),
    "a code alone": (_step(proven("email-code")), Ask.LOGIN),
    "an app alone": (_step(proven("totp"), APP), Ask.LOGIN),
    "nothing": (_step(proven()), Ask.LOGIN),
    # A browser that is asked for no factor.
    "trusted": (_step(_pwd(**TRUSTED), {**ON, **APP}), SignIn()),
    "trusted, in flight since before": (_step(_pwd(outcome="", **TRUSTED), {**ON, **APP}), SignIn()),
    "trusted, risky": (_step(_pwd(outcome="code", **TRUSTED), {**ON, **APP}), Ask.SECOND_FACTOR),
    "trusted, step-up": (_step(_pwd(outcome="step-up", **TRUSTED), {**ON, **APP}), Ask.SECOND_FACTOR),
    "trusted, demanded": (_step(_pwd(**TRUSTED), {**ON, **APP}, TWO), Ask.SECOND_FACTOR),
    "trusted, one factor demanded": (
        _step(_pwd(**TRUSTED), {**ON, **APP}, Demand(acr="1")),
        Ask.SECOND_FACTOR,
    ),
    "trusted, wished": (_step(_pwd(**TRUSTED), {**ON, **APP}, Demand(wished_acr="2")), Ask.SECOND_FACTOR),
    "trusted, wished in vain": (_step(_pwd(**TRUSTED), {**ON, **APP}, Demand(wished_acr="3")), SignIn()),
    "trusted staff": (_step(_pwd(**TRUSTED), {**ON, **APP, "groups": STAFF}), Ask.SECOND_FACTOR),
    # Groups that have to use two factors.
    "staff with nothing": (_step(_pwd(), {"groups": STAFF}), Ask.SET_UP),
    "staff with an app": (_step(_pwd(), {**APP, "groups": STAFF}), Ask.SECOND_FACTOR),
    "staff, set up": (_step(_pwd("totp"), {**APP, "groups": STAFF}), SignIn()),
    "staff with nothing, risky": (_step(RISKY, {"groups": STAFF}), Ask.EMAIL_CODE),
    "staff with nothing, code proven": (
        _step(_pwd("email-code", outcome="code"), {"groups": STAFF}),
        Ask.SET_UP,
    ),
    "staff with an app, risky": (_step(RISKY, {**APP, "groups": STAFF}), Ask.SECOND_FACTOR),
    "staff who turned it on, nothing left": (_step(_pwd(), {**ON, "groups": STAFF}), Ask.SECOND_FACTOR),
    "customers are no group of those": (_step(_pwd(), {"groups": frozenset({"customer", "beta"})}), SignIn()),
    # What a request demands.
    "demanded, nothing there": (_step(_pwd(), {}, TWO), Ask.SET_UP),
    "demanded, nothing there, risky": (_step(RISKY, {}, TWO), Ask.EMAIL_CODE),
    "demanded, code proven": (_step(_pwd("email-code", outcome="code"), {}, TWO), Ask.SET_UP),
    "demanded, an app": (_step(_pwd(), APP, TWO), Ask.SECOND_FACTOR),
    "demanded, only backup codes": (_step(_pwd(), CODES, TWO), Ask.SECOND_FACTOR),
    "demanded, proven": (_step(_pwd("totp"), APP, TWO), SignIn()),
    "one factor demanded": (_step(_pwd(), APP, Demand(acr="1")), SignIn()),
    "a key demanded": (_step(_pwd(), {**APP, **KEY}, THREE), Ask.SECOND_FACTOR),
    "a key demanded, an app proven": (_step(_pwd("totp"), {**APP, **KEY}, THREE), Ask.SECOND_FACTOR),
    "a key demanded, proven": (_step(_pwd("security-key"), KEY, THREE), SignIn()),
    # Who has a factor proves it before a better one is set up.
    "a key demanded, none there": (_step(_pwd(), APP, THREE), Ask.SECOND_FACTOR),
    "a key demanded, none there, on": (_step(_pwd(), {**ON, **APP}, THREE), Ask.SECOND_FACTOR),
    "a key demanded, none there, app proven": (_step(_pwd("totp"), {**ON, **APP}, THREE), Ask.SET_UP),
    "a key demanded, none there, step-up": (_step(STEP_UP, APP, THREE), Ask.SECOND_FACTOR),
    "a key demanded, none there, a code": (
        _step(_pwd("email-code", outcome="code"), APP, THREE),
        Ask.SECOND_FACTOR,
    ),
    "a key demanded, nothing works, on": (_step(_pwd(), ON, THREE), Ask.SECOND_FACTOR),
    # What a request wishes for.
    "wished, nothing there": (_step(_pwd(), {}, Demand(wished_acr="2")), SignIn()),
    "wished, an app": (_step(_pwd(), APP, Demand(wished_acr="2")), Ask.SECOND_FACTOR),
    "wished, proven": (_step(_pwd("totp"), APP, Demand(wished_acr="2")), SignIn()),
    "a key wished, an app": (_step(_pwd(), APP, Demand(wished_acr="3")), SignIn()),
    "a key wished, another factor proven": (
        _step(_pwd("totp"), {**APP, **KEY}, Demand(wished_acr="3")),
        SignIn(),
    ),
    "wished, nothing there, risky": (_step(RISKY, {}, Demand(wished_acr="2")), Ask.EMAIL_CODE),
    # A mailbox that refuses for good.
    "refused mailbox, known browser": (
        _step(_pwd(**KNOWN), {"primary_email_refused_at": NOW}),
        Ask.ADDRESS,
    ),
    "refused mailbox, put off": (
        _step(_pwd(**KNOWN, address_skipped=True), {"primary_email_refused_at": NOW}),
        SignIn(),
    ),
    "refused mailbox, unknown browser": (_step(_pwd(), {"primary_email_refused_at": NOW}), SignIn()),
    "refused mailbox comes last": (
        _step(_pwd(**KNOWN), {**ON, **APP, "primary_email_refused_at": NOW}),
        Ask.SECOND_FACTOR,
    ),
    "refused mailbox, trusted browser": (
        _step(_pwd(**TRUSTED), {**ON, **APP, "primary_email_refused_at": NOW}),
        Ask.ADDRESS,
    ),
}


@pytest.mark.parametrize("case", STEPS)
def test_what_a_sign_in_owes(case: str) -> None:
    step, expected = STEPS[case]
    assert step == expected


def test_session_of_the_same_browser_pays_for_nothing() -> None:
    """Whoever proves a password anew owes the factor anew, whatever session is there."""
    raised = signed_in(acr="3", amr=("pwd", "hwk", "user", "mfa"), factor_at=NOW)
    who = standing(two_factor=True, totps=1)
    step = next_step(Demand(), raised, _pwd(), standing=who, consent=None, rules=RULES, now=NOW)
    assert step == Ask.SECOND_FACTOR


ALL = {**APP, **KEY, **PHONE, **CODES}
PWD = ("pwd",)


@pytest.mark.parametrize(
    ("has", "demand", "reached", "ways"),
    [
        pytest.param(
            ALL, Demand(), PWD, (Way.SECURITY_KEY, Way.TOTP, Way.SMS, Way.BACKUP_CODE), id="the safest first"
        ),
        pytest.param(ALL, THREE, PWD, (Way.SECURITY_KEY,), id="what reaches the rung"),
        pytest.param(ALL, TWO, PWD, (Way.SECURITY_KEY, Way.TOTP, Way.SMS, Way.BACKUP_CODE), id="any of two"),
        pytest.param(APP, THREE, PWD, (Way.TOTP,), id="what is there comes before what is missing"),
        pytest.param(APP, THREE, ("pwd", "otp", "mfa"), (), id="and then there is none"),
        pytest.param({**APP, **KEY}, THREE, ("pwd", "otp", "mfa"), (Way.SECURITY_KEY,), id="the missing one"),
        pytest.param({}, TWO, PWD, (), id="nothing there"),
    ],
)
def test_ways_that_may_be_asked_for(
    has: dict[str, Any], demand: Demand, reached: tuple[str, ...], ways: tuple[Way, ...]
) -> None:
    assert usable_ways(demand, standing(**has), RULES, reached) == ways


def test_nothing_is_sent_to_phones_without_a_gateway() -> None:
    who: Standing = standing(phones=1)
    assert usable_ways(TWO, who, Rules(sms=False), PWD) == ()


def test_every_outcome_but_allow_asks_for_something() -> None:
    for outcome in Outcome:
        step = _step(_pwd(outcome=outcome.value))
        assert (step == SignIn()) is (outcome is Outcome.ALLOW)
