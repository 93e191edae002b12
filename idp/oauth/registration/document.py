"""The JSON that registers a client, read as from an enemy. RFC 7591 §3.1."""

import json
from typing import Any

from starlette.requests import ClientDisconnect, Request

from idp.spec.errors import InvalidClientMetadata

_DEEPEST, _MOST_VALUES = 8, 2_000


async def read_document(request: Request) -> dict[str, Any]:
    """The members of the body. Raises InvalidClientMetadata, and what the edge's limits raise."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise InvalidClientMetadata("the body must be application/json")
    return parse(await _body(request))


def parse(body: bytes) -> dict[str, Any]:
    """Raises InvalidClientMetadata for what is no JSON object, has a member twice, or is too deep or too large."""
    try:
        document = json.loads(body.decode(), object_pairs_hook=_unrepeated, parse_constant=_refuse)
    except (ValueError, RecursionError):
        raise InvalidClientMetadata("the body is not JSON in UTF-8, or has a member twice") from None
    if not isinstance(document, dict):
        raise InvalidClientMetadata("the body is not a JSON object")
    _check_size(document)
    return document


def _check_size(document: object) -> None:
    level: list[object] = [document]
    seen = 0
    for _ in range(_DEEPEST):
        seen += len(level)
        level = [inner for value in level for inner in _inside(value)]
        if not level or seen > _MOST_VALUES:
            break
    if level or seen > _MOST_VALUES:
        raise InvalidClientMetadata("the body is nested too deeply, or holds too much")


def _inside(value: object) -> list[object]:
    if isinstance(value, dict):
        return [*value.values()]
    return value if isinstance(value, list) else []


def _unrepeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) < len(pairs):
        raise ValueError("a member is repeated")
    return dict(pairs)


def _refuse(constant: str) -> None:
    # RFC 8259 §6 has no NaN and no infinity, though Python reads them.
    raise ValueError(constant)


async def _body(request: Request) -> bytes:
    try:
        return await request.body()
    except ClientDisconnect:
        raise InvalidClientMetadata("the body ended early") from None
