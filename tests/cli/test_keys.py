"""`idp keys`: rotation, import, and replacing root keys, with audit events."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from idp.records.key import EVERY_ALGORITHM
from idp.signing.secrets import Purpose
from tests.cli.conftest import Commands


def _states(idp: Commands) -> dict[str, list[str]]:
    states: dict[str, list[str]] = {}
    for key in idp.json("keys", "list"):
        states.setdefault(key["algorithm"], []).append(key["state"])
    return states


def test_first_command_makes_the_keys(idp_on_both: Commands) -> None:
    assert "keys" in idp_on_both("keys", "check").stdout
    idp_on_both.text("account", "create")
    assert set(_states(idp_on_both)) == set(EVERY_ALGORITHM)
    assert idp_on_both.json("keys", "check")["problems"] == []


def test_rotation_waits_for_caches(idp: Commands) -> None:
    idp.text("account", "create")
    assert "Too early" in idp.refused("keys", "rotate", "--algorithm", "ES256")
    assert _states(idp)["ES256"] == ["active", "next"]
    changes = idp.json("keys", "rotate", "--algorithm", "ES256", "--compromised")
    assert [change["act"] for change in changes] == ["withdrawn", "withdrawn", "activated"]
    kid = changes[-1]["kid"]
    text = idp.text("keys", "rotate", "--algorithm", "ES256", "--compromised", "--kid", kid)
    assert kid in text
    assert "no such key" in idp.refused(
        "keys", "rotate", "--algorithm", "ES256", "--compromised", "--kid", kid
    )


def test_options_that_exclude_each_other(idp: Commands) -> None:
    assert idp("keys", "rotate", "--kid", "x").exit_code == 2
    assert idp("keys", "rotate", "--root", "--compromised").exit_code == 2


def test_key_from_elsewhere_signs(idp: Commands, tmp_path: Path) -> None:
    key = generate_private_key(SECP256R1())
    file = tmp_path / "key.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    idp.text("account", "create")
    changes = idp.json("keys", "import", str(file), "--algorithm", "ES256", "--activate")
    assert [change["act"] for change in changes] == ["retired", "imported"]
    assert "is or was in use" in idp.refused("keys", "import", str(file), "--algorithm", "ES256")
    file.write_text("nonsense")
    assert idp.refused("keys", "import", str(file), "--algorithm", "ES256")


def test_root_key_is_replaced(idp_on_both: Commands, tmp_path: Path) -> None:
    idp = idp_on_both
    idp.text("account", "create")
    [former] = idp.json("keys", "check")["sealed_rows"]
    made = idp.json("keys", "rotate", "--root")["root_key_id"]
    done = idp.json("keys", "reseal")
    assert done["rows"]["secret"] == len(Purpose)
    assert done["unused_root_keys"] == [former]
    assert list(idp.json("keys", "check")["sealed_rows"]) == [made]
    assert f"root-{former}.key seals nothing" in idp.text("keys", "check")
    (tmp_path / "keys" / f"root-{former}.key").unlink()
    idp.text("account", "create")
    assert "Copy it to every node" in idp.text("keys", "rotate", "--root")
    assert "rows sealed anew" in idp.text("keys", "reseal")


def test_open_key_folder_is_a_problem(idp: Commands, tmp_path: Path) -> None:
    idp.text("account", "create")
    (tmp_path / "keys").chmod(0o755)
    result = idp("keys", "check")
    assert result.exit_code == 1
    assert str(tmp_path / "keys") in result.stdout
