"""Domains on which somebody published a text, as a test wrote it down."""

from dataclasses import dataclass, field

from idp.records.ports import ProofFound


@dataclass(kw_only=True)
class MemoryProofs:
    """`published` are the tokens by domain; `asked` are the domains that were looked at."""

    published: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def find(self, domain: str, token: str) -> ProofFound | None:
        self.asked.append(domain)
        return ProofFound.DNS if self.published.get(domain) == token else None
