"""Authentication context and methods: OpenID Connect Core §2 (`acr`, `amr`), RFC 8176.

A sign-in collects proofs; `amr` and `acr` derive from them here and nowhere else, and never overstate. A mailed code is
a proof without a rung: it says `email`, and adds nothing to `acr` (NIST SP 800-63B-4 §3.1.3.1: e-mail is no
out-of-band authenticator). `docs/assurance.md` is generated from this module.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Amr(StrEnum):
    """Values of the IANA registry (RFC 8176), and two of ours: `email` and `recovery`."""

    PASSWORD = "pwd"
    ONE_TIME_PASSWORD = "otp"
    SMS = "sms"
    HARDWARE_KEY = "hwk"
    SOFTWARE_KEY = "swk"
    USER_PRESENCE = "user"
    MULTIPLE_FACTORS = "mfa"
    EMAIL = "email"
    """A code mailed to the primary address. Ours; no factor."""
    RECOVERY = "recovery"
    """A backup code. Ours."""


class Proof(StrEnum):
    """What a person proved in an interaction. Kept there as it is written here."""

    PASSWORD = "pwd"
    EMAIL_CODE = "email-code"
    """Or the link to a new password, which the same mailbox got a moment ago."""
    MAILBOXES = "mailboxes"
    """A code to the primary and one to the backup address, which together unblock an account."""
    NEW_PASSWORD = "new-password"
    """The password was chosen by a mailed link in this browser, lately. No method by itself."""
    TOTP = "totp"
    SMS = "sms"
    BACKUP_CODE = "backup-code"
    SECURITY_KEY = "security-key"
    """A WebAuthn signature without user verification: possession alone."""
    SYNCED_KEY = "synced-key"
    """The same by a key that may be copied between its owner's devices."""
    PASSKEY = "passkey"
    """A WebAuthn signature with user verification, by a key that stays on its device: two factors by itself."""
    SYNCED_PASSKEY = "synced-passkey"
    """The same by a key that may be copied."""


class Acr(StrEnum):
    """Rungs, each above the one before.

    `0` is no confidence (ISO/IEC 29115, as in Core §2: a long-lived cookie); `1` one factor, freshly proven; `2` two
    factors; `3` two factors of which one can't be phished.
    """

    NONE = "0"
    SINGLE_FACTOR = "1"
    TWO_FACTORS = "2"
    PHISHING_RESISTANT = "3"


ACR_VALUES_SUPPORTED = (Acr.SINGLE_FACTOR.value, Acr.TWO_FACTORS.value, Acr.PHISHING_RESISTANT.value)

_METHODS: Mapping[Proof, tuple[Amr, ...]] = {
    Proof.PASSWORD: (Amr.PASSWORD,),
    Proof.EMAIL_CODE: (Amr.EMAIL,),
    Proof.MAILBOXES: (Amr.EMAIL,),
    Proof.NEW_PASSWORD: (),
    Proof.TOTP: (Amr.ONE_TIME_PASSWORD,),
    Proof.SMS: (Amr.SMS,),
    Proof.BACKUP_CODE: (Amr.RECOVERY,),
    Proof.SECURITY_KEY: (Amr.HARDWARE_KEY, Amr.USER_PRESENCE),
    Proof.SYNCED_KEY: (Amr.SOFTWARE_KEY, Amr.USER_PRESENCE),
    Proof.PASSKEY: (Amr.HARDWARE_KEY, Amr.USER_PRESENCE, Amr.MULTIPLE_FACTORS),
    Proof.SYNCED_PASSKEY: (Amr.SOFTWARE_KEY, Amr.USER_PRESENCE, Amr.MULTIPLE_FACTORS),
}
_POSSESSIONS = frozenset({Amr.ONE_TIME_PASSWORD, Amr.SMS, Amr.HARDWARE_KEY, Amr.SOFTWARE_KEY, Amr.RECOVERY})
_KEYS = frozenset({Amr.HARDWARE_KEY, Amr.SOFTWARE_KEY})

SECOND_FACTORS = frozenset(
    {
        Proof.TOTP,
        Proof.SMS,
        Proof.BACKUP_CODE,
        Proof.SECURITY_KEY,
        Proof.SYNCED_KEY,
        Proof.PASSKEY,
        Proof.SYNCED_PASSKEY,
    }
)
"""Proofs of something that the customer set up. A mailed code is none."""

WHOLE_SIGN_INS = frozenset({Proof.PASSKEY, Proof.SYNCED_PASSKEY})
"""Proofs that are two factors by themselves: no password is needed beside one."""


def amr_of(proofs: Iterable[str], *, before: Iterable[str] = ()) -> tuple[str, ...]:
    """The `amr` of proofs, in their order. `before` is that of a session which they raise."""
    methods = [*before, *(method for proof in proofs for method in _METHODS[Proof(proof)])]
    if Amr.PASSWORD in methods and _POSSESSIONS & set(methods):
        methods.append(Amr.MULTIPLE_FACTORS)
    # `mfa` says something about the others: it comes last.
    ordered = sorted(dict.fromkeys(map(str, methods)), key=lambda method: method == Amr.MULTIPLE_FACTORS)
    return tuple(ordered)


def acr_of(amr: Iterable[str]) -> Acr:
    """The rung that a sign-in with these methods reached."""
    methods = frozenset(amr)
    if Amr.MULTIPLE_FACTORS in methods:
        return Acr.PHISHING_RESISTANT if _KEYS & methods else Acr.TWO_FACTORS
    return Acr.SINGLE_FACTOR if Amr.PASSWORD in methods else Acr.NONE


def reaches(acr: str, minimum: str) -> bool:
    """Whether a rung is at least `minimum`; an empty minimum asks for nothing."""
    return not minimum or acr >= minimum
