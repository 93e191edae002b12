"""`idp db`."""

from idp.store.migrations.revision import REVISIONS
from tests.cli.conftest import Commands, Configure


def test_upgrade_and_check(configure: Configure, empty_database_url: str) -> None:
    commands = configure(empty_database_url)
    assert commands("db", "check", "--json").exit_code == 1
    assert commands.json("db", "upgrade") == {"former": None, "applied": [*REVISIONS], "backup": None}
    assert commands.text("db", "upgrade") == "Nothing to do\n"
    assert commands.json("db", "check") == {"problems": []}
    assert commands.text("db", "check") == "The schema is as expected\n"


def test_upgrade_tells_where_the_copy_is(idp: Commands) -> None:
    assert idp.json("db", "upgrade")["applied"] == []
