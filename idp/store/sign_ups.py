"""Statements of sign-ups. Each step asks that the sign-up is still open, and in the state that was read."""

from typing import Any

from sqlalchemy import BigInteger, Text, bindparam, select, update

from idp.records.account import Person
from idp.records.sign_up import SignUp
from idp.store.people import IS_OWNER, PEOPLE, PERSON_COLUMNS, person_of
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.account import account, sign_up

_NOW = bindparam("now", type_=BigInteger)
_OPEN = (
    sign_up.c.sign_up_id == bindparam("of_sign_up"),
    sign_up.c.completed_at.is_(None),
    sign_up.c.expires_at > _NOW,
)


def _sign_up_of(**row: Any) -> SignUp:
    return SignUp(**row)


SIGN_UP: Query[SignUp] = Query(
    select(sign_up).where(sign_up.c.sign_up_id == bindparam("of_sign_up")), into=_sign_up_of
)

INSERT_SIGN_UP = insert_into(sign_up)

SET_COUNTRY = Write(
    update(sign_up)
    .where(*_OPEN)
    .values(country=bindparam("in_country", type_=Text), language=bindparam("in_language", type_=Text))
)

SET_CREDENTIALS = Write(
    update(sign_up)
    .where(*_OPEN)
    .values(
        email=bindparam("new_email", type_=Text),
        email_key=bindparam("new_key", type_=Text),
        encoded=bindparam("new_encoded", type_=Text),
        pepper_id=bindparam("new_pepper", type_=Text),
        email_verified_at=None,
    )
)
"""Another address has to be proven anew."""

VERIFY_EMAIL = Write(
    update(sign_up)
    .where(*_OPEN, sign_up.c.email_key == bindparam("proven_key"))
    .values(email_verified_at=_NOW)
)
"""With `expects=1`: the address is still the one that the code went to."""

SET_KIND = Write(update(sign_up).where(*_OPEN).values(kind=bindparam("of_kind", type_=Text)))

COMPLETE_SIGN_UP = Write(
    update(sign_up)
    .where(*_OPEN, sign_up.c.email_verified_at.is_not(None), sign_up.c.email_key == bindparam("proven_key"))
    .values(
        completed_at=_NOW,
        account_id=bindparam("became", type_=Text),
        interaction_id=bindparam("goes_on", type_=Text),
        encoded="",
    )
)
"""With `expects=1`: once, and with the address that was proven. `goes_on` is the sign-in that it continues with."""

NEW_CUSTOMER: Query[Person] = Query(
    select(*PERSON_COLUMNS)
    .select_from(PEOPLE.join(sign_up, sign_up.c.account_id == account.c.account_id))
    .where(sign_up.c.sign_up_id == bindparam("of_sign_up"), IS_OWNER),
    into=lambda **row: person_of(row),
)
"""Who a sign-up became."""
