"""The settings of device authorization (RFC 8628)."""

from dataclasses import dataclass

from idp.config.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceAuthorization:
    """`docs/devices.md` explains it."""

    lifetime_seconds: int = setting(
        "How long a device waits for a person's approval: its user code is as short as it is, so not for long.",
        within=(60, 1_800),
        default=600,
    )
    interval_seconds: int = setting(
        "How long a device waits before it asks again whether it was approved.", within=(1, 60), default=5
    )
