import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.adapters.entropy import SystemEntropy
from idp.signing.sealing import RootKey, RootKeys, SealBroken, UnknownRootKey

OLD, NEW = RootKey(value=b"o" * 32, created_at=1), RootKey(value=b"n" * 32, created_at=2)


def keys(*members: RootKey) -> RootKeys:
    return RootKeys(members, entropy=SystemEntropy())


@given(st.binary(max_size=300), st.text())
def test_what_was_sealed_opens_with_the_same_binding(plaintext: bytes, binding: str) -> None:
    sealed = keys(OLD).seal(plaintext, binding=binding)
    assert keys(OLD).open(sealed.sealed, root_key_id=sealed.root_key_id, binding=binding) == plaintext


def test_a_seal_does_not_open_in_another_row() -> None:
    sealed = keys(OLD).seal(b"seed", binding="secret:one")
    with pytest.raises(SealBroken):
        keys(OLD).open(sealed.sealed, root_key_id=sealed.root_key_id, binding="secret:two")


def test_every_altered_byte_and_every_cut_breaks_the_seal() -> None:
    ring = keys(OLD)
    sealed = ring.seal(b"seed", binding="row").sealed
    altered = [sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :] for at in range(len(sealed))]
    for broken in [*altered, *(sealed[:length] for length in range(len(sealed))), sealed + b"\0"]:
        with pytest.raises(SealBroken):
            ring.open(broken, root_key_id=OLD.root_key_id, binding="row")


def test_a_seal_does_not_open_under_another_known_root_key() -> None:
    sealed = keys(OLD).seal(b"seed", binding="row").sealed
    with pytest.raises(SealBroken):
        keys(OLD, NEW).open(sealed, root_key_id=NEW.root_key_id, binding="row")


def test_the_newest_root_key_seals_and_older_ones_still_open() -> None:
    before = keys(OLD).seal(b"seed", binding="row")
    both = keys(OLD, NEW)
    assert both.seal(b"seed", binding="row").root_key_id == both.current_id == NEW.root_key_id
    assert both.ids == (NEW.root_key_id, OLD.root_key_id)
    assert both.open(before.sealed, root_key_id=before.root_key_id, binding="row") == b"seed"


def test_an_unknown_root_key_is_named_with_the_file_to_copy() -> None:
    sealed = keys(NEW).seal(b"seed", binding="row")
    with pytest.raises(UnknownRootKey, match=rf"root-{NEW.root_key_id}\.key"):
        keys(OLD).open(sealed.sealed, root_key_id=sealed.root_key_id, binding="row")


def test_a_running_node_takes_up_a_root_key_that_it_meets() -> None:
    sealed = keys(NEW).seal(b"seed", binding="row")
    node = RootKeys([OLD], entropy=SystemEntropy(), reread=lambda: [OLD, NEW])
    assert node.open(sealed.sealed, root_key_id=sealed.root_key_id, binding="row") == b"seed"
    assert node.current_id == NEW.root_key_id


def test_sealing_twice_gives_different_bytes() -> None:
    ring = keys(OLD)
    assert ring.seal(b"seed", binding="row") != ring.seal(b"seed", binding="row")


def test_a_root_key_does_not_print_its_value() -> None:
    assert "oooo" not in repr(OLD)
