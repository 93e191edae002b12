"""What comes next, as a table and as a property: nothing is issued that was not earned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.login.dispatch import Ask, Demand, Issue, Refuse, SignIn, Step, next_step, silent_error
from idp.records.interaction import Interaction
from idp.records.session import Consent, SignedIn
from idp.spec.errors import LoginRequired
from idp.spec.prompt import Prompt
from tests.login.samples import NOW, consent, interaction, signed_in

pytestmark = pytest.mark.requirement("S33")

ALICE, BOB = signed_in("s1"), signed_in("s2", sub="sub-bob")
ORDINARY = Demand()
LOGIN = Demand(prompts=frozenset({Prompt.LOGIN}))
SELECT = Demand(prompts=frozenset({Prompt.SELECT_ACCOUNT}))
THIRD_PARTY = Demand(consent_scopes=frozenset({"openid", "email"}))
ASK_AGAIN = Demand(prompts=frozenset({Prompt.CONSENT}), consent_scopes=frozenset({"openid"}))
FOR_ALICE = Demand(subject="sub-alice")
PROVEN = interaction(subject_id="subject of sub-alice", authenticated_at=NOW)
HERE = interaction(subject_id="subject of sub-alice", authenticated_at=NOW, session_id="s1")


def _step(
    demand: Demand,
    session: SignedIn | None = None,
    paused: Interaction | None = None,
    approved: Consent | None = None,
    *,
    later: int = 0,
) -> Step:
    return next_step(demand, session, paused, approved, NOW + later)


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
        pytest.param(SignIn(), "login_required", id="sign-in"),
        pytest.param(Ask.SELECT_ACCOUNT, "account_selection_required", id="select"),
        pytest.param(Ask.CONSENT, "consent_required", id="consent"),
        pytest.param(Refuse(error=LoginRequired("another person")), "login_required", id="refuse"),
        pytest.param(Issue(signed_in=ALICE), None, id="issue"),
    ],
)
def test_silent_request_learns_what_it_lacks(step: Step, code: str | None) -> None:
    error = silent_error(step)
    assert (error.code if error else None) == code


_SESSIONS = st.sampled_from(["s1", "s2"])
_DEMANDS = st.builds(
    Demand,
    prompts=st.frozensets(st.sampled_from([Prompt.LOGIN, Prompt.CONSENT, Prompt.SELECT_ACCOUNT])),
    max_age=st.none() | st.integers(0, 100),
    subject=st.sampled_from(["", "sub-alice", "sub-bob"]),
    consent_scopes=st.none() | st.frozensets(st.sampled_from(["openid", "email", "phone"]), min_size=1),
)
_INTERACTIONS = st.none() | st.builds(
    interaction,
    subject_id=st.none() | st.sampled_from(["subject of sub-alice", "subject of sub-bob"]),
    authenticated_at=st.none() | st.integers(NOW, NOW + 100),
    session_id=st.none() | _SESSIONS,
    selected_by=st.none() | _SESSIONS,
    consented_by=st.none() | _SESSIONS,
)
_CONSENTS = st.none() | st.builds(
    lambda scopes: consent(*scopes), st.sets(st.sampled_from(["openid", "email", "phone"]))
)


@given(
    demand=_DEMANDS,
    session=st.sampled_from([None, ALICE, BOB]),
    paused=_INTERACTIONS,
    approved=_CONSENTS,
    age=st.integers(0, 100),
)
def test_nothing_is_issued_that_was_not_earned(
    demand: Demand, session: SignedIn | None, paused: Interaction | None, approved: Consent | None, age: int
) -> None:
    step = next_step(demand, session, paused, approved, NOW + age)
    if not isinstance(step, Issue):
        return
    assert session is not None
    assert step.signed_in is session
    session_id = session.session.session_id
    signed_in_here = paused is not None and paused.session_id == session_id
    assert not demand.subject or demand.subject == session.person.sub
    assert signed_in_here or Prompt.LOGIN not in demand.prompts
    assert signed_in_here or demand.max_age is None or 0 <= age <= demand.max_age != 0
    chose = paused is not None and paused.selected_by == session_id
    assert signed_in_here or chose or Prompt.SELECT_ACCOUNT not in demand.prompts
    consented_here = paused is not None and paused.consented_by == session_id
    remembered = approved is not None and (demand.consent_scopes or frozenset()) <= approved.scopes
    assert (
        demand.consent_scopes is None
        or consented_here
        or (remembered and Prompt.CONSENT not in demand.prompts)
    )
