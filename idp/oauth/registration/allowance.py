"""What a network may do in an hour without anybody's word for it: each act writes, and may fetch something."""

import hmac
from typing import Literal

from starlette.requests import Request

from idp.oauth.registration.registrar import Registrar
from idp.signing.secrets import Purpose
from idp.spec.errors import TooManyRegistrations
from idp.store import allowance
from idp.store.allowance import HOUR_SECONDS
from idp.web.circumstances import circumstances_of

_DONE = {"register": "registered", "change": "changed"}


async def spend(registrar: Registrar, request: Request, act: Literal["register", "change"], now: int) -> None:
    """One of `registration.network_per_hour`, which each act has for itself. Raises TooManyRegistrations."""
    circumstances = circumstances_of(request)
    if registrar.settings.login.is_unthrottled(circumstances.address):
        return
    key = registrar.secrets.newest(Purpose.IDENTIFIER)
    network = hmac.digest(key.value, circumstances.network.encode(), "sha256").hex()[:32]
    most = registrar.settings.registration.network_per_hour
    spent = allowance.spend(f"{act}:{network}", most, now)
    if not await registrar.database.apply([spent]):
        message = f"too many clients were {_DONE[act]} from this network lately"
        raise TooManyRegistrations(message, wait_seconds=HOUR_SECONDS - now % HOUR_SECONDS)
