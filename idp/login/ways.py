"""Which factors somebody may prove now, and on which of them the page opens. Pure."""

from dataclasses import replace

from idp.login.demand import Demand, Rules, usable_ways
from idp.login.dispatch import is_proving
from idp.records.account import Role
from idp.records.factor import Standing, Way
from idp.records.interaction import Interaction
from idp.records.session import SignedIn
from idp.spec.assurance import amr_of

_STAFF = frozenset(role.value for role in Role if role.is_staff)


def open_ways(
    demand: Demand, standing: Standing, rules: Rules, *, interaction: Interaction, signed_in: SignedIn | None
) -> tuple[Way, ...]:
    """What counts beside what is proven already: here, or by the session that lacks a factor."""
    return usable_ways(demand, standing, rules, _reached(interaction, signed_in))


def opening_way(
    demand: Demand,
    standing: Standing,
    rules: Rules,
    *,
    interaction: Interaction,
    signed_in: SignedIn | None,
) -> Way | None:
    """What was chosen here, or else was used last, or else is the safest. A rung that is wished for comes before what
    was used last. None if there is nothing.
    """
    ways = open_ways(demand, standing, rules, interaction=interaction, signed_in=signed_in)
    if interaction.chosen_way in ways:
        return Way(interaction.chosen_way)
    wish = replace(demand, acr=max(demand.acr, demand.wished_acr))
    pleasing = open_ways(wish, standing, rules, interaction=interaction, signed_in=signed_in)
    ways = tuple(way for way in ways if way in pleasing) or ways
    if standing.last_way in ways:
        return Way(standing.last_way)
    return ways[0] if ways else None


def may_be_trusted(demand: Demand, standing: Standing, rules: Rules, *, interaction: Interaction) -> bool:
    """Whether its owner may ask that this browser is asked for no factor for a while: never staff, never where a rung
    is demanded, and not on a shared computer.
    """
    is_demanded = bool(demand.acr) or bool(standing.groups & (rules.required_groups | _STAFF))
    return is_proving(interaction) and not interaction.is_shared and not is_demanded


def _reached(interaction: Interaction, signed_in: SignedIn | None) -> tuple[str, ...]:
    if is_proving(interaction):
        return amr_of(interaction.proven)
    return signed_in.session.amr if signed_in else ()
