import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from idp.adapters.entropy import SystemEntropy
from idp.adapters.key_files import (
    RootKeyProblem,
    add_root_key,
    load_root_keys,
    read_root_keys,
    root_key_problems,
)
from idp.signing.sealing import RootKey, RootKeys, UnknownRootKey

NOW = 1_700_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "some" / "keys"


def load(folder: Path, *sealed_with: str) -> RootKeys:
    return load_root_keys(folder, sealed_with=sealed_with, entropy=SystemEntropy(), now=NOW)


def refusal(folder: Path, *sealed_with: str) -> RootKeyProblem:
    with pytest.raises(RootKeyProblem) as caught:
        load(folder, *sealed_with)
    assert str(caught.value.path) in str(caught.value)
    assert caught.value.fix in str(caught.value)
    return caught.value


def test_a_first_start_makes_one_key_that_others_can_not_read(folder: Path) -> None:
    keys = load(folder)
    (path,) = folder.iterdir()
    assert path.name == f"root-{keys.current_id}.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert root_key_problems(folder) == []


def test_a_second_start_finds_the_same_key(folder: Path) -> None:
    first = load(folder)
    sealed = first.seal(b"seed", binding="row")
    second = load(folder, first.current_id)
    assert second.ids == first.ids
    assert second.open(sealed.sealed, root_key_id=sealed.root_key_id, binding="row") == b"seed"


@pytest.mark.parametrize("folder_exists", [True, False])
def test_a_lost_folder_beside_a_database_that_needs_it_refuses_the_start(
    folder: Path, folder_exists: bool
) -> None:
    if folder_exists:
        folder.mkdir(parents=True, mode=0o700)
    problem = refusal(folder, "0123456789abcdef")
    assert "root-0123456789abcdef.key" in problem.problem
    assert "backup" in problem.fix
    assert list(folder.glob("*")) == []


def test_another_installations_key_is_no_help(folder: Path) -> None:
    load(folder)
    assert "root-0123456789abcdef.key" in refusal(folder, "0123456789abcdef").problem


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_file_that_others_can_get_at_refuses_the_start(folder: Path, mode: int) -> None:
    load(folder)
    (path,) = folder.iterdir()
    path.chmod(mode)
    problem = refusal(folder)
    assert problem.path == path
    assert problem.fix == f"chmod 600 {path}"
    assert [found.path for found in root_key_problems(folder)] == [path]


def test_a_folder_that_others_can_get_at_refuses_the_start(folder: Path) -> None:
    load(folder)
    folder.chmod(0o750)
    assert refusal(folder).fix == f"chmod 700 {folder}"
    assert [found.path for found in root_key_problems(folder)] == [folder]


def test_every_damage_to_a_key_file_is_noticed(folder: Path) -> None:
    load(folder)
    (path,) = folder.iterdir()
    text = path.read_text()
    start = text.index("idp-root-key-1")
    for at in range(start, len(text) - 1):
        path.write_text(text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :])
        assert refusal(folder).path == path
    for length in range(start, len(text) - 2):
        path.write_text(text[:length])
        assert refusal(folder).path == path
    path.write_bytes(b"\xff\xfe")
    assert refusal(folder).problem == "not a root key file"
    path.write_text("")
    assert refusal(folder).problem == "not a root key file"


def test_a_file_of_a_later_release_says_so(folder: Path) -> None:
    load(folder)
    (path,) = folder.iterdir()
    path.write_text(path.read_text().replace("idp-root-key-1", "idp-root-key-2"))
    assert "release" in refusal(folder).fix


def test_a_renamed_key_file_names_its_right_name(folder: Path) -> None:
    keys = load(folder)
    (path,) = folder.iterdir()
    path.rename(folder / "root-backup.key")
    assert refusal(folder, keys.current_id).fix == f"rename it to root-{keys.current_id}.key"


def test_an_added_key_is_current_even_within_the_same_second(folder: Path) -> None:
    first = load(folder)
    added = add_root_key(folder, entropy=SystemEntropy(), now=NOW)
    again = load(folder, first.current_id)
    assert again.ids == (added.root_key_id, first.current_id)


def test_other_files_in_the_folder_are_left_alone(folder: Path) -> None:
    keys = load(folder)
    (folder / "root-unfinished.new").write_text("half")
    (folder / "README").write_text("hands off")
    assert load(folder).ids == keys.ids


def test_a_file_where_the_folder_should_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("")
    assert refusal(tmp_path / "keys").path == tmp_path / "keys"
    assert "missing" in root_key_problems(tmp_path / "keys")[0].problem


def test_a_place_where_no_folder_can_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert refusal(tmp_path / "file" / "keys").path == tmp_path / "file" / "keys"


def test_a_key_file_that_can_not_be_read_or_written_is_named(folder: Path) -> None:
    keys = load(folder)
    (path,) = folder.iterdir()
    path.unlink()
    path.mkdir(mode=0o700)
    assert refusal(folder, keys.current_id).path == path
    path.rmdir()
    (folder / f"root-{RootKey(value=b'k' * 32, created_at=NOW).root_key_id}.new").write_text("half")
    with pytest.raises(RootKeyProblem):
        load_root_keys(folder, sealed_with=(), entropy=Predictable(), now=NOW)


def test_a_running_node_looks_again_and_forgets_nothing(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    node = load(folder)
    former = node.current_id
    added = add_root_key(folder, entropy=SystemEntropy(), now=NOW)
    (folder / f"root-{former}.key").unlink()
    node.check(added.root_key_id)
    assert node.ids == (added.root_key_id, former)
    folder.chmod(0o755)
    with pytest.raises(UnknownRootKey):
        node.check("0123456789abcdef")
    assert node.ids == (added.root_key_id, former)
    assert "chmod 700" in caplog.text
    shutil.rmtree(folder)
    with pytest.raises(UnknownRootKey):
        node.check("0123456789abcdef")


class Predictable:
    """Entropy that makes the same key every time."""

    def token_bytes(self, length: int) -> bytes:
        return b"k" * length

    def uuid7(self, now: int) -> str:
        return f"{now:032x}"


def test_processes_that_start_together_make_one_key(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from idp.adapters.entropy import SystemEntropy;"
        "from idp.adapters.key_files import load_root_keys;"
        "load_root_keys(Path(sys.argv[1]), sealed_with=(), entropy=SystemEntropy(), now=1)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    started = [subprocess.Popen([sys.executable, "-c", code, str(folder)], env=environment) for _ in range(4)]
    assert [process.wait(60) for process in started] == [0, 0, 0, 0]
    assert len(read_root_keys(folder)) == 1
