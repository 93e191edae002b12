"""Risk policies that can't be meant, and files that can't be read."""

from pathlib import Path

import pytest

from idp.config.problem import ConfigurationProblems
from idp.config.reading import read_configuration

ISSUER = 'issuer = "http://localhost:8000"\n[risk]\n'


def problems_of(text: str) -> dict[str, str]:
    with pytest.raises(ConfigurationProblems) as caught:
        read_configuration(ISSUER + text, {})
    return {problem.key: problem.message for problem in caught.value.problems}


def warnings_of(text: str) -> dict[str, str]:
    return {warning.key: warning.message for warning in read_configuration(ISSUER + text, {}).warnings}


def test_the_attackers_make_a_whole() -> None:
    assert problems_of("naive_percent = 61") == {
        "risk.naive_percent": "and the shares beside it make 101, not 100."
    }
    assert (
        read_configuration(ISSUER + "naive_percent = 50\nvpn_percent = 35", {}).settings.risk.vpn_percent
        == 35
    )


@pytest.mark.parametrize("network", ["nonsense", "192.0.2.1/24", "", "192.0.2.0/33"])
def test_a_denied_network_is_a_network(network: str) -> None:
    assert problems_of(f'denied_networks = ["10.0.0.0/24", "{network}"]') == {
        "risk.denied_networks[1]": "is not a network."
    }


@pytest.mark.parametrize("network", ["0.0.0.0/0", "::/0", "5.0.0.0/8"])
def test_nobody_locks_out_the_internet(network: str) -> None:
    assert list(problems_of(f'denied_networks = ["{network}"]')) == ["risk.denied_networks[0]"]


@pytest.mark.parametrize("key", ["country_database", "asn_database", "city_database"])
def test_a_database_that_cannot_be_read_is_named(key: str, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mmdb"
    broken.write_bytes(b"no database")
    for file, reason in ((tmp_path / "missing", "No such file"), (broken, "no MMDB file"), (tmp_path, "")):
        warning = warnings_of(f'{key} = "{file}"')[f"risk.{key}"]
        assert warning.startswith("can't be read: ")
        assert reason in warning


def test_a_missing_list_of_networks_is_named(tmp_path: Path) -> None:
    assert "risk.hosting_networks" in warnings_of(f'hosting_networks = "{tmp_path}/none"')
    (tmp_path / "list").write_text("")
    assert "risk.hosting_networks" not in warnings_of(f'hosting_networks = "{tmp_path}/list"')


def test_observing_is_told() -> None:
    assert "risk.mode" in warnings_of('mode = "observe"')
    assert not any(key.startswith("risk") for key in warnings_of(""))
