"""Chains of actors: how `act` grows, and whom `may_act` lets in. RFC 8693 §4.1 and §4.4. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from idp.spec.actor import LONGEST_CHAIN, Actor
from idp.spec.errors import InvalidRequest

_IDENTITY = frozenset({"sub", "iss", "client_id"})


def extended(chain: Actor | None, actor: Actor, subject: Actor) -> Actor:
    """`chain` with `actor` as the current one. Who acted last may go on. Raises InvalidRequest for somebody who would
    act for themselves, who acted before, or where the chain would be too long.
    """
    if chain is not None and is_same(chain, actor):
        return chain
    if is_same(actor, subject):
        raise InvalidRequest("the actor is the subject itself")
    return checked(replace(actor, former=chain), subject)


def begun(chain: Actor | None, first: Actor, subject: Actor) -> Actor:
    """`chain` with somebody before the first: who acts for whom its former subject acts now. Raises InvalidRequest."""
    actor = first
    for later in reversed([*chain.chain()] if chain else []):
        actor = replace(later, former=actor)
    return checked(actor, subject)


def checked(chain: Actor, subject: Actor) -> Actor:
    """`chain`, unless somebody is in it twice or it is too long. Raises InvalidRequest."""
    members = [subject, *chain.chain()]
    if len(members) - 1 > LONGEST_CHAIN:
        raise InvalidRequest(f"more than {LONGEST_CHAIN} would act one for the other")
    if any(is_same(one, other) for index, one in enumerate(members) for other in members[:index]):
        raise InvalidRequest("the chain of actors leads back to somebody who is in it already")
    return chain


def check_may_act(may_act: Mapping[str, Any] | None, actor: Actor, *, issuer: str) -> None:
    """Whether the subject token lets `actor` act, where it names who may (§4.4). Raises InvalidRequest.

    What it says beyond `sub`, `iss` and `client_id` we can't compare, so nobody fits it.
    """
    if may_act is None:
        return
    known = {"sub": actor.sub, "iss": actor.iss or issuer, "client_id": actor.client_id}
    is_named = bool({"sub", "client_id"} & may_act.keys()) and may_act.keys() <= _IDENTITY
    if not is_named or any(known[name] != value for name, value in may_act.items()):
        raise InvalidRequest("may_act of the subject token names somebody else")


def is_same(one: Actor, other: Actor) -> bool:
    """Whether two members of a chain are the same, whatever stands behind them."""
    return (one.iss, one.client_id, one.sub) == (other.iss, other.client_id, other.sub)


def chain_names(subject: str, chain: Actor | None) -> list[str]:
    """For the audit trail: the subject, then who acts for it, the first one first."""
    actors = reversed([*chain.chain()] if chain else [])
    return [subject, *(f"client:{actor.client_id}" if actor.client_id else actor.sub for actor in actors)]
