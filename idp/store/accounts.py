"""Statements of accounts, subjects, passwords and links."""

from typing import Any

from sqlalchemy import BigInteger, Text, bindparam, case, exists, literal_column, select, update
from sqlalchemy.dialects.postgresql import insert

from idp.records.account import AccountStatus, BlockedBy, Credential, Link, Person
from idp.store.people import IS_OWNER, PEOPLE, PERSON_COLUMNS, person_of
from idp.store.statement import Query, Write, insert_into
from idp.store.tables.account import account, customer_id, link, password, subject


def _credential_of(**row: Any) -> Credential:
    person = person_of(row)
    return Credential(person=person, **row)


def _person_of(**row: Any) -> Person:
    return person_of(row)


_CREDENTIAL = select(
    *PERSON_COLUMNS, password.c.encoded, password.c.pepper_id, password.c.changed_at
).select_from(PEOPLE.outerjoin(password, password.c.subject_id == subject.c.subject_id))
_PERSON = select(*PERSON_COLUMNS).select_from(PEOPLE)

# A deleted account keeps its rows, so that its names are never given again; by these names nobody finds it any more.
_EXISTS = account.c.status != literal_column(f"'{AccountStatus.DELETED.value}'")

CREDENTIAL_BY_CUSTOMER_ID: Query[Credential] = Query(
    _CREDENTIAL.where(account.c.customer_id == bindparam("customer_id"), _EXISTS, IS_OWNER),
    into=_credential_of,
)
CREDENTIAL_BY_EMAIL: Query[Credential] = Query(
    _CREDENTIAL.where(account.c.primary_email_key == bindparam("email_key"), IS_OWNER), into=_credential_of
)
CREDENTIAL_BY_SUBJECT: Query[Credential] = Query(
    _CREDENTIAL.where(subject.c.subject_id == bindparam("subject_id")), into=_credential_of
)

PERSON_BY_SUBJECT: Query[Person] = Query(
    _PERSON.where(subject.c.subject_id == bindparam("subject_id")), into=_person_of
)
PERSON_BY_SUB: Query[Person] = Query(
    _PERSON.where(subject.c.sub == bindparam("sub"), _EXISTS), into=_person_of
)
PERSON_BY_CUSTOMER_ID: Query[Person] = Query(
    _PERSON.where(account.c.customer_id == bindparam("customer_id"), _EXISTS, IS_OWNER), into=_person_of
)
PERSON_BY_EMAIL: Query[Person] = Query(
    _PERSON.where(account.c.primary_email_key == bindparam("email_key"), IS_OWNER), into=_person_of
)

PEOPLE_BY_BACKUP_EMAIL: Query[Person] = Query(
    _PERSON.where(
        account.c.backup_email_key == bindparam("email_key"),
        account.c.backup_email_verified == 1,
        IS_OWNER,
    )
    .order_by(account.c.account_id)
    .limit(10),
    into=_person_of,
)
"""One mailbox may back several accounts up."""

INSERT_CUSTOMER_ID = insert_into(customer_id, or_nothing=True)
"""With `expects=1`: an ID that was ever given is not given again."""

ISSUED_CUSTOMER_ID: Query[str] = Query(
    select(customer_id.c.customer_id).where(customer_id.c.customer_id == bindparam("of_id")),
    into=lambda **row: str(row["customer_id"]),
)

INSERT_ACCOUNT = insert_into(account, or_nothing=True)
"""With `expects=1`: touches no row if the address belongs to another account."""

INSERT_SUBJECT = insert_into(subject)

UPDATE_STATUS = Write(
    update(account)
    .where(account.c.account_id == bindparam("of_account"), account.c.status == bindparam("former"))
    .values(
        status=bindparam("status"),
        blocked_by=bindparam("by"),
        delete_at=None,
        disabled_at=bindparam("disabled_at", type_=BigInteger),
        updated_at=bindparam("now", type_=BigInteger),
    )
)
"""With `expects=1`: somebody else may have changed it meanwhile. `by` is empty for who is not blocked. A block ends the
plan to delete the account, which may be why it is blocked.
"""

LIFT_BLOCK = Write(
    update(account)
    .where(
        account.c.account_id == bindparam("of_account"),
        account.c.status == AccountStatus.DISABLED.value,
        account.c.blocked_by == BlockedBy.OWNER.value,
        account.c.disabled_at == bindparam("since", type_=BigInteger),
    )
    .values(
        status=AccountStatus.ACTIVE.value,
        blocked_by="",
        disabled_at=None,
        updated_at=bindparam("now", type_=BigInteger),
    )
)
"""With `expects=1`, beside the session of whoever proved enough: this very block, and only its owner's."""

KEEP_ADDRESS = Write(
    update(account)
    .where(
        account.c.account_id == bindparam("of_account"),
        account.c.primary_email_key == bindparam("of_key", type_=Text),
    )
    .values(primary_email_key=account.c.primary_email_key)
)
"""With `expects=1`: what was mailed to an address doesn't outlive it."""

GROUPS_OF_ACCOUNT: Query[str] = Query(
    select(account.c.member_of).where(account.c.account_id == bindparam("of_account")),
    into=lambda **row: str(row["member_of"]),
)
"""A JSON array."""

UPDATE_GROUPS = Write(
    update(account)
    .where(account.c.account_id == bindparam("of_account"), account.c.member_of == bindparam("former"))
    .values(member_of=bindparam("groups"), updated_at=bindparam("now", type_=BigInteger))
)
"""With `expects=1`: somebody else may have changed them meanwhile."""

