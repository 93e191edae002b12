"""Choosing a password, and what it ends.

No composition rules, no expiry (NIST SP 800-63B-4 §3.1.1.2): a length, and no password that mostly repeats what
everybody knows of its owner. Lengths are counted in code points of the NFKC form, which is what is hashed.
"""

import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from idp.account.ending import end_everything
from idp.events.audit import Audit
from idp.records.account import Person
from idp.records.event import Event, EventType, Occasion
from idp.records.ports import PasswordHasher
from idp.signing.secrets import Purpose, Secrets
from idp.spec.password_text import password_text
from idp.store.accounts import PUT_PASSWORD
from idp.store.database import Database
from idp.store.devices import END_TRUSTS
from idp.store.statement import Effect

LONGEST_PASSWORD = 4_096
# What must remain of a password without the words that everybody knows of its owner.
_LEAST_OWN = 8
_SHORTEST_WORD = 3
_NAMES = ("name", "given_name", "middle_name", "family_name", "nickname", "organization")


class PasswordProblem(StrEnum):
    """Why a password is refused: pages have a sentence for each."""

    EMPTY = "empty"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    ABOUT_YOU = "about_you"


def password_problem(
    password: str, *, minimum_length: int, context: Iterable[str] = ()
) -> PasswordProblem | None:
    """What is wrong with a password. `context` are texts that others connect with its owner (`context_of`)."""
    # Before NFKC, which can make a text eighteen times longer.
    if len(password) > LONGEST_PASSWORD:
        return PasswordProblem.TOO_LONG
    text = password_text(password)
    if not text:
        return PasswordProblem.EMPTY
    if len(text) > LONGEST_PASSWORD:
        return PasswordProblem.TOO_LONG
    if len(text) < minimum_length:
        return PasswordProblem.TOO_SHORT
    rest = own_part(text, context)
    return PasswordProblem.ABOUT_YOU if rest is not None and len(rest) < _LEAST_OWN else None


def context_of(person: Person, *, brand: str) -> list[str]:
    """What others connect with a person: names, addresses, customer ID, and whose service it is."""
    names = [str(person.profile.get(name) or "") for name in _NAMES]
    return [brand, person.customer_id, person.primary_email or "", person.backup_email or "", *names]


async def set_password(
    db: Database,
    audit: Audit,
    occasion: Occasion,
    person: Person,
    password: str,
    *,
    secrets: Secrets,
    hasher: PasswordHasher,
    also: Iterable[Effect] = (),
    ends: Iterable[Effect] | None = None,
) -> bool:
    """Set or replace the password, ending every session, everything issued, offline or not, and every "don't ask for my
    second factor here"; or only what `ends` does.

    False, with nothing changed, if one of the effects `also` met an unexpected row count. The caller has checked the
    password. Raises `PoolBusy`.
    """
    pepper = secrets.newest(Purpose.PEPPER)
    encoded = await hasher.hash(password, pepper=pepper.value)
    event = Event(type=EventType.PASSWORD_SET, actor=occasion.actor, subject_id=person.subject_id)
    everything = [
        *end_everything(person.subject_id, now=occasion.now, reason="password_changed"),
        END_TRUSTS.effect(of_subject=person.subject_id),
    ]
    return await db.apply(
        [
            *also,
            PUT_PASSWORD.effect(
                subject_id=person.subject_id,
                encoded=encoded,
                pepper_id=pepper.secret_id,
                changed_at=occasion.now,
            ),
            *(everything if ends is None else ends),
            audit.effect(event, occasion.circumstances, now=occasion.now),
        ]
    )


def own_part(password: str, context: Iterable[str]) -> str | None:
    """What remains of a password, in lower case, without the words that everybody knows of its owner; None where it has
    none of them.
    """
    whole = rest = _bare(password)
    for word in sorted(known_words(context), key=len, reverse=True):
        rest = rest.replace(word, "")
    return rest if rest != whole else None


def known_words(context: Iterable[str]) -> set[str]:
    """The words of `context`, in lower case, each by itself, and those of a text put together too."""
    return {
        word
        for item in map(_bare, context)
        for word in (item, "".join(_words(item)), *_words(item))
        if len(word) >= _SHORTEST_WORD
    }


def _bare(text: str) -> str:
    """Without capitals, accents and other forms of a letter: who is called Zoë types zoe as well."""
    decomposed = unicodedata.normalize("NFKD", password_text(text).casefold())
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    # Composed again, so that a Korean syllable counts as one letter.
    return unicodedata.normalize("NFC", bare)


def _words(item: str) -> list[str]:
    letters = [character if unicodedata.category(character)[0] in "LN" else " " for character in item]
    return "".join(letters).split()
