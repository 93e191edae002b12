"""docs/schema.md says what the tables are."""

from pathlib import Path

from idp.store.tables import metadata
from tests.support.schema import schema_page

_PAGE = Path(__file__).parent.parent.parent / "docs" / "schema.md"


def test_page_is_current() -> None:
    assert _PAGE.read_text(encoding="utf-8") == schema_page(), "run `make schema`"


def test_every_column_says_what_it_is() -> None:
    for table in metadata.tables.values():
        assert table.comment
        assert all(column.comment for column in table.columns)
