"""Authenticator apps: TOTP, RFC 6238, with SHA-1, six digits and 30 seconds, which is what every app can do.

A code is compared with the steps around the current one (§5.2), and a step is accepted once ever (S44). Comparing is
pure; spending a try before, and redeeming the step after, is whoever asks for the code's business.
"""

import hmac
import unicodedata
from base64 import b32encode
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

import pyotp

from idp.records.factor import Totp
from idp.records.ports import Entropy
from idp.signing.sealing import RootKeys, Sealed
from idp.store.seals import TOTPS

STEP_SECONDS = 30
_SECRET_BYTES = 20  # RFC 4226 §4, R6: as long as the output of SHA-1.
_DIGITS = 6
_WINDOW = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class StepMatch:
    """`step` is the step whose code was given and that may be redeemed now, or None. `is_used`: the code is right, but
    its step was accepted before; the app shows the next one in `wait_seconds`.
    """

    step: int | None
    is_used: bool = False
    wait_seconds: int = 0


def matching_step(secret: str, code: str, *, now: int, last_step: int) -> StepMatch:
    """What a code proves. `secret` is base32, `last_step` the last step that was accepted (-1 before any)."""
    given = canonical_code(code)
    totp = pyotp.TOTP(secret, digits=_DIGITS, interval=STEP_SECONDS)
    current = now // STEP_SECONDS
    near = range(current - _WINDOW, current + _WINDOW + 1)
    matching = [step for step in near if step >= 0 and _is_code(totp, step, given)]
    fresh = [step for step in matching if step > last_step]
    if fresh:
        return StepMatch(step=fresh[0])
    return StepMatch(step=None, is_used=bool(matching), wait_seconds=STEP_SECONDS - now % STEP_SECONDS)


def canonical_code(text: str) -> str:
    """A code as it is compared: apps show "123 456", keyboards of other scripts have digits of their own."""
    return "".join(str(unicodedata.decimal(letter, letter)) for letter in text[:64] if letter.isalnum())


def looks_like_totp(text: str) -> bool:
    """Whether a text may be such a code: pages have one field for it and for backup codes."""
    code = canonical_code(text)
    return len(code) == _DIGITS and code.isdecimal()


def new_secret(entropy: Entropy) -> str:
    """A new shared secret, in base32 (RFC 4648 §6) without padding."""
    return b32encode(entropy.token_bytes(_SECRET_BYTES)).decode()


def seal_secret(root_keys: RootKeys, secret: str, *, totp_id: str) -> Sealed:
    """The secret as it is stored: readable for this row alone (S45)."""
    return root_keys.seal(secret.encode(), binding=TOTPS.binding(totp_id))


def open_secret(root_keys: RootKeys, totp: Totp) -> str:
    """The secret of an app. Raises `UnknownRootKey`, `SealBroken`."""
    return root_keys.open(
        totp.sealed, root_key_id=totp.root_key_id, binding=TOTPS.binding(totp.totp_id)
    ).decode()


def otpauth_uri(secret: str, *, issuer: str, account: str) -> str:
    """What the QR code holds, and what a phone opens in its app. Both names are shown there beside the code."""
    # A colon separates the two in the label, so neither may hold one.
    label = f"{quote(_plain(issuer), safe='')}:{quote(_plain(account), safe='')}"
    parameters = {"secret": secret, "issuer": _plain(issuer), "digits": _DIGITS, "period": STEP_SECONDS}
    # Some apps read "+" as it stands, so spaces are %20.
    return f"otpauth://totp/{label}?{urlencode(parameters, quote_via=quote)}"


def grouped(secret: str) -> str:
    """A secret as people type it."""
    return " ".join(_in_fours(secret))


def _in_fours(text: str) -> Iterable[str]:
    return (text[at : at + 4] for at in range(0, len(text), 4))


def _is_code(totp: pyotp.TOTP, step: int, given: str) -> bool:
    return hmac.compare_digest(totp.generate_otp(step).encode(), given.encode())


def _plain(name: str) -> str:
    return name.replace(":", " ").strip()
