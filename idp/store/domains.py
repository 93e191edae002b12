"""Statements of the domains that customers have with the host. A domain is one account's."""

from dataclasses import dataclass

from sqlalchemy import Text, bindparam, delete, select

from idp.records.account import AccountId
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.account import owned_domain


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnedDomain:
    domain: str
    account_id: AccountId
    added_at: int


OWNED_DOMAIN: Query[OwnedDomain] = Query(
    select(owned_domain).where(owned_domain.c.domain == bindparam("of_domain", type_=Text)), into=OwnedDomain
)
DOMAINS_OF_ACCOUNT: Query[OwnedDomain] = Query(
    select(owned_domain)
    .where(owned_domain.c.account_id == bindparam("of_account", type_=Text))
    .order_by(owned_domain.c.domain),
    into=OwnedDomain,
)

INSERT_DOMAIN = insert_into(owned_domain, or_nothing=True)
"""With `expects=1`: nobody else has it."""

REMOVE_DOMAIN = Write(
    delete(owned_domain).where(
        owned_domain.c.domain == bindparam("of_domain", type_=Text),
        owned_domain.c.account_id == bindparam("of_account", type_=Text),
    )
)
