"""Where a process spends its CPU time: a sample every millisecond of it, charged to whoever's code was running.

Python runs the handler in the main thread, after native code has returned to the frame that called it; so native time
is its caller's. Each sample weighs what the main thread used since the last one: the commit thread's time is counted
apart, and waiting counts for nothing.
"""

import signal
from collections import Counter
from dataclasses import dataclass, field
from time import process_time, thread_time
from types import FrameType

_INTERVAL_SECONDS = 0.001
COMMIT = "SQLite: commit thread"

# The first that fits. What a row names is a part of the path, then, if any, the function.
_PLACES: tuple[tuple[str, str, str], ...] = (
    ("/joserfc/_rfc7518/", "sign", "signing"),
    ("/joserfc/_rfc7518/", "verify", "verifying"),
    ("/joserfc/", "", "joserfc"),
    ("/authlib/", "", "Authlib"),
    ("/starlette/", "", "Starlette"),
    ("/uvicorn/", "", "uvicorn"),
    ("/idp/web/protocol", "", "uvicorn"),
    ("/asyncio/runners", "", "event loop and sockets"),
    ("/asyncio/", "", "asyncio"),
    ("/concurrent/", "", "SQLite: handing over the commit"),
    ("/threading", "", "SQLite: handing over the commit"),
    ("/queue", "", "SQLite: handing over the commit"),
    ("/idp/store/sqlite", "_read", "SQLite: reads"),
    ("/idp/store/sqlite", "", "SQLite: writes"),
    ("/idp/adapters/password_hasher", "", "Argon2id"),
    ("/argon2/", "", "Argon2id"),
    ("/json/", "", "json"),
    ("/urllib/", "", "urllib"),
    ("/prometheus_client/", "", "metrics"),
    ("/idp/web/metrics", "", "metrics"),
    ("/jinja2/", "", "templates"),
    ("/templates/", "", "templates"),
    ("<template>", "", "templates"),
    ("/structlog/", "", "logging"),
    ("/logging/", "", "logging"),
    ("/idp/web/logging", "", "logging"),
    ("/idp/web/edge", "", "ours: edge"),
    ("/idp/web/", "", "ours: web"),
    ("/idp/store/", "", "ours: statements and records"),
    ("/idp/records/", "", "ours: statements and records"),
    ("/idp/signing/", "", "ours: signing"),
    ("/idp/oauth/", "", "ours: oauth"),
    ("/idp/oidc/", "", "ours: oidc"),
    ("/idp/login/", "", "ours: login"),
    ("/idp/", "", "ours: other rooms"),
)


@dataclass(slots=True)
class Profiler:
    """Sampling of this process; start and stop it in the main thread."""

    _samples: Counter[str] = field(default_factory=Counter)
    _lines: Counter[str] = field(default_factory=Counter)
    _last: float = 0.0
    _began_process: float = 0.0
    _began_thread: float = 0.0

    def start(self) -> None:
        self._samples.clear()
        self._lines.clear()
        self._began_process, self._began_thread = process_time(), thread_time()
        self._last = self._began_thread
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, _INTERVAL_SECONDS, _INTERVAL_SECONDS)

    def stop(self) -> dict[str, dict[str, float]]:
        """CPU seconds by place, and by function for whoever looks for something to fix."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        others = (process_time() - self._began_process) - (thread_time() - self._began_thread)
        self._samples[COMMIT] += others  # type: ignore[assignment]
        return {"places": dict(self._samples), "functions": dict(self._lines.most_common(60))}

    def _sample(self, _number: int, frame: FrameType | None) -> None:
        now = thread_time()
        spent, self._last = now - self._last, now
        if frame is None:
            return
        code = frame.f_code
        self._samples[_place(frame)] += spent  # type: ignore[assignment]
        path = "/".join(code.co_filename.rsplit("/", 2)[-2:])
        self._lines[f"{path}:{code.co_qualname}"] += spent  # type: ignore[assignment]


def _place(frame: FrameType) -> str:
    """The innermost frame that belongs to somebody; the standard library's small helpers are their caller's."""
    current: FrameType | None = frame
    while current is not None:
        path, function = current.f_code.co_filename, current.f_code.co_name
        for part, name, place in _PLACES:
            if part in path and (not name or name == function):
                return place
        current = current.f_back
    return "other"
