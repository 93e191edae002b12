"""What a template of a mail or a text is: the shape of its context, and samples of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

AT = 1_800_000_000
"""The instant of samples."""

SEEN = {"browser": "Firefox, Linux", "place": "Lille, France", "at": AT}
NOT_ME = {"not_me_url": "https://login.example.com/not-me/0192f3a4-sample"}


class Channel(StrEnum):
    MAIL = "mail"
    SMS = "sms"
    LOGOUT = "logout"
    """Word to an application that a session ended; it has no words of ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """`fields` are what a context holds: no more, or a secret would be sealed for nothing; no less. `choices` are the
    values of those that choose between words.
    """

    name: str
    channel: Channel = Channel.MAIL
    fields: frozenset[str]
    samples: tuple[Mapping[str, Any], ...]
    choices: Mapping[str, Collection[str]] = field(default_factory=dict)

    def check(self, context: Mapping[str, Any]) -> None:
        """Raises ValueError for a context of another shape."""
        if context.keys() != self.fields:
            difference = ", ".join(sorted(context.keys() ^ self.fields))
            raise ValueError(f"the context of {self.name} lacks or has too much: {difference}")
        for name, choices in self.choices.items():
            if context[name] not in choices:
                raise ValueError(f"{self.name} has no words for {context[name]}")


def template(name: str, *samples: Mapping[str, Any], **more: Any) -> Template:
    return Template(name=name, fields=frozenset(samples[0]), samples=samples, **more)
