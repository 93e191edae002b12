"""Other people's web servers, as a test wrote them down."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from idp.records.ports import Fetched, NotFetched


@dataclass(kw_only=True)
class MemoryOutside:
    """`documents` by address, `answers` the status of a post by address (200 unless said); `fetched` and `posted` are
    what was asked, in order.
    """

    documents: dict[str, bytes] = field(default_factory=dict)
    max_age: int | None = None
    answers: dict[str, int] = field(default_factory=dict)
    fetched: list[str] = field(default_factory=list)
    posted: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    async def fetch(self, url: str, *, most_bytes: int) -> Fetched:
        self.fetched.append(url)
        content = self.documents.get(url)
        if content is None or len(content) > most_bytes:
            raise NotFetched("it is not there, or too large")
        return Fetched(content=content, media_type="application/json", max_age=self.max_age)

    async def post(self, url: str, form: Mapping[str, str]) -> int:
        self.posted.append((url, dict(form)))
        return self.answers.get(url, 200)
