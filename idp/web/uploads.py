"""Files that people send: multipart/form-data (RFC 7578), read as it arrives and never beyond its limits.

Few addresses take any, and only they may carry more than a form: `web/edge.py` and `web/protocol.py` ask `takes_files`.
Of what a browser says about a file nothing is kept: neither its name nor its type. What it is, its content says.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.requests import ClientDisconnect, Request

from idp.web.file_room import Holding
from idp.web.forms import MOST_FIELDS, Parameters

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

UPLOAD_SECONDS = 300
"""How long a body with a file may take: a picture, from a phone."""

_PATHS = re.compile(r"/(?:recovery/[0-9a-f]{32}|case/[A-Za-z0-9_-]{64})/upload")
_ROOM_FOR_FIELDS = 65_536
_LONGEST_FIELD = 4_096
_LONGEST_HEADER = 4_096
_MOST_HEADERS = 8


def takes_files(method: str, path: str) -> bool:
    """Whether a request may carry a file."""
    return method == "POST" and _PATHS.fullmatch(path) is not None


def most_body_bytes(most_file_bytes: int) -> int:
    """The largest body with a file of this size."""
    return most_file_bytes + _ROOM_FOR_FIELDS


class UploadProblem(StrEnum):
    """What is wrong with a file before anybody looks into it."""

    MISSING = "missing"
    EMPTY = "empty"
    SEVERAL = "several"
    TOO_LARGE = "too-large"
    NO_ROOM = "no-room"
    """Too much arrives at once: it may come again."""
    UNREADABLE = "unreadable"
    """The body is no form, or it was cut off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """The fields, and the only file or what is wrong with it. Fields in front of a problem are there even so."""

    fields: Parameters
    content: bytes = field(repr=False)
    problem: UploadProblem | None


async def read_upload(request: Request, *, most_bytes: int, holding: Holding) -> Upload:
    """A form's fields and its one file of at most `most_bytes`, for which there is room as long as `holding` lasts.
    Never raises for what was sent: a page shall say what is wrong, and lose nothing. The body is read to its end, so
    that a browser gets to see that page.
    """
    reading = _Reading(most_bytes, holding)
    parser = _parser(request, reading)
    arrived, is_readable = 0, parser is not None
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        arrived += len(chunk)
        if is_readable and parser is not None and arrived <= most_body_bytes(most_bytes):
            is_readable = _fed(parser, chunk)
        if not message.get("more_body", False):
            break
    if arrived > most_body_bytes(most_bytes):
        reading.problems.add(UploadProblem.TOO_LARGE)
    if not is_readable or not (reading.is_complete or reading.problems):
        reading.problems.add(UploadProblem.UNREADABLE)
    return reading.upload()


def _parser(request: Request, reading: "_Reading") -> MultipartParser | None:
    """None for what is no such form."""
    media_type, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if media_type.lower() != b"multipart/form-data" or not 0 < len(boundary) <= 70:  # RFC 2046 §5.1.1.
        return None
    return MultipartParser(boundary, reading.callbacks())


def _fed(parser: MultipartParser, chunk: bytes) -> bool:
    try:
        parser.write(chunk)
    except (FormParserError, _Stop):
        return False
    return True


class _Stop(Exception):
    """More fields, or longer ones, than any form of ours has."""


class _Reading:
    """What has arrived so far."""

    def __init__(self, most_bytes: int, holding: Holding) -> None:
        self._most_bytes = most_bytes
        self._holding = holding
        self._pairs: list[tuple[str, str]] = []
        self._files: list[bytearray] = []
        self._header_name = b""
        self._header_value = b""
        self._headers: dict[bytes, bytes] = {}
        self._options: Mapping[bytes, bytes] = {}
        self._value = bytearray()
        self.problems: set[UploadProblem] = set()
        self.is_complete = False

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._part_begin,
            "on_header_field": self._header_field,
            "on_header_value": self._header_content,
            "on_header_end": self._header_end,
            "on_headers_finished": self._headers_finished,
            "on_part_data": self._part_data,
            "on_part_end": self._part_end,
            "on_end": self._end,
        }

    def upload(self) -> Upload:
        content = bytes(self._files[0]) if self._files else b""
        if len(self._files) > 1:
            self.problems.add(UploadProblem.SEVERAL)
        elif not self._files:
            self.problems.add(UploadProblem.MISSING)
        elif not content:
            self.problems.add(UploadProblem.EMPTY)
        worst_first = (
            UploadProblem.TOO_LARGE,
            UploadProblem.NO_ROOM,
            UploadProblem.UNREADABLE,
            UploadProblem.SEVERAL,
            UploadProblem.EMPTY,
            UploadProblem.MISSING,
        )
        problem = next((one for one in worst_first if one in self.problems), None)
        return Upload(fields=Parameters(self._pairs), content=b"" if problem else content, problem=problem)

    def _part_begin(self) -> None:
        self._headers, self._value = {}, bytearray()
        if len(self._pairs) + len(self._files) >= MOST_FIELDS:
            raise _Stop

    def _header_field(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]
        self._check_header()

    def _header_content(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]
        self._check_header()

    def _check_header(self) -> None:
        if len(self._header_name) + len(self._header_value) > _LONGEST_HEADER:
            raise _Stop

    def _header_end(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name = self._header_value = b""
        if len(self._headers) > _MOST_HEADERS:
            raise _Stop

    def _headers_finished(self) -> None:
        _, self._options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if b"filename" in self._options:
            self._files.append(bytearray())

    def _part_data(self, data: bytes, start: int, end: int) -> None:
        if b"filename" not in self._options:
            self._value += data[start:end]
            if len(self._value) > _LONGEST_FIELD:
                raise _Stop
        elif len(self._files) == 1 and not self._is_dropped:
            self._files[0] += data[start:end]
            if len(self._files[0]) > self._most_bytes:
                self._drop(UploadProblem.TOO_LARGE)
            elif not self._holding.take(end - start):
                self._drop(UploadProblem.NO_ROOM)

    def _part_end(self) -> None:
        if b"filename" in self._options:
            # A browser sends a field without a choice as a file without name and content.
            is_no_choice = not self._options[b"filename"] and not self._files[-1]
            if is_no_choice and not self._is_dropped:
                self._files.pop()
            return
        try:
            name, value = self._options.get(b"name", b"").decode(), self._value.decode()
        except UnicodeDecodeError:
            raise _Stop from None
        if "\0" in name + value:
            raise _Stop
        self._pairs.append((name, value))

    def _end(self) -> None:
        self.is_complete = True

    def _drop(self, problem: UploadProblem) -> None:
        self._files[0] = bytearray()
        self.problems.add(problem)

    @property
    def _is_dropped(self) -> bool:
        return not self.problems.isdisjoint({UploadProblem.TOO_LARGE, UploadProblem.NO_ROOM})
