"""What Prometheus may know: counts and durations, nothing about a person.

The metrics listen on an address of their own. With several workers each keeps its numbers in files of a shared
folder, and whichever answers adds them up. Labels take few values: templates of routes, never paths.
"""

from functools import cache
from pathlib import Path
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.types import ASGIApp, Receive, Scope, Send

from idp.web.edge import route_of

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_METHODS = frozenset(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])

SignInOutcome = Literal[
    "success", "wrong_password", "unknown_account", "wrong_passkey", "disabled", "throttled", "refused"
]


class Metrics:
    """Every number of one process. It is also the edge's observer."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "idp_requests", "Answers.", ["route", "method", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "idp_request_seconds",
            "Time to answer.",
            ["route"],
            buckets=_BUCKETS,
            registry=self.registry,
        )
        sign_ins = Counter("idp_sign_ins", "Sign-ins.", ["outcome"], registry=self.registry)
        tokens = Counter(
            "idp_tokens", "Token requests that succeeded.", ["grant_type"], registry=self.registry
        )
        introspections = Counter("idp_introspections", "Introspections.", ["active"], registry=self.registry)
        authentications = Counter(
            "idp_client_authentications",
            "Clients that authenticated, or failed to.",
            ["method", "outcome"],
            registry=self.registry,
        )
        messages = Counter(
            "idp_messages",
            "Tries to send a mail, a text or a logout token, by how they ended.",
            ["channel", "outcome"],
            registry=self.registry,
        )
        breaches = Counter(
            "idp_breach_lookups",
            "Passwords that the list of stolen ones was asked about.",
            ["outcome"],
            registry=self.registry,
        )
        customers = Counter(
            "idp_customers_read", "Answers of the customers API.", ["outcome"], registry=self.registry
        )
        registrations = Counter(
            "idp_client_registrations",
            "Answers to clients that register themselves.",
            ["outcome"],
            registry=self.registry,
        )
        limited = Counter(
            "idp_requests_limited",
            "Requests of clients that have to wait, for they asked too often.",
            ["kind"],
            registry=self.registry,
        )
        self.message_age = Gauge(
            "idp_oldest_message_seconds",
            "How long the oldest mail or text has been waiting.",
            registry=self.registry,
            multiprocess_mode="livemax",
        )
        # A child costs a lock and a search to find, so each is found once; labels take few values.
        self._sign_ins = cache(sign_ins.labels)
        self._tokens = cache(tokens.labels)
        self._introspections = cache(introspections.labels)
        self._authentications = cache(authentications.labels)
        self._messages = cache(messages.labels)
        self._customers = cache(customers.labels)
        self._breaches = cache(breaches.labels)
        self._registrations = cache(registrations.labels)
        self._limited = cache(limited.labels)
        self.hash_seconds = Histogram(
            "idp_hash_seconds",
            "Time to hash or compare a password, waiting included.",
            buckets=_BUCKETS,
            registry=self.registry,
        )
        self.hashes_refused = Counter(
            "idp_hashes_refused", "Passwords turned away because the queue was full.", registry=self.registry
        )
        self._answered: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}

    def __call__(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_of(scope)
        method = scope["method"]
        key = (route, method, status)
        found = self._answered.get(key)
        if found is None:
            found = self._children(route, method, status)
            self._answered[key] = found
        counter, histogram = found
        counter.inc()
        histogram.observe(seconds)

    def signed_in(self, outcome: SignInOutcome) -> None:
        self._sign_ins(outcome).inc()

    def token_issued(self, grant_type: str) -> None:
        """`grant_type` is one that we registered, never what a client sent."""
        self._tokens(grant_type).inc()

    def introspected(self, *, active: bool) -> None:
        self._introspections("true" if active else "false").inc()

    def client_authenticated(self, method: str, *, succeeded: bool) -> None:
        """`method` is one that we registered, never what a client sent."""
        self._authentications(method, "success" if succeeded else "failure").inc()

    def message_tried(self, channel: str, outcome: str) -> None:
        """`outcome` is delivered, failed, expired or postponed."""
        self._messages(channel, outcome).inc()

    def breach_looked_up(self, outcome: str) -> None:
        """`outcome` is stolen, unknown or failed."""
        self._breaches(outcome).inc()

    def customer_read(self, outcome: str) -> None:
        """`outcome` is found, unknown, refused or throttled."""
        self._customers(outcome).inc()

    def registration_answered(self, outcome: str) -> None:
        """`outcome` is registered, read, changed, ended or refused."""
        self._registrations(outcome).inc()

    def request_limited(self, *, is_public: bool) -> None:
        self._limited("public" if is_public else "confidential").inc()

    def _children(self, route: str, method: str, status: int) -> tuple[Counter, Histogram]:
        label = route or "none"
        known = method if method in _METHODS else "other"
        return self._requests.labels(label, known, f"{status // 100}xx"), self._seconds.labels(label)


def metrics_application(metrics: Metrics, *, shared: Path | None = None) -> ASGIApp:
    """The ASGI application of the metrics address. `shared` is the workers' folder, if there are several:
    PROMETHEUS_MULTIPROC_DIR must name it before a worker starts.
    """

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        known = scope["path"] in {"/", "/metrics"} and scope["method"] in {"GET", "HEAD"}
        body = _exposition(metrics, shared) if known else b"not found\n"
        content_type = CONTENT_TYPE_LATEST if known else "text/plain"
        headers = [
            (b"content-type", content_type.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"x-content-type-options", b"nosniff"),
        ]
        await send({"type": "http.response.start", "status": 200 if known else 404, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return application


def _exposition(metrics: Metrics, shared: Path | None) -> bytes:
    if shared is None:
        return generate_latest(metrics.registry)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(shared))  # type: ignore[no-untyped-call]
    return generate_latest(registry)


async def _live(receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": f"{message['type']}.complete"})
