"""“If I lose …”: what would get the owner in today, worked out from what the account really has."""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.portal.factors import OwnDevice
from idp.records.factor import Standing
from idp.web.locale import Message

_PASSKEY = Message("Sign in with %(names)s: no password is needed.")
_SUPPORT = Message("Call our support team. They make sure that it’s you, which can take some days.")
_NO_MAILED_CODES = Message("You sign in with your password and your device. We mail you no codes.")
_KNOWN_BROWSER = Message("Use a browser that you have signed in with before: it usually needs no code.")
_NOT_ASKED = Message("Your sign-in asks for no device. If it is risky, we mail you a code.")
_BACKUP_CODE = Message("Use one of your backup codes. You have %(left)s left.")
_OTHERS = Message("Use another of your devices: %(names)s.")
_REMOVE = Message("Once you are in, remove the lost device here.")


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
        password=(*by_passkey, _SUPPORT),
        mailbox=(_NO_MAILED_CODES,) if standing.has_two_factor else (*by_passkey, _KNOWN_BROWSER, _SUPPORT),
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
    return (*ways, _REMOVE, _SUPPORT) if ways else (_SUPPORT,)


def _listed(names: Sequence[str]) -> str:
    """Names that their owner gave, each kept from turning the direction of the sentence."""
    return ", ".join(f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}" for name in names)
