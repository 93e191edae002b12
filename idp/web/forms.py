"""Parameters of a query or of an urlencoded body, read strictly and once.

The token endpoint and the pages share it. Repeats are kept, so that OAuth endpoints can refuse them
(RFC 6749 §3.1 and §3.2). No multipart: no form of ours uploads a file.
"""

from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

MOST_FIELDS = 100
FORM_TYPE = "application/x-www-form-urlencoded"


class MalformedForm(HTTPException):
    """The parameters can't be read. `detail` says why, without repeating what was sent.

    400, or 415 for another content type than ours. OAuth endpoints answer either with 400 `invalid_request`.
    """


class Parameters(dict[str, str]):
    """What was sent, by name. A name without a value counts as left out (RFC 6749 §3.1); of repeats the first holds."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: list[tuple[str, str]]) -> None:
        super().__init__({name: value for name, value in reversed(pairs) if value})
        self.pairs = tuple(pairs)

    def all(self, name: str) -> list[str]:
        """Every value under `name` in the order they were sent, blanks left out (RFC 8707 `resource`)."""
        return [value for other, value in self.pairs if other == name and value]

    def repeated(self, *, allowed: frozenset[str] = frozenset()) -> str | None:
        """The first name that was sent twice, blank or not, and may not be. None if there is none.

        What has no name is no parameter, and hides no other that is repeated.
        """
        seen: set[str] = set()
        for name, _ in self.pairs:
            if name and name in seen and name not in allowed:
                return name
            seen.add(name)
        return None


async def read_parameters(request: Request) -> Parameters:
    """The body's parameters. Raises MalformedForm, and what the edge's limits raise."""
    body = await _body(request)
    if not body:
        return _NONE
    media_type, _, options = request.headers.get("content-type", "").partition(";")
    if media_type.strip().lower() != FORM_TYPE:
        raise MalformedForm(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"The body must be {FORM_TYPE}.")
    charset = options.strip().lower().replace('"', "")
    if charset.startswith("charset=") and charset != "charset=utf-8":
        raise MalformedForm(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body must be in UTF-8.")
    return parse(body)


async def _body(request: Request) -> bytes:
    """What `request.body` reads, without its generator. It is read once: nothing keeps it."""
    body: bytes = b""
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if not message.get("more_body", False):
            return body


def query_parameters(request: Request) -> Parameters:
    """The query's parameters. Raises MalformedForm."""
    return parse(request.scope["query_string"])


def parse(encoded: bytes) -> Parameters:
    """Raises MalformedForm for too many fields, NUL (no database of ours stores it) and what isn't UTF-8."""
    if not encoded:
        return _NONE
    if encoded.count(b"&") >= MOST_FIELDS:
        raise MalformedForm(HTTPStatus.BAD_REQUEST, f"There are more than {MOST_FIELDS} parameters.")
    if b"%00" in encoded or b"\0" in encoded:
        raise MalformedForm(HTTPStatus.BAD_REQUEST, "A parameter holds the character NUL.")
    try:
        return Parameters(parse_qsl(encoded.decode(), keep_blank_values=True, errors="strict"))
    except UnicodeDecodeError:
        raise MalformedForm(HTTPStatus.BAD_REQUEST, "A parameter is not UTF-8.") from None


_NONE = Parameters([])
