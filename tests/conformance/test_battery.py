"""The battery is complete, and its table is current."""

from collections import Counter

from tests.conformance.modules import PLANS, every_run
from tests.conformance.report import batteries, committed_results, conformance_page
from tests.support.processes import ROOT


def test_every_module_of_every_plan_has_one_function() -> None:
    runs = Counter(run for run, _, _ in batteries())
    assert set(runs) == set(every_run())
    assert set(runs.values()) == {1}


def test_no_module_is_listed_twice_in_a_variant() -> None:
    listed = list(every_run())
    assert len(set(listed)) == len(listed)
    assert len({variant for variant, _ in PLANS}) == len(PLANS)


def test_page_is_current() -> None:
    page = (ROOT / "docs" / "conformance.md").read_text("utf-8")
    assert page == conformance_page(committed_results()), "run `make conformance`"


def test_official_results_are_of_listed_modules_and_good() -> None:
    """A result that is no pass is no evidence; it is mended, and run again."""
    listed = {(run.variant.plan, run.module) for run in every_run()}
    for found in committed_results():
        assert (found["plan"], found["module"]) in listed
        assert found["result"] in {"PASSED", "REVIEW"}, found
