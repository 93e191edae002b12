"""What the runner of the official suite does without one."""

from pathlib import Path

from tests.conformance import modules
from tests.conformance.plans import PLANS, configuration
from tests.conformance.runner.report import Row, merge, row_of

_ROW = Row(plan="plan", variant={"response_type": "code"}, module="oidcc-server", result="FAILED")


def test_runner_knows_every_plan_of_the_battery() -> None:
    assert {plan.name for plan in PLANS} == {variant.plan for variant, _ in modules.PLANS}


def test_plan_whose_clients_register_has_no_alias_so_that_modules_run_beside_each_other() -> None:
    told = configuration("https://op.example", initial_access_token="once")
    assert "alias" not in told
    assert told["client"] == {"client_name": "Conformance client", "initial_access_token": "once"}
    assert told["server"] == {"discoveryUrl": "https://op.example/.well-known/openid-configuration"}


def test_plan_with_static_clients_gets_all_three() -> None:
    clients = {name: {"client_id": name} for name in ("client", "client2", "client_secret_post")}
    told = configuration("https://op.example", static_clients=clients)
    assert told["alias"]
    assert {name: told[name] for name in clients} == clients


def test_newer_result_takes_the_place_of_the_older_one_of_the_same_variant(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    other = Row(plan="plan", variant={"response_type": "id_token"}, module="oidcc-server", result="REVIEW")
    passed = Row(plan="plan", variant={"response_type": "code"}, module="oidcc-server", result="PASSED")
    merge([_ROW, other], file)
    assert merge([passed], file) == [passed, other]


def test_result_tells_the_conditions_that_did_not_hold() -> None:
    log = [
        {"src": "CheckState", "msg": "fine", "result": "SUCCESS"},
        {"src": "CheckHash", "msg": "at_hash is missing", "result": "WARNING"},
    ]
    row = row_of("plan", {}, "oidcc-server", {"status": "FINISHED", "result": "WARNING"}, log)
    assert (row.result, row.warnings, row.is_good) == ("WARNING", ("CheckHash: at_hash is missing",), False)


def test_module_that_did_not_end_is_no_pass() -> None:
    row = row_of("plan", {}, "oidcc-server", {"status": "INTERRUPTED", "result": "PASSED"}, [])
    assert row.result == "INTERRUPTED"
