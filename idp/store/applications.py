"""What applications hold of a subject."""

from sqlalchemy import BigInteger, and_, bindparam, case, func, literal_column, select

from idp.records.grant import Holding
from idp.store.statement import Query
from idp.store.tables.grant import family, refresh_token

_is_living = and_(family.c.revoked_at.is_(None), family.c.expires_at > bindparam("now", type_=BigInteger))
# Each family has at most one refresh token that was not rotated: its last.
_last_token = and_(refresh_token.c.family_id == family.c.family_id, refresh_token.c.redeemed_at.is_(None))
# Family.is_of_sign_in, and why not.
_CAME_BY = case(
    (family.c.parent_id.is_not(None), literal_column("'exchange'")),
    (family.c.authenticated_at.is_(None), literal_column("'trusted_issuer'")),
    else_=literal_column("'sign_in'"),
)


def _holding_of(*, is_living: int, **row: object) -> Holding:
    return Holding(is_living=bool(is_living), **row)  # type: ignore[arg-type]


HOLDINGS_OF_SUBJECT: Query[Holding] = Query(
    select(
        family.c.client_id,
        family.c.scope,
        _CAME_BY.label("came_by"),
        func.max(case((_is_living, 1), else_=0)).label("is_living"),
        func.min(family.c.created_at).label("granted_at"),
        func.max(func.coalesce(refresh_token.c.created_at, family.c.created_at)).label("last_used_at"),
    )
    .select_from(family.outerjoin(refresh_token, _last_token))
    # Somebody else who acts for them is no application that they use.
    .where(family.c.subject_id == bindparam("of_subject"), family.c.delegation_id.is_(None))
    .group_by(family.c.client_id, family.c.scope, "came_by"),
    into=_holding_of,
)
"""Of every application that a subject has used, until its families are pruned."""
