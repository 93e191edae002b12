"""Running the modules of a plan: each in a fresh browser, with whatever happens to us meanwhile."""

import asyncio
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click
from playwright.async_api import Browser, Error, Page

from tests.conformance.plans import Plan, configuration
from tests.conformance.runner.person import OnStep, Person, new_person, picture_of
from tests.conformance.runner.provider import Provider
from tests.conformance.runner.report import Row, row_of
from tests.conformance.runner.suite import Module, Suite, SuiteRefused

_ENDED = ("FINISHED", "INTERRUPTED")
_MOST_SECONDS = 180
# Modules that want a picture of the sign-in page; all others want one of where it ends.
_SIGNING_IN_AGAIN = ("oidcc-prompt-login", "oidcc-max-age-1")
_SHOWING = ("oidcc-registration-logo-uri", "oidcc-registration-policy-uri", "oidcc-registration-tos-uri")
_ROTATING = "oidcc-server-rotate-keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """Who takes part. `only` are the modules to run, all if it is empty."""

    suite: Suite
    provider: Provider
    browser: Browser
    only: tuple[str, ...]
    at_once: int


async def run_plan(
    run: Running, plan: Plan, variant: Mapping[str, str], static: Mapping[str, Mapping[str, Any]] | None
) -> list[Row]:
    """Create the plan and run its modules; each prints a line when it ends."""
    told = configuration(run.provider.issuer, static_clients=static)
    plan_id, modules = await run.suite.create_plan(plan.name, variant, told)
    places = asyncio.Semaphore(1 if static else run.at_once)

    async def one(module: Module) -> Row:
        async with places:
            row = await _run_module(run, plan, plan_id, module, variant)
        chosen = " ".join(module.variant.values())
        click.echo(f"{row.result:12} {plan.short_name:16} {row.module} [{chosen}]")
        for warning in row.warnings:
            click.echo(f"             {warning}")
        return row

    wanted = [module for module in modules if not run.only or module.name in run.only]
    return list(await asyncio.gather(*(one(module) for module in wanted)))


async def _run_module(
    run: Running, plan: Plan, plan_id: str, module: Module, variant: Mapping[str, str]
) -> Row:
    module_id = await run.suite.create_module(plan_id, module)
    person = await new_person(
        run.browser,
        run.provider.issuer,
        run.suite.url,
        identifier=run.provider.identifier,
        password=run.provider.password,
    )
    try:
        async with asyncio.timeout(_MOST_SECONDS):
            await _accompany(run, module, module_id, person)
    except (TimeoutError, SuiteRefused, Error, RuntimeError):
        # One module that can't be accompanied spoils no other.
        click.echo(traceback.format_exc(limit=3), err=True)
        await run.suite.cancel(module_id)
        await run.suite.wait(module_id, *_ENDED)
    finally:
        await person.context.close()
    info, log = await run.suite.info(module_id), await run.suite.log(module_id)
    return row_of(plan.name, {**variant, **module.variant}, module.name, info, log)


async def _accompany(run: Running, module: Module, module_id: str, person: Person) -> None:
    """Do what the module asks for until it ends."""
    on_step = _picturing(run.suite, module, module_id)
    while (state := await run.suite.wait(module_id, "CONFIGURED", "WAITING", *_ENDED)) not in _ENDED:
        if state == "CONFIGURED":
            if module.name == _ROTATING:
                await asyncio.to_thread(run.provider.rotate_keys)
            await run.suite.start(module_id)
        for visit in await run.suite.visits(module_id):
            await run.suite.visited(module_id, visit)
            await person.open_(visit, on_step)


def _picturing(suite: Suite, module: Module, module_id: str) -> OnStep:
    """Fills in the picture that the module waits for, at the step that it is about. It goes on afterwards, unless the
    picture was all that the module wanted.
    """
    pictured = "login" if module.name in (*_SIGNING_IN_AGAIN, *_SHOWING) else "page"

    async def on_step(step: str, page: Page) -> bool:
        placeholders = await suite.placeholders(module_id) if step == pictured else ()
        if not placeholders:
            if step == "page":
                click.echo(f"{module.name} stopped at {page.url}: {await page.title()}", err=True)
            return True
        await suite.upload(module_id, placeholders[0], await picture_of(page))
        return module.name not in _SHOWING

    return on_step
