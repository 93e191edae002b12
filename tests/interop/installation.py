"""A provider as an operator runs it: an empty PostgreSQL, two workers, nginx with TLS in front, and commands."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.interop.authority import Authority
from tests.support.postgresql import Cluster
from tests.support.processes import Running, free_port, idp, running
from tests.support.programs import NGINX

API = "https://api.example.test"

_NGINX_CONFIGURATION = Path(__file__).with_name("nginx.conf")
_CONFIGURATION = """\
issuer = "{issuer}"

[server]
port = {port}
workers = 2
trusted_proxies = ["127.0.0.1/32"]
# No load balancer has to notice that a node goes.
drain_seconds = 1

[database]
url = "{database_url}"

[keys]
directory = "{keys}"

[mail]
host = "127.0.0.1"
port = {mail_port}
security = "none"
sender = "no-reply@example.test"

[[resources]]
identifier = "{api}"
scopes = ["invoices:read"]
default = true
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """`database` is the name of its database in the cluster; it has no table until `idp db upgrade`. Mail goes to
    `mail_port`, where somebody has to listen.
    """

    folder: Path
    issuer: str
    cluster: Cluster
    database: str
    mail_port: int
    environment: dict[str, str]

    @property
    def database_url(self) -> str:
        return self.cluster.url(self.database)

    @property
    def keys(self) -> Path:
        return self.folder / "keys"

    def idp(self, *arguments: str) -> str:
        """Run a command; answers what it prints. Raises RuntimeError if it fails."""
        return idp(*arguments, environment=self.environment)

    def idp_json(self, *arguments: str) -> Any:
        """The same with `--json`, read."""
        return json.loads(self.idp(*arguments, "--json"))

    @contextmanager
    def serving(self) -> Iterator[Running]:
        """`idp serve`, until the end of the block."""
        command = [sys.executable, "-m", "idp", "serve"]
        with running(command, ready=f"ready {self.issuer}", environment=self.environment) as server:
            yield server


@contextmanager
def installed(folder: Path, cluster: Cluster, database: str, authority: Authority) -> Iterator[Installation]:
    """A configuration, an empty database, and nginx, which answers 502 until `serving`."""
    upstream, port, mail_port = free_port(), free_port(), free_port()
    installation = Installation(
        folder=folder,
        issuer=f"https://localhost:{port}",
        cluster=cluster,
        database=database,
        mail_port=mail_port,
        # `idp doctor` meets our certificate as everybody does, and has to trust it.
        environment={"IDP_CONFIG": str(folder / "config.toml"), "SSL_CERT_FILE": str(authority.bundle)},
    )
    configuration = _CONFIGURATION.format(
        issuer=installation.issuer,
        port=upstream,
        database_url=cluster.create(database),
        keys=installation.keys,
        mail_port=mail_port,
        api=API,
    )
    (folder / "config.toml").write_text(configuration, encoding="utf-8")
    try:
        with _nginx(folder / "nginx", authority, port=port, upstream=upstream):
            yield installation
    finally:
        cluster.drop(database)


@contextmanager
def _nginx(folder: Path, authority: Authority, *, port: int, upstream: int) -> Iterator[Running]:
    folder.mkdir()
    authority.equip(folder)
    configuration = _NGINX_CONFIGURATION.read_text(encoding="utf-8")
    for name, value in {"folder": folder, "port": port, "upstream": upstream}.items():
        configuration = configuration.replace(f"@{name}@", str(value))
    (folder / "nginx.conf").write_text(configuration, encoding="utf-8")
    command: list[str | Path] = [NGINX.get(), "-p", folder, "-e", "stderr", "-c", folder / "nginx.conf"]
    with running(command, ready=lambda: authority.answers(port)) as server:
        yield server
