"""Pages as tests read them."""

import re
from html.parser import HTMLParser
from typing import Any

from starlette.requests import Request

from idp.config.settings import Settings
from idp.web.pages import Pages
from tests.web.samples import SETTINGS, FixedEntropy


class Markup(HTMLParser):
    """The start tags of a page, in order, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)
        self.text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, *names: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def page_with(template: str, *, settings: Settings = SETTINGS, **context: Any) -> str:
    """`template` rendered once with `context`."""
    request = Request({"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []})
    body = Pages(settings, entropy=FixedEntropy()).render(request, template, **context).body
    return bytes(body).decode()
