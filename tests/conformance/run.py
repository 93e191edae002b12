"""Runs the certification plans of a running official suite: `python -m tests.conformance.run --suite URL`.

`docs/conformance.md` says how to prepare the suite. Results go to `tests/conformance/results.json`.
"""

import asyncio
import ssl
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click
from playwright.async_api import async_playwright

from tests.conformance.plans import PLANS, Plan, Registration
from tests.conformance.runner.modules import Running, run_plan
from tests.conformance.runner.provider import SECTION, install
from tests.conformance.runner.registered import register_static_clients
from tests.conformance.runner.report import RESULTS, Row, merge
from tests.conformance.runner.suite import Suite
from tests.support.browser import FLAGS
from tests.support.programs import CHROMIUM


@click.command()
@click.option("--suite", "suite_url", required=True, help="Base URL of the running suite, over https.")
@click.option(
    "--token", envvar="CONFORMANCE_TOKEN", default="", help="Token for its API, where it wants one."
)
@click.option(
    "--issuer",
    default="https://localhost:9443",
    show_default=True,
    help="Where our provider is for the suite and for Chromium: a name of this machine, and a free port.",
)
@click.option("--plan", "plans", multiple=True, type=click.Choice([plan.short_name for plan in PLANS]))
@click.option("--module", "modules", multiple=True, help="Only these modules.")
@click.option(
    "--registration",
    type=click.Choice(["dynamic_client", "static_client"]),
    default="dynamic_client",
    show_default=True,
)
@click.option(
    "--section", type=Path, default=SECTION, help="The configuration, instead of the documentation's."
)
@click.option("--results", type=Path, default=RESULTS, show_default=True)
@click.option("--at-once", type=int, default=3, show_default=True, help="Modules beside each other.")
def main(plans: tuple[str, ...], results: Path, **options: object) -> None:
    """Run plans of the official suite against a provider that is installed for it alone."""
    wanted = [plan for plan in PLANS if not plans or plan.short_name in plans]
    rows = asyncio.run(_run(wanted, results, **options))  # type: ignore[arg-type]
    bad = [row for row in rows if not row.is_good]
    click.echo(f"{len(rows) - len(bad)} modules fine, {len(bad)} not")
    sys.exit(1 if bad else 0)


async def _run(
    plans: Sequence[Plan],
    results: Path,
    *,
    suite_url: str,
    token: str,
    issuer: str,
    modules: tuple[str, ...],
    registration: Registration,
    section: Path,
    at_once: int,
) -> list[Row]:
    certificate = _certificate(suite_url)
    trusted = ssl.create_default_context()
    trusted.load_verify_locations(cadata=certificate)
    with tempfile.TemporaryDirectory(prefix="idp-conformance-") as folder:
        provider = await install(Path(folder), issuer, section, certificate)
        async with async_playwright() as playwright, Suite(suite_url, trusted=trusted, token=token) as suite:
            with provider.serving():
                # Suite and provider signed their certificates themselves.
                flags = [*FLAGS, "--ignore-certificate-errors"]
                browser = await playwright.chromium.launch(executable_path=CHROMIUM.get(), args=flags)
                run = Running(suite=suite, provider=provider, browser=browser, only=modules, at_once=at_once)
                rows = [
                    row for plan in plans for row in await _run_variants(run, plan, registration, results)
                ]
                await browser.close()
    return rows


async def _run_variants(run: Running, plan: Plan, registration: Registration, results: Path) -> list[Row]:
    """Run a plan in each of its variants; what was found is kept after each."""
    static = None
    if registration == "static_client" and plan.registers:
        static = register_static_clients(run.provider, run.suite.url, plan)
    rows: list[Row] = []
    for variant in plan.variants(registration):
        found = await run_plan(run, plan, variant, static)
        merge(found, results)
        rows += found
    return rows


def _certificate(suite_url: str) -> str:
    """The suite's, which signed itself where it runs on a machine of ours: trusted as it is met, for this run."""
    address = urlsplit(suite_url)
    return ssl.get_server_certificate((address.hostname or "", address.port or 443))


if __name__ == "__main__":
    main()
