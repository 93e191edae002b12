"""Databases as fixtures: each test gets a fresh one, at the newest migration, on SQLite and on PostgreSQL.

Migrations run once for each kind; a test's database is a copy. PostgreSQL starts with the first test that wants it.
"""

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.store.migrations.upgrade import upgrade
from tests.support.postgresql import Cluster, running_cluster

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL cluster that lasts as long as the run."""
    with running_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def postgresql_template(cluster: Cluster) -> str:
    """The name of a migrated database, to copy."""
    upgrade(cluster.create("idp_template"))
    return "idp_template"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a migrated database, to copy."""
    file = tmp_path_factory.mktemp("template") / "idp.db"
    upgrade(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh migrated SQLite database."""
    shutil.copyfile(sqlite_template, tmp_path / "idp.db")
    return f"sqlite:///{tmp_path}/idp.db"


@pytest.fixture
def postgresql_url(cluster: Cluster, postgresql_template: str) -> Iterator[str]:
    """A fresh migrated PostgreSQL database."""
    name = f"test_{next(_numbers)}"
    yield cluster.create(name, template=postgresql_template)
    cluster.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh migrated database; the test runs once on each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A database without any table; the test runs once on each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    name = f"empty_{next(_numbers)}"
    yield cluster.create(name)
    cluster.drop(name)
