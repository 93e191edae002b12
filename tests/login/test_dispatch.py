"""What comes next, as a table. What a sign-in owes besides the password is in test_owing.py, what a session lacks in
test_raising.py, and what holds for every sequence of facts in test_nothing_unearned.py.
"""

import pytest

from idp.login.demand import Demand, Rules
from idp.login.dispatch import Ask, Issue, Raise, Refuse, SignIn, Step, next_step, silent_error
from idp.records.interaction import Interaction
from idp.records.session import Consent, SignedIn
from idp.spec.errors import LoginRequired
from idp.spec.prompt import Prompt
from tests.login.samples import NOW, consent, interaction, proven, signed_in, standing

pytestmark = pytest.mark.requirement("S33")

ALICE, BOB = signed_in("s1"), signed_in("s2", sub="sub-bob")
ORDINARY = Demand()
LOGIN = Demand(prompts=frozenset({Prompt.LOGIN}))
SELECT = Demand(prompts=frozenset({Prompt.SELECT_ACCOUNT}))
THIRD_PARTY = Demand(consent_scopes=frozenset({"openid", "email"}))
ASK_AGAIN = Demand(prompts=frozenset({Prompt.CONSENT}), consent_scopes=frozenset({"openid"}))
FOR_EITHER = Demand(subjects=frozenset({"sub-alice", "sub-bob"}))
FOR_ALICE = Demand(subjects=frozenset({"sub-alice"}))
PROVEN = proven("pwd")
HERE = proven("pwd", session_id="s1")


def _step(
    demand: Demand,
    session: SignedIn | None = None,
    paused: Interaction | None = None,
    approved: Consent | None = None,
    *,
    later: int = 0,
) -> Step:
    somebody = session or paused
    return next_step(
        demand,
        session,
        paused,
        standing=standing() if somebody else None,
        consent=approved,
        rules=Rules(),
        now=NOW + later,
    )


STEPS = {
    "nobody is signed in": (_step(ORDINARY), Ask.LOGIN),
    "nothing is proven yet": (_step(ORDINARY, None, interaction()), Ask.LOGIN),
    "somebody is signed in": (_step(ORDINARY, ALICE), Issue(signed_in=ALICE)),
    "the password was proven": (_step(ORDINARY, None, PROVEN), SignIn()),
    "what was proven here comes before whoever is signed in": (_step(ORDINARY, BOB, PROVEN), SignIn()),
    "the session of the proofs ended": (_step(ORDINARY, None, HERE), Ask.LOGIN),
    "login, and another session took the place": (_step(LOGIN, BOB, HERE), Ask.LOGIN),
    "login, without an interaction": (_step(LOGIN, ALICE), Ask.LOGIN),
    "login, nothing proven": (_step(LOGIN, ALICE, interaction()), Ask.LOGIN),
    "login, proven": (_step(LOGIN, ALICE, HERE), Issue(signed_in=ALICE)),
    "just within max_age": (_step(Demand(max_age=60), ALICE, later=60), Issue(signed_in=ALICE)),
    "past max_age": (_step(Demand(max_age=60), ALICE, later=61), Ask.LOGIN),
    "past max_age, proven here": (_step(Demand(max_age=60), ALICE, HERE, later=61), Issue(signed_in=ALICE)),
    # Core §3.1.2.1: max_age=0 is prompt=login by another name, also within the same second.
    "max_age 0": (_step(Demand(max_age=0), ALICE), Ask.LOGIN),
    "max_age 0, proven": (_step(Demand(max_age=0), ALICE, HERE), Issue(signed_in=ALICE)),
    "select": (_step(SELECT, ALICE), Ask.SELECT_ACCOUNT),
    "select, chosen": (_step(SELECT, ALICE, interaction(selected_by="s1")), Issue(signed_in=ALICE)),
    "select, chosen by another": (_step(SELECT, BOB, interaction(selected_by="s1")), Ask.SELECT_ACCOUNT),
    "select, nobody to choose": (_step(SELECT), Ask.LOGIN),
    "select, signed in as another": (_step(SELECT, ALICE, HERE), Issue(signed_in=ALICE)),
    "hint": (_step(FOR_ALICE, ALICE), Issue(signed_in=ALICE)),
    "one of several": (_step(FOR_EITHER, BOB), Issue(signed_in=BOB)),
    "hint of somebody else": (_step(FOR_ALICE, BOB), Ask.LOGIN),
    "no consent": (_step(THIRD_PARTY, ALICE), Ask.CONSENT),
    "consent to less": (_step(THIRD_PARTY, ALICE, None, consent("openid")), Ask.CONSENT),
    "consent to more": (
        _step(THIRD_PARTY, ALICE, None, consent("openid", "email", "phone")),
        Issue(signed_in=ALICE),
    ),
    "consent here": (_step(THIRD_PARTY, ALICE, interaction(consented_by="s1")), Issue(signed_in=ALICE)),
    "consent of another": (_step(THIRD_PARTY, BOB, interaction(consented_by="s1")), Ask.CONSENT),
    "ask again": (_step(ASK_AGAIN, ALICE, None, consent("openid")), Ask.CONSENT),
    "asked again": (
        _step(ASK_AGAIN, ALICE, interaction(consented_by="s1"), consent("openid")),
        Issue(signed_in=ALICE),
    ),
    "first party": (_step(Demand(prompts=frozenset({Prompt.CONSENT})), ALICE), Issue(signed_in=ALICE)),
}


@pytest.mark.parametrize("case", STEPS)
def test_next_step(case: str) -> None:
    step, expected = STEPS[case]
    assert step == expected


def test_who_signed_in_instead_of_the_hinted_person_is_refused() -> None:
    step = _step(FOR_ALICE, BOB, interaction(session_id="s2"))
    assert isinstance(step, Refuse)
    assert isinstance(step.error, LoginRequired)


@pytest.mark.parametrize(
    ("step", "code"),
    [
        pytest.param(Ask.LOGIN, "login_required", id="login"),
        pytest.param(Ask.EMAIL_CODE, "login_required", id="code"),
        pytest.param(Ask.SECOND_FACTOR, "login_required", id="factor"),
        pytest.param(Ask.SET_UP, "login_required", id="set-up"),
        pytest.param(Ask.ADDRESS, "login_required", id="address"),
        pytest.param(SignIn(), "login_required", id="sign-in"),
        pytest.param(Raise(), "login_required", id="raise"),
        pytest.param(Ask.SELECT_ACCOUNT, "account_selection_required", id="select"),
        pytest.param(Ask.CONSENT, "consent_required", id="consent"),
        pytest.param(Refuse(error=LoginRequired("another person")), "login_required", id="refuse"),
        pytest.param(Issue(signed_in=ALICE), None, id="issue"),
    ],
)
def test_silent_request_learns_what_it_lacks(step: Step, code: str | None) -> None:
    error = silent_error(step)
    assert (error.code if error else None) == code
