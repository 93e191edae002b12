"""The words of the changes that the mail `security-changed` tells about."""

from collections.abc import Mapping
from dataclasses import dataclass

from idp.web.locale import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`title` is the mail's subject and first line. `label` says what the change's `detail` is, where it has one."""

    title: Message
    label: Message | None = None


_DEVICE = Message("Device")
_SERVICE = Message("Service account")
_LEFT = Message("Codes left")
_OTHER = Message("Customer ID")

CHANGES: Mapping[str, Change] = {
    "totp-added": Change(title=Message("An authenticator app was added"), label=_DEVICE),
    "totp-removed": Change(title=Message("An authenticator app was removed"), label=_DEVICE),
    "key-added": Change(title=Message("A passkey or security key was added"), label=_DEVICE),
    "key-removed": Change(title=Message("A passkey or security key was removed"), label=_DEVICE),
    "phone-added": Change(title=Message("A phone for codes was added"), label=_DEVICE),
    "phone-removed": Change(title=Message("A phone for codes was removed"), label=_DEVICE),
    "two-factor-on": Change(title=Message("Two-factor authentication was turned on")),
    "two-factor-off": Change(title=Message("Two-factor authentication was turned off")),
    "backup-codes-made": Change(title=Message("New backup codes were made")),
    "backup-code-used": Change(title=Message("A backup code was used"), label=_LEFT),
    "device-copied": Change(
        title=Message("A browser that you use may have been copied"), label=Message("Usual browser")
    ),
    "key-copied": Change(title=Message("A security key may have been copied"), label=_DEVICE),
    "password-changed": Change(title=Message("Your password was changed")),
    "address-changed": Change(title=Message("Your e-mail address was changed")),
    "backup-address-added": Change(title=Message("A backup e-mail address was added")),
    "backup-address-changed": Change(title=Message("Your backup e-mail address was changed")),
    "backup-address-removed": Change(title=Message("Your backup e-mail address was removed")),
    "address-change-cancelled": Change(title=Message("A change of your e-mail address was cancelled")),
    "address-not-changed": Change(title=Message("Your e-mail address could not be changed")),
    "account-unblocked": Change(title=Message("Your account was unblocked")),
    "factors-removed": Change(title=Message("Support removed your second factors")),
    "sessions-ended": Change(title=Message("Support signed you out everywhere")),
    "deletion-cancelled": Change(title=Message("The deletion of your account was cancelled")),
    "delegation-offered": Change(title=Message("You asked another account to act for yours"), label=_OTHER),
    "delegation-accepted": Change(title=Message("You may act for another account now"), label=_OTHER),
    "delegation-ended": Change(title=Message("A permission to act for an account was ended"), label=_OTHER),
    "service-account-made": Change(title=Message("A service account was made"), label=_SERVICE),
    "service-account-changed": Change(title=Message("A service account was changed"), label=_SERVICE),
    "service-account-secret": Change(title=Message("A service account got a new secret"), label=_SERVICE),
    "tries-failed": Change(title=Message("Somebody who knows your password tried to sign in, and failed")),
}
