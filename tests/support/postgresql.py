"""A PostgreSQL cluster for the tests, thrown away afterwards. It keeps its promises: `fsync` stays on."""

import getpass
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from tests.support.processes import free_port
from tests.support.programs import POSTGRESQL
from tests.support.waiting import wait_until

# The server ends with us, even if we are killed: the shell reads our end of a pipe, and its closing is the signal.
_SUPERVISE = '"$@" & server=$!; read -r _; kill -QUIT $server; wait $server'
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "log_min_messages": "fatal",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A running cluster. Every local user may connect, as the superuser `postgres`."""

    port: int

    def url(self, name: str) -> str:
        """The URL of a database, as `[database] url` takes it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, *, template: str = "template1") -> str:
        """A new database, copied from `template`; answers its URL. Nobody may be connected to the template."""
        self.run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        return self.url(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self.run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def run(self, statement: sql.Composed) -> None:
        """Run a statement that concerns the cluster rather than one database."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running_cluster() -> Iterator[Cluster]:
    """A new cluster in a temporary folder, on a free port of the loopback interface."""
    folder = Path(tempfile.mkdtemp(prefix="idp-postgresql-"))
    try:
        prefix = _own(folder)
        binaries = POSTGRESQL.get().resolve().parent
        _initialise([*prefix, str(binaries / "initdb")], folder / "data")
        with (folder / "log").open("wb") as log:
            cluster = Cluster(port=free_port())
            settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
            server = [
                str(binaries / "postgres"),
                "-D",
                str(folder / "data"),
                f"--port={cluster.port}",
                *settings,
            ]
            command = [*prefix, "sh", "-c", _SUPERVISE, "sh", *server]
            with subprocess.Popen(command, cwd="/", stdin=subprocess.PIPE, stdout=log, stderr=log) as process:
                wait_until(
                    lambda: process.poll() is not None or _answers(cluster),
                    within_seconds=60,
                    what="PostgreSQL",
                )
                if process.poll() is not None:
                    raise RuntimeError(f"PostgreSQL does not start: {(folder / 'log').read_text()}")
                yield cluster
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _own(folder: Path) -> list[str]:
    """Give the folder to whom the server runs as, and answer the command that becomes them: it refuses to be root."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, user="postgres")
    return ["runuser", "-u", "postgres", "--"]


def _initialise(initdb: list[str], data: Path) -> None:
    command = [*initdb, "--pgdata", str(data), "--username=postgres", "--auth=trust", "--encoding=UTF8"]
    command += ["--locale=C", "--no-sync", "--no-instructions"]
    done = subprocess.run(command, cwd=data.parent, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"initdb failed for {getpass.getuser()}: {done.stderr}")


def _answers(cluster: Cluster) -> bool:
    try:
        psycopg.connect(cluster.url("postgres"), connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True
