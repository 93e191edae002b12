"""`idp config check`."""

import json
from pathlib import Path

from click.testing import CliRunner

from idp.cli import main


def test_every_problem_with_line_and_fix(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text('issuer = "http://login.example.com"\n[server]\nport = "x"\nbogus = 1\n')
    result = CliRunner().invoke(main, ["config", "check", str(file)])
    assert result.exit_code == 1
    assert f"{file}: line 3: server.port" in result.stdout
    assert "server.bogus" in result.stdout
    told = json.loads(CliRunner().invoke(main, ["config", "check", str(file), "--json"]).stdout)
    assert {problem["line"] for problem in told["problems"]} >= {3, 4}
    assert all(problem["fix"] for problem in told["problems"])


def test_warnings_alone_are_fine(tmp_path: Path) -> None:
    file = tmp_path / "good.toml"
    file.write_text('issuer = "http://localhost:8000"\n')
    result = CliRunner().invoke(main, ["config", "check", str(file)], env={"IDP_CONFIG": str(file)})
    assert result.exit_code == 0
    assert "warning" in result.stdout
    assert "can be used" in result.stdout
