"""The registry of what we write: a template's words are in `templates/mail/`, what they need is here.

Each template also gets `brand`, `customer_id` and `name` (both empty to somebody without an account), which delivery
looks up. `samples` are contexts for previews and tests, one for each shape that the template can take.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from idp.events.changes import CHANGES

_AT = 1_800_000_000


class Channel(StrEnum):
    MAIL = "mail"
    SMS = "sms"


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


def _template(name: str, *samples: Mapping[str, Any], **more: Any) -> Template:
    return Template(name=name, fields=frozenset(samples[0]), samples=samples, **more)


_SEEN = {"browser": "Firefox, Linux", "place": "Lille, France", "at": _AT}
_NOT_ME = {"not_me_url": "https://login.example.com/not-me/0192f3a4-sample"}
_CHANGE = {**_SEEN, **_NOT_ME, "detail": ""}

TEMPLATES = (
    _template(
        "email-code",
        {"code": "1234 5678", "application": "Manager", "minutes": 10, **_SEEN, **_NOT_ME},
    ),
    _template("address-code", {"code": "1234 5678", "minutes": 10}),
    _template("new-sign-in", {"application": "Manager", **_SEEN, **_NOT_ME}),
    _template(
        "security-changed",
        {**_CHANGE, "what": "totp-added", "detail": "Alice’s phone"},
        {**_CHANGE, "what": "backup-code-used", "detail": "3"},
        {**_CHANGE, "what": "password-changed"},
        choices={"what": CHANGES},
    ),
    _template("sms-code", {"code": "1234 5678", "minutes": 10}, channel=Channel.SMS),
)
_BY_NAME = {template.name: template for template in TEMPLATES}


def template_named(name: str, channel: Channel) -> Template:
    """Raises KeyError."""
    template = _BY_NAME[name]
    if template.channel is not channel:
        raise KeyError(name)
    return template
