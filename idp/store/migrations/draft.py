"""Drafts the next revision from the difference between the tables and what the revisions so far make.

`python -m idp.store.migrations.draft "what it is for"`; read and format the draft before you commit it.
"""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command
from alembic.config import Config
from alembic.script import Script
from sqlalchemy import create_engine

from idp.store.migrations.revision import REVISIONS
from idp.store.migrations.upgrade import upgrade

_HERE = Path(__file__).parent


def main(arguments: list[str]) -> None:
    """Write the file and print its path."""
    message = " ".join(arguments)
    if not message:
        sys.exit(__doc__)
    number = len(REVISIONS) + 1
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/draft.db"
        upgrade(url)
        engine = create_engine(url)
        with engine.connect() as connection:
            config = Config(attributes={"connection": connection, "render_as_batch": True})
            config.set_main_option("script_location", str(_HERE))
            config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
            script = command.revision(config, message, autogenerate=True, rev_id=f"{number:04}")
        engine.dispose()
    assert isinstance(script, Script)
    path = Path(script.path)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "# ###" not in line), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
