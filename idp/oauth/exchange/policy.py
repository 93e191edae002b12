"""The decision on an exchange: what of a subject token may become of it. RFC 8693 §2, over `[[exchanges]]`. Pure.

The new token never has more than the subject token, the client and a rule allow: each narrows what the others left.
§2.2.2: what is wrong with a token, or unacceptable about it, is `invalid_request`; with a target `invalid_target`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.account.delegation_use import acting_scopes
from idp.clients.service_account_asked import usable_scopes
from idp.config.exchanges import Exchange
from idp.config.settings import Settings
from idp.oauth.exchange.chain import begun, check_may_act, checked, extended
from idp.oauth.exchange.party import Party
from idp.oauth.resources import choose_resources, reached, scopes_at
from idp.oauth.token_form import token_form
from idp.records.client import Client
from idp.records.delegation import CustomersDelegation
from idp.spec.actor import Actor
from idp.spec.confirmation import UNBOUND, Confirmation
from idp.spec.errors import InvalidRequest, InvalidScope, InvalidTarget, UnauthorizedClient
from idp.spec.scope import OFFLINE_ACCESS, is_well_formed, scopes_of
from idp.spec.token_type import ACCESS_TOKEN, JWT

MOST_EXCHANGES = 10
"""How often a token, and what came of it, may be exchanged: all of them are looked at whenever the last is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a request asks for, beside its tokens. `seconds` is None for as long as is allowed."""

    targets: tuple[str, ...] = ()
    scope: str = ""
    token_type: str = ACCESS_TOKEN
    seconds: int | None = None
    for_customer: bool = False
    confirmation: Confirmation = UNBOUND


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What is decided over. `delegation` and `customer_sub` count for a wish for a customer alone."""

    wish: Wish
    subject: Party
    actor: Party | None
    client: Client
    settings: Settings
    now: int
    delegation: CustomersDelegation | None = None
    customer_sub: str = ""

    def scopes_at(self, scopes: Sequence[str], audience: Sequence[str]) -> tuple[str, ...]:
        return scopes_at(scopes, audience, self.settings.every_resource, issuer=self.settings.issuer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """`scopes` are the new grant, `shown` those of them that mean something to `audience`."""

    rule: Exchange
    audience: tuple[str, ...]
    scopes: tuple[str, ...]
    shown: tuple[str, ...]
    sub: str
    actor: Actor | None
    expires_at: int


def decide(case: Case) -> Allowed:
    """What is allowed of a wish. Raises a ProtocolError."""
    rules = _for_subject(case, rules_of(case.client, case.settings))
    _check_bound(case)
    if case.subject.exchanges >= MOST_EXCHANGES:
        raise InvalidRequest("subject_token: it was exchanged too often")
    rules = _with_actor(case, rules)
    if case.wish.for_customer:
        rules = _for_others(case, rules)
    rules, audience = _at(case, rules)
    rule, scopes = _with_scopes(case, rules, audience)
    return Allowed(
        rule=rule,
        audience=audience,
        scopes=scopes,
        shown=case.scopes_at(scopes, audience),
        sub=case.customer_sub if case.wish.for_customer else case.subject.sub,
        actor=_chain(case, rule),
        expires_at=_expiry(case, rule),
    )


def rules_of(client: Client, settings: Settings) -> list[Exchange]:
    """Those that name a client. Raises UnauthorizedClient where none does."""
    rules = [rule for rule in settings.exchanges if client.client_id in rule.clients]
    if not rules:
        raise UnauthorizedClient("no rule lets this client exchange tokens")
    return rules


def is_named(client: Client, audiences: Sequence[str], settings: Settings) -> bool:
    """Whether a token is meant for a client: by its name, or by that of the API whose service account it is."""
    own = {resource.identifier for resource in settings.resources if resource.client == client.client_id}
    return client.client_id in audiences or bool(own & set(audiences))


def _for_subject(case: Case, rules: Sequence[Exchange]) -> list[Exchange]:
    found = [rule for rule in rules if _takes(rule, case.subject)]
    if not found:
        raise InvalidRequest("subject_token: no rule lets this client exchange it")
    return found


def _takes(rule: Exchange, subject: Party) -> bool:
    if subject.issuer:
        return subject.issuer in rule.subject_issuers
    return subject.token_type in rule.subject_types and rule.takes(
        audiences=subject.audiences, client_id=subject.client_id
    )


def _check_bound(case: Case) -> None:
    """What is bound to somebody else's key is for whom it was sent to, and stays bound, to a key of theirs."""
    if not case.subject.confirmation:
        return
    if not is_named(case.client, case.subject.audiences, case.settings):
        raise InvalidRequest("subject_token: it is bound to a key, and not meant for this client")
    if not case.wish.confirmation:
        raise InvalidRequest("subject_token: it is bound to a key, so the new token has to be bound to yours")


def _with_actor(case: Case, rules: Sequence[Exchange]) -> list[Exchange]:
    """Those under which the actor may be who it is."""
    if case.actor is None:
        return list(rules)
    found = [rule for rule in rules if rule.mode == "delegation" and _accepts(case, rule, case.actor)]
    if not found:
        raise InvalidRequest("actor_token: no rule lets this client use it")
    return found


def _accepts(case: Case, rule: Exchange, actor: Party) -> bool:
    """An actor token is one that the client has by right: its own, or that of a person who signed in to it. Neither a
    key of somebody else's nor somebody for whom others act proves who is here.
    """
    if actor.actor is not None or actor.confirmation not in (UNBOUND, case.wish.confirmation):
        return False
    if actor.issuer:
        return "issuer" in rule.actors and actor.issuer in rule.actor_issuers
    is_theirs = actor.client_id == case.client.client_id
    if actor.person is not None:
        return "person" in rule.actors and is_theirs and actor.is_in_person
    return "client" in rule.actors and is_theirs and actor.is_own


def _for_others(case: Case, rules: Sequence[Exchange]) -> list[Exchange]:
    """Acting for a customer takes a rule, the person's very own token, and a delegation that they took up."""
    found = [rule for rule in rules if rule.acts_for_others]
    if not found:
        raise InvalidRequest("requested_subject: no rule lets this client act for others")
    if not case.subject.is_in_person:
        raise InvalidRequest("requested_subject: the subject token is not a person's own")
    if case.delegation is None or not case.delegation.is_usable(case.now):
        raise InvalidRequest("requested_subject: nobody by that name lets this person act for them")
    return found


def _at(case: Case, rules: Sequence[Exchange]) -> tuple[list[Exchange], tuple[str, ...]]:
    settings, wish = case.settings, case.wish
    audience = choose_resources(wish.targets, case.client, settings.every_resource, issuer=settings.issuer)
    found = [rule for rule in rules if set(audience) <= set(rule.audiences)]
    if not found:
        raise InvalidTarget("no rule lets this client exchange the token for that")
    if wish.token_type == JWT and token_form(audience, settings).is_opaque:
        raise InvalidRequest("requested_token_type: access tokens for that resource are no JWTs")
    return found, audience


def _with_scopes(
    case: Case, rules: Sequence[Exchange], audience: tuple[str, ...]
) -> tuple[Exchange, tuple[str, ...]]:
    """The first rule under which all that is asked for is allowed, and the new grant."""
    if case.wish.scope and not is_well_formed(case.wish.scope):
        raise InvalidScope("scope is malformed")
    asked = scopes_of(case.wish.scope)
    meant = case.scopes_at(case.subject.scopes, reached(audience, case.client.client_id, case.settings))
    for rule in rules:
        allowed = tuple(scope for scope in meant if _is_allowed(case, rule, scope))
        if set(asked) <= set(allowed):
            return rule, asked or allowed
    raise InvalidScope("scope is more than the subject token, this client and the rules allow there")


def _is_allowed(case: Case, rule: Exchange, scope: str) -> bool:
    if scope == OFFLINE_ACCESS or (rule.scopes and scope not in rule.scopes):
        return False
    delegation = case.delegation if case.wish.for_customer else None
    if delegation is not None and scope not in acting_scopes(case.settings, delegation.delegation):
        return False
    return scope in usable_scopes(case.client, case.settings)


def _chain(case: Case, rule: Exchange) -> Actor | None:
    """Who acts in the new token. Who acted before stays in it, whatever the rule says."""
    client, subject = case.client, case.subject
    acting = case.actor.as_actor() if case.actor else Actor(sub=client.client_id, client_id=client.client_id)
    check_may_act(subject.may_act, acting, issuer=case.settings.issuer)
    whose, chain = subject.as_actor(), subject.actor
    if case.wish.for_customer:
        customer = Actor(sub=case.customer_sub)
        whose, chain = customer, begun(chain, whose, customer)
    elif chain is not None:
        checked(chain, whose)
    is_itself = case.actor is None and chain is None and subject.service_id == client.client_id
    return chain if rule.mode == "impersonation" or is_itself else extended(chain, acting, whose)


def _expiry(case: Case, rule: Exchange) -> int:
    """The end of the first of all that the new token rests on, or sooner where that is asked for."""
    ends = [case.subject.expires_at, case.now + rule.lifetime_seconds]
    if case.actor is not None:
        ends.append(case.actor.expires_at)
    if case.wish.for_customer and case.delegation is not None:
        ends.append(case.delegation.delegation.expires_at)
    most_seconds, seconds = min(ends) - case.now, case.wish.seconds
    if seconds is None:
        return case.now + most_seconds
    if seconds > most_seconds:
        raise InvalidRequest(f"expires_in: the new token may live for {most_seconds} seconds at most")
    return case.now + seconds
