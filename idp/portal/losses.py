"""“If I lose …”: what would get the owner in today, worked out from what the account really has."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.portal.factors import OwnDevice
from idp.records.factor import Standing
from idp.web.locale import Message

_PASSKEY = Message("Sign in with %(names)s: no password is needed.")
_LINK = Message(
    "Choose “Forgotten your customer ID or password?” on the sign-in page. We mail a link for a new password to your"
    " primary address."
)
_NO_MAILED_CODES = Message("You sign in with your password and your device. We mail you no codes.")
_KNOWN_BROWSER = Message("Use a browser that you have signed in with before: it usually needs no code.")
_NEW_PRIMARY = Message("Once you are in, choose another primary e-mail address under “Profile”.")
_BY_BACKUP = Message(
    "Ask our support team to make your backup address the primary one. They check it by a code that we mail there."
)
_BY_DOCUMENTS = Message(
    "Fill in our online form, with documents that show whose account it is. That takes a few days. With a backup"
    " address it would be quicker."
)
_NOT_ASKED = Message("Your sign-in asks for no device. If it is risky, we mail you a code.")
_BACKUP_CODE = Message("Use one of your backup codes. You have %(left)s left.")
_OTHERS = Message("Use another of your devices: %(names)s.")
_REMOVE = Message("Once you are in, remove the lost device here.")
_BY_SUPPORT = Message(
    "Ask our support team to remove it. They make sure that it’s you, tell every address of yours, and wait before"
    " anything changes."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Losses:
    """What works after each loss, the best first."""

    password: tuple[Message, ...]
    mailbox: tuple[Message, ...]
    device: tuple[Message, ...]


def losses(standing: Standing, devices: Sequence[OwnDevice]) -> Losses:
    """`devices` are those that can be asked for."""
    passkeys = [device.name for device in devices if device.signs_in]
    by_passkey = (Message(_PASSKEY.msgid, {"names": _listed(passkeys)}),) if passkeys else ()
    return Losses(
        password=(*by_passkey, _LINK),
        mailbox=(
            *((_NO_MAILED_CODES,) if standing.has_two_factor else (*by_passkey, _KNOWN_BROWSER)),
            _NEW_PRIMARY,
            _BY_BACKUP if standing.has_backup_email else _BY_DOCUMENTS,
        ),
        device=_without_device(standing, [device.name for device in devices])
        if standing.has_two_factor
        else (_NOT_ASKED,),
    )


def _without_device(standing: Standing, names: Sequence[str]) -> tuple[Message, ...]:
    """In the order in which they are worth trying."""
    ways = []
    if standing.backup_codes:
        ways.append(Message(_BACKUP_CODE.msgid, {"left": standing.backup_codes}))
    if len(names) > 1:
        ways.append(Message(_OTHERS.msgid, {"names": _listed(names)}))
    return (*ways, _REMOVE, _BY_SUPPORT) if ways else (_BY_SUPPORT,)


def _listed(names: Sequence[str]) -> str:
    """Names that their owner gave, each kept from turning the direction of the sentence."""
    return ", ".join(f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}" for name in names)
