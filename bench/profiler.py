"""Where a process spends its CPU time: sampled, each sample charged to whoever's code was running.

Python runs the handler in the main thread, after native code has returned to the frame that called it; so native time
is its caller's. Each sample weighs the CPU time that the main thread used since the last one, so waiting counts for
nothing; what other threads used is counted apart.
"""

import signal
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import process_time, thread_time
from types import CodeType, FrameType

_INTERVAL_SECONDS = 0.0005
OTHER_THREADS = "other threads: commit, Argon2id"

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

    _stacks: Counter[tuple[CodeType, ...]] = field(default_factory=Counter)
    _last: float = 0.0
    _began_process: float = 0.0
    _began_thread: float = 0.0

    def start(self) -> None:
        self._stacks.clear()
        self._began_process, self._began_thread = process_time(), thread_time()
        self._last = self._began_thread
        signal.signal(signal.SIGALRM, self._sample)
        # The clock on the wall: the kernel's timers of CPU time are as coarse as its tick.
        signal.setitimer(signal.ITIMER_REAL, _INTERVAL_SECONDS, _INTERVAL_SECONDS)

    def stop(self) -> dict[str, dict[str, float]]:
        """CPU seconds by place; and by function, with and without what it called, for whoever looks for more."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        places: Counter[str] = Counter()
        own: Counter[str] = Counter()
        inclusive: Counter[str] = Counter()
        for stack, spent in self._stacks.items():
            places[_place(stack)] += spent
            own[_named(stack[0])] += spent
            for name in {_named(code) for code in stack}:
                inclusive[name] += spent
        others = (process_time() - self._began_process) - (thread_time() - self._began_thread)
        return {"places": {**places, OTHER_THREADS: others}, "own": dict(own), "inclusive": dict(inclusive)}

    def _sample(self, _number: int, frame: FrameType | None) -> None:
        now = thread_time()
        spent, self._last = now - self._last, now
        stack = []
        while frame is not None:
            stack.append(frame.f_code)
            frame = frame.f_back
        if stack:
            self._stacks[tuple(stack)] += spent  # type: ignore[assignment]


def _place(stack: Sequence[CodeType]) -> str:
    """The innermost frame that belongs to somebody; the standard library's small helpers are their caller's."""
    for code in stack:
        for part, name, place in _PLACES:
            if part in code.co_filename and (not name or name == code.co_name):
                return place
    return "other"


def _named(code: CodeType) -> str:
    return f"{'/'.join(code.co_filename.rsplit('/', 2)[-2:])}:{code.co_qualname}"
