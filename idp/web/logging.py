"""The log: one structured line per event, on standard error, without secrets and without forged lines (S85).

A value is hidden by its key, so keys must be named for what they hold. What libraries log comes out in the same
shape, warnings and worse. Who did what to whom is the audit trail of `events`, not this.
"""

import logging
import re
import sys
import traceback
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TextIO

import structlog
from starlette.types import Scope
from structlog.typing import EventDict, Processor, WrappedLogger

from idp.config.settings import Log
from idp.web.edge import current_request_id, route_of

HIDDEN = "(hidden)"
_SECRET_WORD = re.compile(
    "(?:address|assertion|authorization|code|cookie|credential|email|identifier|ip|key|nonce|otp|password|pepper"
    "|phone|recipient|secret|seed|state|token|verifier)(?:e?s)?"
)
_HARMLESS_KEYS = frozenset(["country_code", "error_code", "key_id", "status_code", "token_type"])
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
# C0, DEL, C1, the separators of lines and paragraphs, and the marks that reorder text on a terminal.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
# A library's message may quote what was sent; its own words are short and stand outside quotation marks.
_QUOTATION = re.compile(r"'[^']*'|\"[^\"]*\"|\([^()]*\)=\([^()]*\)|[^\s@]*@\S*|[A-Za-z0-9_.~+/=-]{24,}")
_LONGEST_MESSAGE = 300
_LONGEST_VALUE = 500
_MOST_CAUSES = 5
_MOST_FRAMES = 40


def configure_logging(log: Log, *, stream: TextIO | None = None) -> None:
    """Once per process, before anything logs."""
    level = logging.getLevelNamesMapping()[log.level.upper()]
    target = stream or sys.stderr
    structlog.configure(
        processors=[
            _add_request_id,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _describe_exception,
            hide_secrets,
            encode_controls,
            _renderer(log),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(target),
        # A logger asks for its configuration when it is used; the access log, which is hot, keeps its own.
        cache_logger_on_first_use=False,
    )
    root = logging.getLogger()
    root.handlers = [_Relay()]
    root.setLevel(max(level, logging.WARNING))  # At "info" libraries name URLs, with all that is in them.


class AccessLog:
    """The edge's observer that writes a line for each answer. Never a query string, never an address."""

    def __init__(self) -> None:
        self._log = structlog.get_logger().bind()
        self._is_quiet = not self._log.is_enabled_for(logging.INFO)

    def __call__(self, scope: Scope, status: int, seconds: float) -> None:
        if self._is_quiet:
            return
        route = route_of(scope)
        if route in _PROBES:
            return
        self._log.info(
            "request",
            method=scope["method"],
            path=route or masked_path(scope["path"]),
            status=status,
            milliseconds=round(seconds * 1000, 2),
        )


_PROBES = frozenset(["/healthz", "/readyz"])
_PLAIN_SEGMENT = re.compile(r"[a-z][a-z.-]{0,23}")
_MOST_SEGMENTS = 8


def masked_path(path: str) -> str:
    """A path that no route took, with every segment that might be somebody's link or number masked."""
    segments = path.split("/")[: _MOST_SEGMENTS + 1]
    return "/".join(part if not part or _PLAIN_SEGMENT.fullmatch(part) else "{}" for part in segments)


def hide_secrets(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Hides every value, nested ones too, whose key speaks of a secret or of a person's address."""
    return {key: HIDDEN if _is_secret(key) else _hidden(value) for key, value in event.items()}


def encode_controls(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    r"""Writes control characters as `\x0a`, so that no value begins a line of its own, and cuts what is too long."""
    return {key: _encoded(value) for key, value in event.items()}


class _Relay(logging.Handler):
    """Hands what libraries log to structlog."""

    def emit(self, record: logging.LogRecord) -> None:
        message = _without_values(record.getMessage().strip())
        structlog.get_logger().log(record.levelno, message, source=record.name, exc_info=record.exc_info)


def _add_request_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    if request_id := current_request_id.get():
        event["request_id"] = request_id
    return event


def _describe_exception(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Types, places and the libraries' own words; neither values nor the source lines that hold them."""
    given = event.pop("exc_info", None)
    error = given[1] if isinstance(given, tuple) else sys.exception() if given is True else given
    if not isinstance(error, BaseException):
        return event
    event["exception"] = [
        f"{type(cause).__name__}: {_without_values(str(cause))}" for cause in _causes(error)
    ]
    event["frames"] = [
        f"{frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-_MOST_FRAMES:]
    ]
    return event


def _causes(error: BaseException) -> Sequence[BaseException]:
    causes: list[BaseException] = []
    cause: BaseException | None = error
    while cause is not None and cause not in causes and len(causes) < _MOST_CAUSES:
        causes.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    return causes


def _without_values(message: str) -> str:
    return _QUOTATION.sub("…", message[:_LONGEST_MESSAGE])


def _renderer(log: Log) -> Processor:
    if log.format == "json":
        return structlog.processors.JSONRenderer()
    return structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"], drop_missing=True)


@lru_cache(maxsize=1024)
def _is_secret(key: str) -> bool:
    if key in _HARMLESS_KEYS:
        return False
    return any(_SECRET_WORD.fullmatch(word.lower()) for word in _WORD.findall(key))


def _hidden(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: HIDDEN if _is_secret(str(key)) else _hidden(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_hidden(inner) for inner in value]
    return value


def _encoded(value: Any) -> Any:
    if isinstance(value, str):
        short = value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE] + "…"
        return _CONTROL.sub(_escape, short) if _CONTROL.search(short) else short
    if isinstance(value, dict):
        return {_encoded(str(key)): _encoded(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_encoded(inner) for inner in value]
    return value


def _escape(match: re.Match[str]) -> str:
    point = ord(match.group())
    return f"\\x{point:02x}" if point < 0x100 else f"\\u{point:04x}"
