"""The plan of the house, where no linter looks: rooms are packages, files stay short, nothing is a drawer."""

from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
FILES = sorted((ROOT / "idp").rglob("*.py"))
DRAWERS = {"utils", "helpers", "common", "misc"}


def test_no_file_is_longer_than_a_reader_keeps_in_mind() -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES
    }
    too_long = {path for path, length in lengths.items() if length > 300}
    # Nobody reads a revision as prose: it is what Alembic made of the tables, once.
    assert {path for path in too_long if "/migrations/versions/" not in path} == set()


def test_every_folder_with_code_is_a_package() -> None:
    # Alembic loads its revisions by path.
    folders = {path.parent for path in FILES} - {ROOT / "idp" / "store" / "migrations" / "versions"}
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_nothing_is_a_drawer_for_everything() -> None:
    assert [path for path in FILES if path.stem in DRAWERS or path.parent.name in DRAWERS] == []
