"""Finding a person by what somebody typed."""

from idp.account.problem import UnknownAccount
from idp.records.account import Person
from idp.spec.identifier import CustomerIdKey, EmailKey, read_identifier
from idp.store.accounts import PERSON_BY_CUSTOMER_ID, PERSON_BY_EMAIL
from idp.store.database import Database


async def find_person(db: Database, identifier: str, *, suffix: str) -> Person | None:
    """The owner of an account, by customer ID or primary e-mail in any spelling."""
    match read_identifier(identifier, suffix=suffix):
        case CustomerIdKey(value):
            return await db.one(PERSON_BY_CUSTOMER_ID, customer_id=value)
        case EmailKey(value):
            return await db.one(PERSON_BY_EMAIL, email_key=value)
        case None:
            return None


async def get_person(db: Database, identifier: str, *, suffix: str) -> Person:
    """Raises `UnknownAccount`."""
    person = await find_person(db, identifier, suffix=suffix)
    if person is None:
        raise UnknownAccount(identifier)
    return person
