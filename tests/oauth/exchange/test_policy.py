"""Whatever the rules, the tokens and the request: nothing grows. RFC 8693 §2, as a property of the pure decision."""

from dataclasses import replace

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from idp.config.delegation import Delegation as DelegationSettings
from idp.config.resources import Resource
from idp.config.settings import Exchange, Settings
from idp.oauth.exchange.party import Party
from idp.oauth.exchange.policy import Allowed, Case, Wish, decide
from idp.oauth.resources import scopes_at
from idp.records.account import AccountId, AccountStatus, Person, Role, SubjectId
from idp.records.client import Client, ClientId
from idp.records.delegation import CustomersDelegation, Delegation, EndedBy
from idp.records.grant import Family
from idp.spec.actor import LONGEST_CHAIN, Actor
from idp.spec.confirmation import UNBOUND, Confirmation
from idp.spec.errors import ProtocolError
from idp.spec.scope import STANDARD_SCOPES

NOW = 1_800_000_000
_NAMES = ("https://a.test", "https://b.test", "https://c.test")
_SCOPES = ("a:read", "a:write", "b:read", "c:read", "openid", "profile", "offline_access")
_CLIENTS = ("one", "two", "three")
_TYPES = ("access_token", "refresh_token", "id_token")
_WHO = (*_CLIENTS, "alice", "bob")

PERSON = Person(
    subject_id=SubjectId("s" * 32),
    sub="somebody",
    account_id=AccountId("a" * 32),
    customer_id="aa11111-ovh",
    primary_email=None,
    primary_email_verified=False,
    backup_email=None,
    backup_email_verified=False,
    profile={},
    language="",
    role=Role.CUSTOMER,
    status=AccountStatus.ACTIVE,
    created_at=NOW,
    updated_at=NOW,
)

FAMILY = Family(
    family_id="f" * 32,
    subject_id=PERSON.subject_id,
    client_id="one",
    session_id=None,
    parent_id=None,
    is_offline=False,
    scope="",
    resource="",
    authenticated_at=NOW,
    acr="",
    amr=(),
    sid="",
    sub="alice",
    claims="",
    created_at=NOW,
    expires_at=NOW + 1_000,
    revoked_at=None,
)

some_scopes = st.lists(st.sampled_from(_SCOPES), unique=True).map(tuple)
some_names = st.lists(st.sampled_from(_NAMES), unique=True).map(tuple)
some_clients = st.lists(st.sampled_from(_CLIENTS), unique=True).map(tuple)
# Generous more often than not, or nearly every case would be refused.
many_scopes = st.just(_SCOPES) | st.just(_SCOPES) | some_scopes
many_names = st.just(_NAMES) | st.just(_NAMES) | some_names
many_clients = st.just(_CLIENTS) | st.just(_CLIENTS) | some_clients
bindings = st.sampled_from([UNBOUND, UNBOUND, UNBOUND, Confirmation(jkt="one"), Confirmation(x5t_s256="two")])


def _actor(name: str) -> Actor:
    return Actor(sub=name, client_id=name if name in _CLIENTS else "")


@st.composite
def chains(draw: st.DrawFn) -> Actor | None:
    chain: Actor | None = None
    for name in draw(st.lists(st.sampled_from(_WHO), max_size=LONGEST_CHAIN, unique=draw(st.booleans()))):
        chain = replace(_actor(name), former=chain)
    return chain