ACTIVATE_INCOMPLETE = Write(
    update(account)
    .where(
        account.c.account_id == bindparam("of_account"),
        account.c.status == AccountStatus.INCOMPLETE.value,
    )
    .values(status=AccountStatus.ACTIVE.value, updated_at=bindparam("now", type_=BigInteger))
)

_taken = account.alias()
REPLACE_REFUSED_ADDRESS = Write(
    update(account)
    .where(
        account.c.account_id == bindparam("of_account"),
        account.c.primary_email_refused_at.is_not(None),
        ~exists().where(_taken.c.primary_email_key == bindparam("new_key", type_=Text)),
    )
    .values(
        primary_email=bindparam("new_email", type_=Text),
        primary_email_key=bindparam("new_key", type_=Text),
        primary_email_verified=1,
        primary_email_refused_at=None,
        updated_at=bindparam("now", type_=BigInteger),
    )
)
"""With `expects=1`: only while the mailbox refuses mail, and to an address that nobody has."""

FORGET_BACKUP = Write(
    update(account)
    .where(account.c.account_id == bindparam("of_account"))
    .values(backup_email=None, backup_email_key=None, backup_email_verified=0)
)
"""It became the primary address, from which it differs."""

_PUT_PASSWORD = insert(password).values({column.name: bindparam(column.name) for column in password.columns})
PUT_PASSWORD = Write(
    _PUT_PASSWORD.on_conflict_do_update(
        index_elements=[password.c.subject_id],
        set_={
            "encoded": _PUT_PASSWORD.excluded.encoded,
            "pepper_id": _PUT_PASSWORD.excluded.pepper_id,
            # Always later than the former one's, so that the time names the password.
            "changed_at": case(
                (
                    password.c.changed_at < _PUT_PASSWORD.excluded.changed_at,
                    _PUT_PASSWORD.excluded.changed_at,
                ),
                else_=password.c.changed_at + 1,
            ),
        },
    )
)
"""Sets or replaces. Takes every column."""

REHASH_PASSWORD = Write(
    update(password)
    .where(password.c.subject_id == bindparam("of_subject"), password.c.encoded == bindparam("former"))
    .values(encoded=bindparam("encoded", type_=Text), pepper_id=bindparam("pepper_id", type_=Text))
)
"""The same password under today's parameters; touches no row if it was changed meanwhile."""

# Beside a new session. It holds the row, so a password that changes in the same instant either comes first, and
# nothing is kept, or ends the session that was just made.
KEEP_PASSWORD = Write(
    update(password)
    .where(
        password.c.subject_id == bindparam("of_subject"),
        password.c.changed_at == bindparam("proven_password_at", type_=BigInteger),
    )
    .values(changed_at=password.c.changed_at)
)
"""With `expects=1`: a proof doesn't outlive the password that it is of."""

INSERT_LINK = insert_into(link)

LINK: Query[Link] = Query(select(link).where(link.c.link_id == bindparam("link_id")), into=Link)

REDEEM_LINK = Write(
    update(link)
    .where(
        link.c.link_id == bindparam("of_link"),
        link.c.redeemed_at.is_(None),
        link.c.expires_at > bindparam("now", type_=BigInteger),
    )
    .values(redeemed_at=bindparam("now", type_=BigInteger))
)
"""With `expects=1`: single use."""

REDEEM_LINK_IN = Write(
    update(link)
    .where(
        link.c.link_id == bindparam("of_link"),
        link.c.redeemed_at.is_(None),
        link.c.expires_at > bindparam("now", type_=BigInteger),
    )
    .values(redeemed_at=bindparam("now", type_=BigInteger), about=bindparam("now_about", type_=Text))
)
"""The same, and what is to be known of it afterwards."""

EXPIRE_LINKS = Write(
    update(link)
    .where(
        link.c.subject_id == bindparam("of_subject"),
        link.c.purpose == bindparam("of_purpose"),
        link.c.redeemed_at.is_(None),
    )
    .values(expires_at=bindparam("now", type_=BigInteger))
)
"""A new link ends the ones before it."""

EXPIRE_ASKED_LINKS = Write(
    update(link)
    .where(
        link.c.subject_id == bindparam("of_subject"),
        link.c.purpose == bindparam("of_purpose"),
        link.c.redeemed_at.is_(None),
        link.c.about.not_like('%"reported_by"%'),
    )
    .values(expires_at=bindparam("now", type_=BigInteger))
)
"""The same, but for those that a report led to: whoever asks for a link in somebody's name takes none of them away."""

LAST_REDEEMED_LINK: Query[Link] = Query(
    select(link)
    .where(
        link.c.subject_id == bindparam("of_subject"),
        link.c.purpose == bindparam("of_purpose"),
        link.c.redeemed_at >= bindparam("since", type_=BigInteger),
    )
    .order_by(link.c.redeemed_at.desc(), link.c.link_id.desc())
    .limit(1),
    into=Link,
)

REDEEMED_LINK: Query[str] = Query(
    select(link.c.link_id)
    .where(
        link.c.subject_id == bindparam("of_subject"),
        link.c.purpose == bindparam("of_purpose"),
        link.c.redeemed_at.is_not(None),
    )
    .limit(1),
    into=lambda *, link_id: str(link_id),
)
"""Whether a link of this purpose was used in the last month: pruning forgets it then."""

DEMO_ACCOUNTS: Query[str] = Query(
    select(account.c.customer_id).where(account.c.is_demo == 1).limit(1),
    into=lambda *, customer_id: str(customer_id),
)
