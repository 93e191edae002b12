"""Every way to prove something has a word that people read."""

from idp.login.proof_words import SILENT, proof_words
from idp.records.factor import Way
from idp.spec.assurance import Amr, Proof


def test_every_way_to_prove_has_a_word_unless_it_only_describes_others() -> None:
    for code in (*Amr, *Proof, *Way):
        assert len(proof_words(code)) == (0 if code in SILENT else 1), code


def test_a_word_is_said_once() -> None:
    said = [word.msgid for word in proof_words("pwd synced-passkey hwk user mfa nonsense")]
    assert said == ["Password", "Passkey or security key"]
