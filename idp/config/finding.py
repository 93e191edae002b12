"""What a rule of `safety.py` says about settings, before it is known where they were written."""

from dataclasses import dataclass

from idp.config.positions import KeyPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """`path` is the key to change. `because` are the other keys that the rule looked at."""

    path: KeyPath
    message: str
    fix: str
    because: tuple[KeyPath, ...] = ()
