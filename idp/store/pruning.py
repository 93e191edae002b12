"""What may be forgotten, and when. In batches of 100: a longer one would keep requests waiting on SQLite.

Used codes and refresh tokens stay for a while after their end, so that a late replay still ends its family. Audit
events are not pruned: how long they are kept is the operator's decision.
"""

from dataclasses import dataclass
from functools import cache

from sqlalchemy import BigInteger, Column, Table, bindparam, delete, exists, select
from sqlalchemy.sql.elements import ColumnElement

from idp.store.statement import Effect, Write
from idp.store.tables.account import address_change, link, sign_up
from idp.store.tables.case import case_link
from idp.store.tables.client import client, initial_access_token, replay
from idp.store.tables.delegation import delegation
from idp.store.tables.factor import enrolment
from idp.store.tables.grant import access_token, code, device_request, family, pushed_request, refresh_token
from idp.store.tables.login import challenge, device, interaction, session, throttle
from idp.store.tables.outbox import outbox
from idp.store.tables.risk import risk_decision, velocity

BATCH = 100
_DAY = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruning:
    """A table's pruning: rows whose time lies `keep_seconds` back."""

    write: Write
    keep_seconds: int

    def effect(self, now: int, *, is_full: bool) -> Effect:
        """One batch. With `is_full`, `apply` says False and deletes nothing when less than a whole batch is left."""
        return self.write.effect(expects=BATCH if is_full else None, before=now - self.keep_seconds)


def _pruning(
    table: Table,
    key: Column[str] | Column[bytes],
    ended: ColumnElement[int],
    *,
    keep_days: int,
    unless: ColumnElement[bool] | None = None,
) -> Pruning:
    old = select(key).where(ended < bindparam("before", type_=BigInteger)).limit(BATCH)
    if unless is not None:
        old = old.where(~unless)
    return Pruning(write=Write(delete(table).where(key.in_(old))), keep_seconds=keep_days * _DAY)


_has_tokens = exists().where(refresh_token.c.family_id == family.c.family_id)
_has_code = exists().where(code.c.family_id == family.c.family_id)
_has_device = exists().where(device_request.c.family_id == family.c.family_id)
# Whoever signs out has every application of the session told, long after its last token is dead; and until they are.
_is_in_session = exists().where(
    session.c.session_id == family.c.session_id,
    session.c.told_at.is_(None),
    session.c.expires_at >= bindparam("before", type_=BigInteger),
)
_has_registered = exists().where(client.c.registered_by == initial_access_token.c.token_id)
_is_day = velocity.c.key.startswith("asn-day:")

PRUNINGS = (
    _pruning(interaction, interaction.c.interaction_id, interaction.c.expires_at, keep_days=7),
    _pruning(challenge, challenge.c.challenge_id, challenge.c.expires_at, keep_days=7),
    _pruning(enrolment, enrolment.c.enrolment_id, enrolment.c.expires_at, keep_days=1),
    _pruning(throttle, throttle.c.key, throttle.c.updated_at, keep_days=1),
    _pruning(code, code.c.code_id, code.c.expires_at, keep_days=1),
    _pruning(device_request, device_request.c.request_id, device_request.c.expires_at, keep_days=1),
    _pruning(refresh_token, refresh_token.c.token_id, refresh_token.c.expires_at, keep_days=1),
    _pruning(access_token, access_token.c.token_id, access_token.c.expires_at, keep_days=0),
    _pruning(
        family,
        family.c.family_id,
        family.c.expires_at,
        keep_days=2,
        unless=_has_tokens | _has_code | _has_device | _is_in_session,
    ),
    _pruning(delegation, delegation.c.delegation_id, delegation.c.expires_at, keep_days=90),
    _pruning(session, session.c.session_id, session.c.expires_at, keep_days=30),
    _pruning(device, device.c.device_id, device.c.expires_at, keep_days=1),
    _pruning(link, link.c.link_id, link.c.expires_at, keep_days=30),
    _pruning(case_link, case_link.c.link_id, case_link.c.expires_at, keep_days=30),
    # Its policy holds for as long as a client lives that was registered with it.
    _pruning(
        initial_access_token,
        initial_access_token.c.token_id,
        initial_access_token.c.expires_at,
        keep_days=90,
        unless=_has_registered,
    ),
    _pruning(sign_up, sign_up.c.sign_up_id, sign_up.c.expires_at, keep_days=1),
    # Whoever came in time may finish what they began, which takes a day at most (`login.interaction_seconds`).
    _pruning(pushed_request, pushed_request.c.request_id, pushed_request.c.expires_at, keep_days=1),
    # A row for each proof of a bound token: what would be refused anyway is not kept for a moment.
    _pruning(replay, replay.c.digest, replay.c.expires_at, keep_days=0),
    _pruning(
        address_change,
        address_change.c.change_id,
        address_change.c.apply_at,
        keep_days=90,
        unless=address_change.c.applied_at.is_(None) & address_change.c.ended_at.is_(None),
    ),
    # Anybody can fail in any number of networks; providers are few, and a campaign is compared with their week.
    _pruning(velocity, velocity.c.key, velocity.c.window_at, keep_days=1, unless=_is_day),
    _pruning(velocity, velocity.c.key, velocity.c.window_at, keep_days=9),
)


@cache
def message_pruning(keep_days: int) -> Pruning:
    """The log of mails and texts, kept as long as the operator likes. What waits has no end yet, and stays."""
    return _pruning(outbox, outbox.c.message_id, outbox.c.finished_at, keep_days=keep_days)


@cache
def decision_pruning(keep_days: int) -> Pruning:
    """Risk decisions, kept as long as the operator likes."""
    return _pruning(risk_decision, risk_decision.c.decision_id, risk_decision.c.at, keep_days=keep_days)
