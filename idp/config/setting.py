"""One setting: a dataclass field that carries the sentence which documents it."""

from dataclasses import field
from typing import Any


def setting(doc: str, *, within: tuple[int, int] | None = None, example: str = "", **kwargs: Any) -> Any:
    """A dataclass field that carries the sentence which documents it.

    `within` are a number's inclusive bounds; `example` stands in `config.example.toml` where there is no default.
    """
    return field(metadata={"doc": doc, "within": within, "example": example}, **kwargs)
