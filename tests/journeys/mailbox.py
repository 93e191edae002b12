"""The demo's mailbox, as a person reads it: by its JSON, once for each mail."""

import re
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.support.waiting import until

_CODE = re.compile(r"(?<!\d)\d{4} ?\d{4}(?!\d)")
_LINK = re.compile(r"https?://\S+/not-me/\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailed:
    code: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """`read` are the mails that a test has looked at: the next look is for another."""

    origin: str
    read: set[str] = field(default_factory=set)

    async def messages(self, to: str = "") -> list[dict[str, Any]]:
        """Everything that arrived, or what did for an address or a number, newest first."""
        async with httpx2.AsyncClient(trust_env=False) as client:
            answer = await client.get(f"{self.origin}/api/v1/messages", params={"to": to})
        found: list[dict[str, Any]] = answer.json()["messages"]
        return found

    async def forget(self) -> None:
        """What arrived until now is of no interest."""
        self.read.update(message["id"] for message in await self.messages())

    async def next(self, to: str, pattern: re.Pattern[str]) -> tuple[dict[str, Any], str]:
        """The newest unread mail whose text holds `pattern`, as soon as there is one, and what it holds."""

        async def look() -> tuple[dict[str, Any], str] | None:
            for message in await self.messages(to):
                found = pattern.search(message["text"])
                if found and message["id"] not in self.read:
                    self.read.add(message["id"])
                    return message, found[0]
            return None

        found = await until(look, what=f"a mail to {to}")
        assert found is not None
        return found

    async def code(self, to: str) -> str:
        """The code of the newest mail or text that has one."""
        return (await self.next(to, _CODE))[1]

    async def both(self, to: str) -> Mailed:
        """The code of a mail, and its link for whoever signed in to nothing."""
        mail, code = await self.next(to, _CODE)
        link = _LINK.search(mail["text"])
        assert link, mail["text"]
        return Mailed(code=code, link=link[0])

    async def not_me_link(self, to: str) -> str:
        """The link of the newest mail for whoever signed in to nothing."""
        return (await self.next(to, _LINK))[1]
