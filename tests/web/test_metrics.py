"""`web/metrics.py`: what Prometheus reads."""

import os
import subprocess
import sys
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from idp.web.metrics import Metrics, metrics_application
from tests.support.processes import ROOT
from tests.web.asking import ask, edge


def samples(text: str) -> dict[tuple[str, ...], float]:
    """By name and labels, the labels in the order of their names."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def read(metrics: Metrics) -> dict[tuple[str, ...], float]:
    with TestClient(metrics_application(metrics)) as client:
        return samples(client.get("/metrics").text)


async def hello(request: Request) -> Response:
    return PlainTextResponse("hello")


async def test_requests_are_counted_by_template_method_and_class() -> None:
    metrics = Metrics()
    app = edge(Starlette(routes=[Route("/enrol/{link}", hello)]), observers=[metrics])
    await ask(app, "/enrol/one")
    await ask(app, "/enrol/two")
    await ask(app, "/elsewhere/secret", method="PROPFIND")

    found = read(metrics)
    assert found["idp_requests_total", "GET", "/enrol/{link}", "2xx"] == 2
    assert found["idp_requests_total", "other", "none", "4xx"] == 1
    assert found["idp_request_seconds_count", "/enrol/{link}"] == 2
    assert not any("secret" in label for key in found for label in key)


def test_what_happens_inside_is_counted() -> None:
    metrics = Metrics()
    metrics.signed_in("success")
    metrics.token_issued("authorization_code")
    metrics.introspected(active=True)
    metrics.introspected(active=False)
    metrics.client_authenticated("client_secret_basic", succeeded=False)
    metrics.hash_seconds.observe(0.02)
    metrics.hashes_refused.inc()

    found = read(metrics)
    assert found["idp_sign_ins_total", "success"] == 1
    assert found["idp_tokens_total", "authorization_code"] == 1
    assert found["idp_introspections_total", "true"] == found["idp_introspections_total", "false"] == 1
    assert found["idp_client_authentications_total", "client_secret_basic", "failure"] == 1
    assert found["idp_hash_seconds_count",] == 1
    assert found["idp_hashes_refused_total",] == 1


def test_the_metrics_address_has_nothing_else() -> None:
    with TestClient(metrics_application(Metrics())) as client:
        assert client.get("/account").status_code == 404
        assert client.post("/metrics").status_code == 404
        assert client.head("/metrics").status_code == 200


WORKER = """
from idp.web.metrics import Metrics
metrics = Metrics()
metrics.signed_in("success")
metrics.hashes_refused.inc()
"""
READER = """
import asyncio, pathlib, sys
from idp.web.metrics import Metrics, metrics_application
async def send(message): sys.stdout.buffer.write(message.get("body", b""))
scope = {"type": "http", "method": "GET", "path": "/metrics"}
asyncio.run(metrics_application(Metrics(), shared=pathlib.Path(sys.argv[1]))(scope, None, send))
"""


def test_workers_add_up(tmp_path: Path) -> None:
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}

    def run(program: str) -> str:
        command = [sys.executable, "-c", program, str(tmp_path)]
        return subprocess.run(
            command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout

    run(WORKER)
    run(WORKER)

    assert samples(run(READER))["idp_sign_ins_total", "success"] == 2