rules = st.builds(
    Exchange,
    name=st.just("rule"),
    clients=many_clients,
    subject_audiences=many_names,
    subject_clients=many_clients,
    subject_types=st.just(_TYPES) | st.just(_TYPES[:1]),
    audiences=many_names,
    scopes=many_scopes,
    mode=st.sampled_from(["delegation", "impersonation"]),
    actors=st.lists(st.sampled_from(["client", "person", "issuer"]), unique=True).map(tuple),
    acts_for_others=st.booleans(),
    lifetime_seconds=st.integers(1, 1_000),
)
parties = st.builds(
    Party,
    token_type=st.sampled_from(_TYPES),
    sub=st.just("alice"),
    expires_at=st.integers(NOW + 1, NOW + 1_000),
    scopes=many_scopes,
    client_id=st.sampled_from(_CLIENTS),
    audiences=many_names,
    person=st.just(PERSON),
    family=st.just(FAMILY),
    exchanges=st.sampled_from([0, 0, 0, 0, 9, 10]),
    actor=chains(),
    confirmation=bindings,
)
actors = (
    st.none()
    | st.none()
    | st.none()
    | st.builds(
        Party,
        token_type=st.just("access_token"),
        sub=st.just("bob"),
        expires_at=st.integers(NOW + 1, NOW + 1_000),
        scopes=many_scopes,
        client_id=st.sampled_from(_CLIENTS),
        person=st.just(PERSON),
        family=st.just(FAMILY),
    )
)
delegations = st.builds(
    lambda scope, expires_at: CustomersDelegation(
        customer=PERSON,
        delegation=Delegation(
            delegation_id="d" * 32,
            subject_id=PERSON.subject_id,
            delegate_id=PERSON.subject_id,
            delegate_customer_id="",
            scope=" ".join(scope),
            note="",
            created_at=NOW,
            expires_at=expires_at,
            accepted_at=NOW,
            used_at=None,
            ended_at=None,
            ended_by=EndedBy.NOBODY,
            told_at=None,
        ),
    ),
    some_scopes,
    st.integers(NOW + 1, NOW + 500),
)
wishes = st.builds(
    Wish,
    targets=some_names,
    scope=some_scopes.map(" ".join),
    seconds=st.none() | st.integers(1, 300),
    for_customer=st.sampled_from([False, False, True]),
    confirmation=bindings,
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    configured = Settings(
        issuer="https://login.example.com",
        resources=(
            Resource(identifier=_NAMES[0], scopes=("a:read", "a:write"), default=True, client="one"),
            Resource(identifier=_NAMES[1], scopes=("b:read",), client="two"),
            Resource(identifier=_NAMES[2], scopes=("c:read",)),
        ),
        exchanges=tuple(draw(st.lists(rules, min_size=1, max_size=4))),
        delegation=DelegationSettings(enabled=True, scopes=("a:read", "b:read")),
    )
    client = Client(
        client_id=ClientId(draw(st.sampled_from(_CLIENTS))),
        client_name="",
        scopes=frozenset(draw(many_scopes)),
        resources=frozenset(draw(many_names)),
    )
    return Case(
        wish=draw(wishes),
        subject=draw(parties),
        actor=draw(actors),
        client=client,
        settings=configured,
        now=NOW,
        delegation=draw(st.none() | delegations),
        customer_sub="carol",
    )


@settings(max_examples=400)
@given(case=cases())
def test_nothing_grows(case: Case) -> None:
    try:
        allowed = decide(case)
    except ProtocolError as error:
        event(error.description)
        return
    event("allowed")
    _check_scopes(case, allowed)
    _check_audience(case, allowed)
    _check_time(case, allowed)
    _check_chain(case, allowed)
    if case.subject.confirmation:
        assert case.wish.confirmation  # And a grant binds to that alone.


def _check_scopes(case: Case, allowed: Allowed) -> None:
    granted = set(allowed.scopes)
    assert granted <= set(case.subject.scopes)
    assert granted <= case.client.scopes
    assert granted <= set(allowed.rule.scopes or _SCOPES)
    assert "offline_access" not in granted
    assert set(allowed.shown) <= granted
    meant = scopes_at(allowed.shown, allowed.audience, case.settings.resources, issuer=case.settings.issuer)
    assert meant == allowed.shown
    if case.wish.scope:
        assert set(case.wish.scope.split()) == granted
    if case.wish.for_customer:
        assert case.delegation is not None
        assert granted <= set(case.delegation.delegation.scopes) & set(case.settings.delegation.scopes)
        assert not granted & STANDARD_SCOPES


def _check_audience(case: Case, allowed: Allowed) -> None:
    assert set(allowed.audience) <= set(allowed.rule.audiences)
    assert set(allowed.audience) <= case.client.resources | {_NAMES[0]}
    assert set(allowed.audience) == set(case.wish.targets or (_NAMES[0],))
    assert case.client.client_id in allowed.rule.clients
    rule = allowed.rule
    assert rule.subject_audiences or rule.subject_clients
    assert not rule.subject_audiences or set(case.subject.audiences) & set(rule.subject_audiences)
    assert not rule.subject_clients or case.subject.client_id in rule.subject_clients


def _check_time(case: Case, allowed: Allowed) -> None:
    assert NOW < allowed.expires_at <= case.subject.expires_at
    assert allowed.expires_at <= NOW + allowed.rule.lifetime_seconds
    if case.actor is not None:
        assert allowed.expires_at <= case.actor.expires_at
    if case.wish.seconds is not None:
        assert allowed.expires_at == NOW + case.wish.seconds
    if case.wish.for_customer and case.delegation is not None:
        assert allowed.expires_at <= case.delegation.delegation.expires_at


def _check_chain(case: Case, allowed: Allowed) -> None:
    names = [one.sub for one in (allowed.actor.chain() if allowed.actor else ())]
    before = [one.sub for one in (case.subject.actor.chain() if case.subject.actor else ())]
    assert len(names) <= LONGEST_CHAIN
    assert len(set(names)) == len(names)
    assert allowed.sub not in names
    # Who acted before is still named, in the same order.
    assert [name for name in names if name in before] == before
    if allowed.rule.mode == "delegation":
        assert names[0] == (case.actor.sub if case.actor else case.client.client_id)
    if case.wish.for_customer:
        assert allowed.sub == "carol"
        assert names[-1] == "alice"
    else:
        assert allowed.sub == "alice"


@pytest.mark.parametrize("targets", [(), (_NAMES[0],)])
def test_the_property_is_not_about_nothing(targets: tuple[str, ...]) -> None:
    """A case of which something comes."""
    rule = Exchange(name="rule", clients=("one",), subject_audiences=_NAMES[:1], audiences=_NAMES)
    configured = Settings(
        issuer="https://login.example.com",
        resources=(Resource(identifier=_NAMES[0], scopes=("a:read",), default=True),),
        exchanges=(rule,),
    )
    subject = Party(
        token_type="access_token",
        sub="alice",
        expires_at=NOW + 60,
        scopes=("a:read",),
        client_id="two",
        audiences=_NAMES[:1],
    )
    client = Client(client_id=ClientId("one"), client_name="", scopes=frozenset({"a:read"}))
    wish = Wish(targets=targets)

    allowed = decide(
        Case(wish=wish, subject=subject, actor=None, client=client, settings=configured, now=NOW)
    )

    assert (allowed.scopes, allowed.expires_at) == (("a:read",), NOW + 60)
    assert allowed.actor == Actor(sub="one", client_id="one")
