"""For every sequence of facts: nothing is issued and no session begins without the proofs that are owed."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.login.demand import Demand, Rules, usable_ways
from idp.login.dispatch import Ask, Issue, Raise, SignIn, Step, is_raising, next_step
from idp.records.factor import Standing, Way
from idp.records.interaction import BrowserStanding, Interaction
from idp.records.session import Consent, SignedIn
from idp.spec.assurance import SECOND_FACTORS, WHOLE_SIGN_INS, Proof, acr_of, amr_of, reaches
from idp.spec.prompt import Prompt
from tests.login.samples import NOW, consent, interaction, proven, signed_in, standing

pytestmark = pytest.mark.requirement("S33")

_PROOFS = {
    Way.TOTP: Proof.TOTP,
    Way.SECURITY_KEY: Proof.SECURITY_KEY,
    Way.SMS: Proof.SMS,
    Way.BACKUP_CODE: Proof.BACKUP_CODE,
}
_SKIPS = {
    Ask.ADDRESS: "address_skipped",
    Ask.BACKUP_ADDRESS: "backup_skipped",
    Ask.RECOMMEND: "recommendation_skipped",
}
_SESSIONS = st.sampled_from(["s1", "s2"])
_RUNGS = st.sampled_from(["", "1", "2", "3"])
_SCOPES = st.sets(st.sampled_from(["openid", "email", "phone"]))
_DEMANDS = st.builds(
    Demand,
    prompts=st.frozensets(st.sampled_from([Prompt.LOGIN, Prompt.CONSENT, Prompt.SELECT_ACCOUNT])),
    max_age=st.none() | st.integers(0, 100),
    subjects=st.frozensets(st.sampled_from(["sub-alice", "sub-bob"])),
    consent_scopes=st.none() | _SCOPES.filter(bool).map(frozenset),
    acr=_RUNGS,
    wished_acr=_RUNGS,
    recent_seconds=st.none() | st.integers(0, 400),
)
_STANDINGS = st.builds(
    standing,
    two_factor=st.booleans(),
    totps=st.integers(0, 1),
    keys=st.integers(0, 1),
    phones=st.integers(0, 1),
    backup_codes=st.integers(0, 1),
    groups=st.sampled_from([frozenset({"customer"}), frozenset({"support"})]),
    primary_email_refused_at=st.sampled_from([None, NOW]),
    recommended_at=st.sampled_from([None, NOW]),
    has_backup_email=st.booleans(),
    backup_asked_at=st.sampled_from([None, NOW]),
)
_RULES = st.builds(Rules, required_groups=st.just(frozenset({"support"})), sms=st.booleans())
_OUTCOMES = st.sampled_from(["", "allow", "code", "step-up"])
_ANY_PROOFS = st.lists(st.sampled_from(list(Proof)), max_size=3, unique=True)
_INTERACTIONS = st.none() | st.builds(
    interaction,
    subject_id=st.just("subject of sub-alice"),
    authenticated_at=st.none() | st.integers(NOW, NOW + 100),
    proofs=_ANY_PROOFS.map(lambda proofs: tuple((proof.value, NOW) for proof in proofs)),
    session_id=st.none() | _SESSIONS,
    raised_session_id=st.none() | _SESSIONS,
    selected_by=st.none() | _SESSIONS,
    consented_by=st.none() | _SESSIONS,
    risk_outcome=_OUTCOMES,
    browser_standing=st.sampled_from(list(BrowserStanding)),
    address_skipped=st.booleans(),
    backup_skipped=st.booleans(),
    recommendation_skipped=st.booleans(),
)
_AMRS = st.lists(st.sampled_from(list(Proof)), min_size=1, max_size=3, unique=True).map(amr_of)


def _session(amr: tuple[str, ...], sub: str, factor_at: int | None) -> SignedIn:
    session_id = "s1" if sub == "sub-alice" else "s2"
    return signed_in(session_id, sub=sub, amr=amr, acr=acr_of(amr), factor_at=factor_at)


_LIVING = st.none() | st.builds(
    _session,
    amr=_AMRS,
    sub=st.sampled_from(["sub-alice", "sub-bob"]),
    factor_at=st.none() | st.integers(NOW, NOW + 300),
)


def _minimum(demand: Demand, who: Standing) -> str:
    return max(demand.acr, "2" if "support" in who.groups else "")


@given(
    demand=_DEMANDS,
    session=_LIVING,
    paused=_INTERACTIONS,
    who=_STANDINGS,
    approved=st.none() | _SCOPES.map(lambda scopes: consent(*scopes)),
    rules=_RULES,
    age=st.integers(0, 500),
)
def test_nothing_is_done_that_was_not_earned(
    *,
    demand: Demand,
    session: SignedIn | None,
    paused: Interaction | None,
    who: Standing,
    approved: Consent | None,
    rules: Rules,
    age: int,
) -> None:
    step = next_step(demand, session, paused, standing=who, consent=approved, rules=rules, now=NOW + age)
    match step:
        case SignIn():
            assert paused is not None
            _check_earned(demand, paused, who)
        case Ask.RECOMMEND | Ask.BACKUP_ADDRESS:
            # Both change the account, and are asked of nobody who still owes something.
            assert paused is not None
            if paused.session_id is None:
                _check_earned(demand, paused, who)
            else:
                assert session is not None
                assert session.session.session_id == paused.session_id
        case Raise():
            assert session is not None
            assert is_raising(paused, session)
        case Issue(signed_in=issued):
            assert issued is session
            assert not is_raising(paused, issued)
            _check_issued(demand, issued, paused, approved, age)
            assert reaches(issued.session.acr, _minimum(demand, who))
        case _:
            pass


def _check_earned(demand: Demand, paused: Interaction, who: Standing) -> None:
    """A session begins: somebody proved who they are, and everything besides."""
    done = paused.proven
    factors = done & SECOND_FACTORS
    acr = acr_of(amr_of(done))
    assert paused.authenticated_at is not None
    assert paused.session_id is None
    assert done & (WHOLE_SIGN_INS | {Proof.PASSWORD})
    assert reaches(acr, "1")
    assert reaches(acr, _minimum(demand, who))
    is_risky = paused.risk_outcome in ("code", "step-up")
    if who.has_two_factor and not factors:
        # The one exception that its owner asked for: never for staff, a demanded rung, or a risky sign-in.
        assert paused.browser_standing is BrowserStanding.TRUSTED
        assert not is_risky
        assert not _minimum(demand, who)
    if is_risky and not factors:
        assert not who.has_two_factor
        assert Proof.EMAIL_CODE in done
    if paused.risk_outcome == "step-up" and (who.totps or who.keys):
        # A mailed code stands in for no factor.
        assert factors


def _check_issued(
    demand: Demand, session: SignedIn, paused: Interaction | None, approved: Consent | None, age: int
) -> None:
    session_id = session.session.session_id
    signed_in_here = paused is not None and paused.session_id == session_id
    assert not demand.subjects or session.person.sub in demand.subjects
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
    if demand.recent_seconds is not None:
        assert NOW + age - session.session.proven_at <= demand.recent_seconds


@given(
    demand=_DEMANDS,
    others=_ANY_PROOFS,
    outcome=_OUTCOMES,
    browser=st.sampled_from(list(BrowserStanding)),
    who=_STANDINGS,
    rules=_RULES,
)
def test_mailed_code_is_no_answer_where_a_factor_is_owed(
    *,
    demand: Demand,
    others: list[Proof],
    outcome: str,
    browser: BrowserStanding,
    who: Standing,
    rules: Rules,
) -> None:
    without = [proof for proof in others if proof is not Proof.EMAIL_CODE]

    def step(*proofs: str) -> Step:
        paused = proven(*proofs, risk_outcome=outcome, browser_standing=browser)
        return next_step(demand, None, paused, standing=who, consent=None, rules=rules, now=NOW)

    if step(*without) is Ask.SECOND_FACTOR:
        assert step(*without, Proof.EMAIL_CODE) is Ask.SECOND_FACTOR


@given(demand=_DEMANDS, who=_STANDINGS, rules=_RULES, outcome=_OUTCOMES, data=st.data())
def test_whoever_answers_every_page_gets_on(
    demand: Demand, who: Standing, rules: Rules, outcome: str, data: st.DataObject
) -> None:
    """No page is asked for twice with nothing to answer, and no two lead to each other for ever."""
    proofs = [Proof.PASSWORD]
    skipped: dict[str, Any] = {}
    for _ in itertools.repeat(None, 8):
        paused = proven(*proofs, risk_outcome=outcome, **skipped)
        step = next_step(demand, None, paused, standing=who, consent=None, rules=rules, now=NOW)
        match step:
            case SignIn():
                return
            case Ask.EMAIL_CODE:
                proofs.append(Proof.EMAIL_CODE)
            case Ask.SECOND_FACTOR:
                ways = usable_ways(demand, who, rules, amr_of(proofs))
                # Nothing is left that works: support helps.
                if not ways:
                    assert who.has_two_factor
                    return
                proofs.append(_PROOFS[data.draw(st.sampled_from(ways))])
            case Ask.SET_UP:
                proofs.append(Proof.SECURITY_KEY)
            case Ask.ADDRESS | Ask.BACKUP_ADDRESS | Ask.RECOMMEND:
                assert _SKIPS[step] not in skipped
                skipped[_SKIPS[step]] = True
            case _:
                pytest.fail(f"{step} is no step of a sign-in")
    pytest.fail("eight answers, and still more is asked for")
