"""The domains that customers have with the host, as its systems tell us: what they may prove themselves by."""

from collections.abc import Sequence

from idp.account.problem import BadDomain, ChangedMeanwhile, DomainTaken
from idp.events.audit import Audit
from idp.records.account import AccountId, Person
from idp.records.event import Event, EventType, Occasion
from idp.spec.identifier import canonical_domain
from idp.store.database import Database
from idp.store.domains import DOMAINS_OF_ACCOUNT, INSERT_DOMAIN, OWNED_DOMAIN, REMOVE_DOMAIN


async def change_domains(
    database: Database,
    audit: Audit,
    occasion: Occasion,
    person: Person,
    *,
    add: Sequence[str],
    remove: Sequence[str],
) -> tuple[str, ...]:
    """The domains of an account after the change. Nothing changes if one can't. Raises `BadDomain`, `DomainTaken`,
    `ChangedMeanwhile`.
    """
    before = await domains_of(database, person.account_id)
    adding = sorted({_read(domain) for domain in add} - set(before))
    removing = sorted({_read(domain) for domain in remove} & set(before))
    for domain in adding:
        if await database.one(OWNED_DOMAIN, of_domain=domain) is not None:
            raise DomainTaken(domain)
    if adding or removing:
        event = Event(
            type=EventType.DOMAINS_CHANGED,
            actor=occasion.actor,
            subject_id=person.subject_id,
            details={"added": adding, "removed": removing},
        )
        effects = [
            *(
                INSERT_DOMAIN.effect(
                    expects=1, domain=domain, account_id=person.account_id, added_at=occasion.now
                )
                for domain in adding
            ),
            *(REMOVE_DOMAIN.effect(of_domain=domain, of_account=person.account_id) for domain in removing),
            audit.effect(event, occasion.circumstances, now=occasion.now),
        ]
        if not await database.apply(effects):
            raise ChangedMeanwhile
    return await domains_of(database, person.account_id)


async def domains_of(database: Database, account_id: AccountId) -> tuple[str, ...]:
    return tuple(one.domain for one in await database.all(DOMAINS_OF_ACCOUNT, of_account=account_id))


async def is_owned(database: Database, domain: str, account_id: AccountId) -> bool:
    """Whether a domain is the account's: who has example.com has www.example.com. Other names below it may be
    anybody's: a customer may lend them to theirs.
    """
    for name in (domain, domain.removeprefix("www.")):
        owned = await database.one(OWNED_DOMAIN, of_domain=name)
        if owned is not None:
            return owned.account_id == account_id
    return False


def _read(domain: str) -> str:
    canonical = canonical_domain(domain)
    if canonical is None:
        raise BadDomain(domain)
    return canonical
