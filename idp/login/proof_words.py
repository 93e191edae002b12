"""What people read for the ways in which somebody proved who they are: in their history, and at the support desk."""

from collections.abc import Mapping

from idp.records.factor import Way
from idp.spec.assurance import Amr, Proof
from idp.web.locale import Message

KEY = Message("Passkey or security key")
_PASSWORD = Message("Password")
_APP = Message("Authenticator app")
_TEXT = Message("Code by SMS")
_BACKUP = Message("Backup code")
_MAILED = Message("Code by e-mail")
_WORDS: Mapping[str, Message] = {
    **dict.fromkeys((Amr.PASSWORD, Proof.PASSWORD, "password"), _PASSWORD),
    **dict.fromkeys((Amr.ONE_TIME_PASSWORD, Proof.TOTP, Way.TOTP), _APP),
    **dict.fromkeys((Amr.SMS, Proof.SMS, Way.SMS), _TEXT),
    **dict.fromkeys((Amr.RECOVERY, Proof.BACKUP_CODE, Way.BACKUP_CODE), _BACKUP),
    **dict.fromkeys((Amr.EMAIL, Proof.EMAIL_CODE), _MAILED),
    Proof.MAILBOXES: Message("Codes to both e-mail addresses"),
    **dict.fromkeys(
        (
            Amr.HARDWARE_KEY,
            Amr.SOFTWARE_KEY,
            Proof.SECURITY_KEY,
            Proof.SYNCED_KEY,
            Proof.PASSKEY,
            Proof.SYNCED_PASSKEY,
            Way.SECURITY_KEY,
        ),
        KEY,
    ),
}
SILENT = frozenset({Amr.USER_PRESENCE, Amr.MULTIPLE_FACTORS, Proof.NEW_PASSWORD})
"""What only describes the others has no word."""


def proof_words(codes: str) -> list[Message]:
    """How it was proven, or tried, in the order of `codes`; each word once. `codes` are values of `amr`, proofs or
    ways, space separated, as events keep them.
    """
    words: list[Message] = []
    for code in codes.split():
        if (word := _WORDS.get(code)) is not None and word not in words:
            words.append(word)
    return words
