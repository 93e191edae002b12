"""Our provider as the suite meets it: the conformance section of the documentation, nginx with TLS in front, one
account that holds every claim, and the operator's commands.

It was installed a day ago, so that its keys are as old as a rotation asks for.
"""

import json
import ssl
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

from idp.account.creation import NewAccount, create_account
from idp.account.password import set_password
from idp.adapters.clock import SystemClock
from idp.app.house import House, open_house
from idp.config.reading import read_settings
from idp.demo.accounts import ACCOUNTS, PASSWORD
from idp.records.account import AccountStatus
from idp.records.event import Occasion
from tests.interop.authority import Authority, make_authority
from tests.support.processes import ROOT, Running, free_port, idp, running
from tests.support.programs import NGINX
from tests.support.waiting import wait_until

SECTION = ROOT / "docs" / "conformance.example.toml"
_NGINX_CONFIGURATION = ROOT / "tests" / "interop" / "nginx.conf"
_DAY_SECONDS = 86_400
# Holds every standard claim.
_CAROL = next(account for account in ACCOUNTS if account.customer_id == "cc33333-ovh")


@dataclass(frozen=True, slots=True, kw_only=True)
class DayAgo:
    """A clock that is late by a day."""

    def now(self) -> int:
        return SystemClock().now() - _DAY_SECONDS


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An installation in `folder`; `environment` is what its commands run in."""

    folder: Path
    issuer: str
    authority: Authority
    environment: Mapping[str, str]
    identifier: str = _CAROL.customer_id
    password: str = PASSWORD

    def idp(self, *arguments: str) -> Any:
        """Run an operator's command with `--json`; answers what it prints, read. Raises RuntimeError if it fails."""
        return json.loads(idp(*arguments, "--json", environment=self.environment))

    def register(self, client_id: str, metadata: Mapping[str, Any]) -> dict[str, str]:
        """Register a client; answers its id and secret under the suite's names."""
        file = self.folder / f"{client_id}.json"
        file.write_text(json.dumps(dict(metadata)), encoding="utf-8")
        registered = self.idp("client", "create", client_id, "--from-json", str(file))
        return {"client_id": client_id, "client_secret": registered["client_secret"]}

    def rotate_keys(self) -> None:
        """Let the key that signs ID tokens hand over to the next, until the one after that is published too."""
        known = self._kids()
        self.idp("keys", "rotate", "--algorithm", "RS256")
        # The minute's upkeep makes it, and the server's copy of the keys may be half a minute old.
        wait_until(lambda: self._kids() - known, within_seconds=150, what="a new key in the JWK set")

    def _kids(self) -> set[str]:
        trusted = ssl.create_default_context(cafile=self.authority.bundle)
        # The certificate says localhost, and the issuer may have another name of this machine.
        trusted.check_hostname = False
        with httpx2.Client(verify=trusted, trust_env=False) as http:
            metadata = http.get(f"{self.issuer}/.well-known/openid-configuration").raise_for_status().json()
            keys = http.get(metadata["jwks_uri"]).raise_for_status().json()["keys"]
        return {key["kid"] for key in keys}

    @contextmanager
    def serving(self) -> Iterator[Running]:
        """`idp serve` behind TLS, until the end of the block."""
        port = urlsplit(self.issuer).port or 443
        upstream = self.environment["IDP_SERVER__PORT"]
        command = [sys.executable, "-m", "idp", "serve"]
        with (
            _nginx(self.folder / "nginx", self.authority, port=port, upstream=upstream),
            running(command, ready=f"ready {self.issuer}", environment=self.environment) as server,
        ):
            yield server


async def install(
    folder: Path, issuer: str, section: Path, certificate: str, *, database_url: str = ""
) -> Provider:
    """An installation that trusts whoever has `certificate` (PEM), beside whom the system trusts.

    `section` is the only configuration; what an installation cannot do without comes from the environment.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "authority").mkdir()
    authority = make_authority(folder / "authority")
    environment = {
        "IDP_CONFIG": str(section),
        "IDP_ISSUER": issuer,
        "IDP_SERVER__PORT": str(free_port()),
        "IDP_SERVER__TRUSTED_PROXIES": "127.0.0.1/32",
        "IDP_DATABASE__URL": database_url or f"sqlite:///{folder}/idp.db",
        "IDP_KEYS__DIRECTORY": str(folder / "keys"),
        "SSL_CERT_FILE": str(_bundle(folder, certificate, authority)),
    }
    idp("db", "upgrade", environment=environment)
    configured = {name: value for name, value in environment.items() if name != "IDP_CONFIG"}
    settings = read_settings(section, configured)
    async with open_house(settings, clock=DayAgo()) as house:
        await _account(house)
        await house.succession.rotate_due(house.clock.now(), holder="installation")
    return Provider(folder=folder, issuer=issuer, authority=authority, environment=environment)


def _bundle(folder: Path, certificate: str, authority: Authority) -> Path:
    """Whom our fetches trust."""
    system = ssl.get_default_verify_paths().cafile
    known = Path(system).read_text(encoding="utf-8") if system else ""
    bundle = folder / "trusted.pem"
    bundle.write_text(known + certificate + authority.bundle.read_text(encoding="utf-8"), encoding="utf-8")
    return bundle


async def _account(house: House) -> None:
    """The demo's Carol, who holds every standard claim, as a customer of this installation."""
    occasion = Occasion(now=house.clock.now(), actor="system")
    new = NewAccount(
        primary_email=_CAROL.email,
        is_primary_email_verified=True,
        profile=_CAROL.profile,
        status=AccountStatus.ACTIVE,
        customer_id=_CAROL.customer_id,
    )
    person = await create_account(
        house.database, house.audit, house.entropy, occasion, new, rules=house.settings.customer_id
    )
    await set_password(
        house.database,
        house.audit,
        occasion,
        person,
        PASSWORD,
        secrets=house.secrets,
        hasher=house.hasher,
    )


@contextmanager
def _nginx(folder: Path, authority: Authority, *, port: int, upstream: str) -> Iterator[Running]:
    folder.mkdir(exist_ok=True)
    authority.equip(folder)
    text = _NGINX_CONFIGURATION.read_text(encoding="utf-8")
    for name, value in {"folder": folder, "port": port, "upstream": upstream}.items():
        text = text.replace(f"@{name}@", str(value))
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    command: list[str | Path] = [NGINX.get(), "-p", folder, "-e", "stderr", "-c", folder / "nginx.conf"]
    with running(command, ready=lambda: authority.answers(port)) as server:
        yield server
