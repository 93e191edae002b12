"""An installation to measure: settings, a folder on a real disk, people and clients, and its servers as processes."""

import json
import shutil
import sys
import tempfile
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Literal

from bench.load import Site
from idp.account.creation import NewAccount, create_account
from idp.app import House, open_house
from idp.clients.registration import register_client
from idp.config.exchanges import Exchange
from idp.config.settings import Database, Keys, Log, Login, Password, Resource, Risk, Settings
from idp.records.account import AccountStatus
from idp.records.client import Client, ClientId, RefreshPolicy
from idp.records.event import Occasion
from idp.signing.secrets import Purpose
from idp.store.accounts import PUT_PASSWORD
from idp.store.migrations.upgrade import upgrade
from tests.support.processes import ROOT, free_port, running

Role = Literal["provider", "unaudited", "hello", "bare"]

PASSWORD = "correct horse battery"
SECRET = "a secret of the benchmark"
REDIRECT_URI = "http://localhost:3000/callback"
VERIFIER = "v" * 43
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PEOPLE = tuple(f"bb{number:05}-ovh" for number in range(1, 65))
API = "https://api.example.test"
HOST = "localhost:8000"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_SCOPES = frozenset({"openid", "profile", "email", "invoices:read"})

PRODUCTION = Password()
CHEAP = Password(time_cost=1, memory_cost_kib=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A started server. `control` is a site beside it that starts and stops the profiler."""

    site: Site
    control: int
    pid: int

    def start_profile(self) -> None:
        self._control("/start")

    def stop_profile(self) -> dict[str, dict[str, float]]:
        """See `Profiler.stop`."""
        found: dict[str, dict[str, float]] = self._control("/stop")
        return found

    def _control(self, path: str) -> Any:
        connection = HTTPConnection("127.0.0.1", self.control, timeout=30)
        connection.request("GET", path)
        answer = connection.getresponse().read()
        connection.close()
        return json.loads(answer)


def settings_in(
    folder: Path, *, level: str = "warning", password: Password = PRODUCTION, database: str = ""
) -> Settings:
    """Production's settings, with limits of tries that a load from one address doesn't reach. Risk is decided and
    recorded, but nobody is asked for a code. `database` is the URL of one, or empty for SQLite in the folder.
    """
    many = 10_000
    return Settings(
        issuer=f"http://{HOST}",
        database=Database(url=database or f"sqlite:///{folder}/idp.db"),
        keys=Keys(directory=str(folder / "keys")),
        login=Login(free_tries=1_000, address_free_tries=many, network_free_tries=many),
        risk=Risk(mode="observe"),
        password=password,
        log=Log(level=level),  # type: ignore[arg-type]
        resources=(Resource(identifier=API, scopes=("invoices:read",), default=True),),
        exchanges=(
            Exchange(name="benchmark", clients=("exchanger",), subject_audiences=(API,), audiences=(API,)),
        ),
    )


@contextmanager
def folder() -> Iterator[Path]:
    """A folder on the repository's disk; a temporary one may be in memory, where a commit costs nothing."""
    path = Path(tempfile.mkdtemp(prefix=".bench-", dir=ROOT))
    try:
        yield path
    finally:
        shutil.rmtree(path)


async def furnish(settings: Settings) -> None:
    """Migrate, and make people and clients."""
    upgrade(settings.database.url)
    async with open_house(settings) as house:
        occasion = Occasion(now=house.clock.now(), actor="system")
        for client in _clients():
            await register_client(house.database, house.audit, house.entropy, occasion, client, secret=SECRET)
        await _make_people(house, occasion)


async def _make_people(house: House, occasion: Occasion) -> None:
    pepper = house.secrets.newest(Purpose.PEPPER)
    encoded = await house.hasher.hash(PASSWORD, pepper=pepper.value)
    for customer_id in PEOPLE:
        new = NewAccount(
            primary_email=f"{customer_id}@example.test",
            is_primary_email_verified=True,
            profile={"name": "Alice Martin", "given_name": "Alice", "family_name": "Martin"},
            status=AccountStatus.ACTIVE,
            customer_id=customer_id,
        )
        person = await create_account(
            house.database, house.audit, house.entropy, occasion, new, rules=house.settings.customer_id
        )
        password = PUT_PASSWORD.effect(
            subject_id=person.subject_id,
            encoded=encoded,
            pepper_id=pepper.secret_id,
            changed_at=occasion.now,
        )
        assert await house.database.apply([password])


def _clients() -> tuple[Client, ...]:
    return (
        _application("es256", "ES256"),
        _application("rs256", "RS256"),
        Client(
            client_id=ClientId("machine"),
            client_name="Machine",
            grant_types=frozenset({"client_credentials"}),
            response_types=frozenset(),
            scopes=frozenset({"invoices:read"}),
        ),
        Client(
            client_id=ClientId("exchanger"),
            client_name="Exchanger",
            grant_types=frozenset({TOKEN_EXCHANGE}),
            response_types=frozenset(),
            scopes=frozenset({"invoices:read"}),
        ),
        Client(
            client_id=ClientId("introspector"),
            client_name="Introspector",
            grant_types=frozenset(),
            response_types=frozenset(),
            may_introspect=True,
        ),
    )


def _application(client_id: str, algorithm: str) -> Client:
    """First-party like the manager: no consent, refresh tokens for as long as the session lives."""
    return Client(
        client_id=ClientId(client_id),
        client_name=client_id,
        grant_types=frozenset({"authorization_code", "refresh_token"}),
        redirect_uris=(REDIRECT_URI,),
        scopes=_SCOPES,
        is_first_party=True,
        refresh=RefreshPolicy.SESSION,
        id_token_signed_response_alg=algorithm,
    )


def basic(client_id: str) -> dict[str, str]:
    """The header by which a client authenticates; both parts are form-encoded first (RFC 6749 §2.3.1)."""
    credentials = f"{client_id}:{SECRET.replace(' ', '+')}"
    return {"authorization": "Basic " + b64encode(credentials.encode()).decode()}


@contextmanager
def served(
    role: Role,
    path: Path,
    *,
    is_pinned: bool = True,
    level: str = "warning",
    password: Password = PRODUCTION,
    database: str = "",
) -> Iterator[Server]:
    """A server of one worker, listening."""
    port, control = free_port(), free_port()
    command = [sys.executable, "-m", "bench.server", role, str(path), str(port), str(control)]
    command += [
        "pinned" if is_pinned else "free",
        level,
        str(password.time_cost),
        str(password.memory_cost_kib),
        database,
    ]
    with running(command, ready=f"ready {port}", within_seconds=60) as server:
        yield Server(site=Site(port=port, host=HOST), control=control, pid=server.process.pid)
