"""The next revision is drafted from the difference between tables and revisions."""

import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.processes import ROOT


def _draft(folder: Path, *arguments: str) -> list[str]:
    command = [sys.executable, "-m", "idp.store.migrations.draft", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    versions = folder / "idp" / "store" / "migrations" / "versions"
    return sorted(path.name for path in versions.glob("*.py"))


def test_drafts_hold_the_difference(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "idp", tmp_path / "idp", ignore=shutil.ignore_patterns("__pycache__"))
    tables = tmp_path / "idp" / "store" / "tables" / "client.py"
    tables.write_text(
        tables.read_text().replace(
            '    integer("created_at"',
            '    text("colour", "A.", nullable=True),\n    integer("created_at"',
            1,
        )
    )
    names = _draft(tmp_path, "clients have a colour")
    assert names[-1] == f"{len(names):04}_clients_have_a_colour.py"
    draft = (tmp_path / "idp" / "store" / "migrations" / "versions" / names[-1]).read_text()
    assert draft.startswith('"""Clients have a colour."""')
    assert 'batch_op.add_column(sa.Column("colour"' in draft.replace("'", '"')
    assert "# ###" not in draft
