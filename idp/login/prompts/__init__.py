"""Prompts: pages that ask for one thing each. A new one is a file, a template, and a line in `PROMPTS`."""

from collections.abc import Awaitable
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from idp.login.dispatch import Ask
from idp.login.front_door import FrontDoor
from idp.login.prompts import (
    address,
    backup_address,
    code_delivery,
    consent,
    create,
    email_code,
    login,
    lost_mailbox,
    other_way,
    passkey,
    recommend,
    second_factor,
    select_account,
    set_up,
    unblock,
)
from idp.login.prompts.prompted import Denied, Prompted


class PromptModule(Protocol):
    """A module of this folder. `show` answers GET, `submit` POST; neither decides what comes next.

    `PATH` is its part of the address. It is open when one of `TURNS` is due; None: always.
    """

    @property
    def PATH(self) -> str: ...  # noqa: N802

    @property
    def TURNS(self) -> frozenset[Ask] | None: ...  # noqa: N802

    def show(self, door: FrontDoor, request: Request, prompted: Prompted) -> Awaitable[Response]: ...

    def submit(
        self, door: FrontDoor, request: Request, prompted: Prompted
    ) -> Awaitable[Response | Denied]: ...


PROMPTS: tuple[PromptModule, ...] = (
    login,
    create,
    select_account,
    consent,
    passkey,
    second_factor,
    other_way,
    email_code,
    code_delivery,
    lost_mailbox,
    address,
    set_up,
    unblock,
    recommend,
    backup_address,
)
