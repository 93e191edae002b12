"""What the suite found, as `tests/conformance/results.json` keeps it."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent.parent / "results.json"
_WORTH_TELLING = ("FAILURE", "WARNING")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One module of one plan. `result` is the suite's: PASSED, REVIEW (with pictures), WARNING, SKIPPED, FAILED, or
    INTERRUPTED where it did not end. `warnings` are the conditions that did not hold, in the suite's words.
    """

    plan: str
    variant: Mapping[str, str]
    module: str
    result: str
    warnings: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, tuple[tuple[str, str], ...], str]:
        return self.plan, tuple(sorted(self.variant.items())), self.module

    @property
    def is_good(self) -> bool:
        return self.result in ("PASSED", "REVIEW")


def row_of(
    plan: str,
    variant: Mapping[str, str],
    module: str,
    info: Mapping[str, Any],
    log: Iterable[Mapping[str, Any]],
) -> Row:
    """Read how a module ended."""
    status, result = info["status"], info.get("result")
    told = tuple(
        f"{entry['src']}: {entry.get('msg', '')}" for entry in log if entry.get("result") in _WORTH_TELLING
    )
    result = result if status == "FINISHED" and result else "INTERRUPTED"
    return Row(plan=plan, variant=dict(variant), module=module, result=result, warnings=told)


def merge(rows: Iterable[Row], file: Path = RESULTS) -> list[Row]:
    """Put newer rows in the place of older ones of the same module and variant; answers all that are kept."""
    former = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
    kept = {row.key: row for row in (Row(**{**one, "warnings": tuple(one["warnings"])}) for one in former)}
    kept |= {row.key: row for row in rows}
    # A line for each, so that a difference shows what changed.
    lines = ",\n".join(json.dumps(asdict(row), ensure_ascii=False) for row in kept.values())
    file.write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    return list(kept.values())
