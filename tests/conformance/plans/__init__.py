"""The plans of the official suite that certify a provider, and what each is told about us.

Ids, variants and keys of the configuration are the suite's. No plan has an `alias`: callbacks are then below the id of
each module, clients register dynamically, and modules run beside each other. With static clients there is one, as
addresses have to be known before; the suite then runs one module at a time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Registration = Literal["dynamic_client", "static_client"]
_ALIAS = "idp"
# Sent by the static client alone; a client that registers itself is given its own.
_CLIENTS = ("client", "client2", "client_secret_post")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan that is created once for each of `choices`. `registers` says that it leaves the kind of client to us."""

    name: str
    choices: tuple[Mapping[str, str], ...] = ({},)
    registers: bool = True

    @property
    def short_name(self) -> str:
        return self.name.removeprefix("oidcc-").removesuffix("-test-plan").removesuffix("-certification")

    def variants(self, registration: Registration) -> Iterator[dict[str, str]]:
        """What is chosen when it is created, one after the other."""
        for choice in self.choices:
            yield {**choice, **({"client_registration": registration} if self.registers else {})}


def _plan(name: str, *choices: Mapping[str, str], registers: bool = True) -> Plan:
    return Plan(name=f"oidcc-{name}-certification-test-plan", choices=choices or ({},), registers=registers)


_DISCOVERED = {"server_metadata": "discovery"}
_CODE = {"response_type": "code"}

PLANS: tuple[Plan, ...] = (
    _plan("basic", _DISCOVERED),
    _plan("config", registers=False),
    _plan("formpost-basic", _DISCOVERED),
    _plan("implicit", _DISCOVERED),
    _plan("hybrid", _DISCOVERED),
    _plan("formpost-implicit", _DISCOVERED),
    _plan("formpost-hybrid", _DISCOVERED),
    _plan("rp-initiated-logout", _CODE),
    _plan("frontchannel-rp-initiated-logout", _CODE),
    _plan("backchannel-rp-initiated-logout", _CODE),
    _plan("session-management", _CODE),
    _plan("3rdparty-init-login", _CODE, registers=False),
    _plan("dynamic", _CODE, registers=False),
)


def configuration(
    issuer: str,
    *,
    initial_access_token: str = "",
    static_clients: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """What a plan is told: where we are, and its clients.

    Static clients go by the suite's names for them: `client`, `client2`, `client_secret_post`.
    """
    shared: dict[str, Any] = {
        "description": "idp",
        "server": {"discoveryUrl": f"{issuer}/.well-known/openid-configuration"},
    }
    if static_clients is not None:
        return shared | {"alias": _ALIAS} | {name: dict(static_clients[name]) for name in _CLIENTS}
    token = {"initial_access_token": initial_access_token} if initial_access_token else {}
    return shared | {name: {"client_name": f"Conformance {name}", **token} for name in ("client", "client2")}


def static_redirect_base(suite: str) -> str:
    """Below which every callback of the static clients is."""
    return f"{suite}/test/a/{_ALIAS}"
