"""`config.example.toml` is what the code says, and works."""

import re
import subprocess
import sys
from pathlib import Path

from idp.config.example import example
from idp.config.reading import read_settings
from idp.config.settings import Resource, Settings, SupportPhone

FILE = Path(__file__).parents[2] / "config.example.toml"


def test_the_file_is_the_one_that_the_code_writes() -> None:
    assert FILE.read_text(encoding="utf-8") == example(), (
        "run: python -m idp.config.example > config.example.toml"
    )


def test_the_command_in_its_head_writes_it() -> None:
    command = [sys.executable, "-m", "idp.config.example"]
    written = subprocess.run(command, cwd=FILE.parent, capture_output=True, check=True)
    assert written.stdout.decode() == example()


def test_it_is_a_configuration_as_it_stands() -> None:
    assert read_settings(FILE, {}) == Settings(issuer="https://login.example.com")


def test_every_value_behind_a_hash_is_the_default() -> None:
    text = re.sub(r"(?m)^# (?=\w+ = |\[\[)", "", example())
    settings = read_settings(text, {})
    assert settings.resources == (Resource(identifier="https://api.example.com"),)
    assert settings.brand.support_phones == (SupportPhone(country="FR", number="+33 1 99 00 00 00"),)
    assert settings.server == Settings(issuer=settings.issuer).server
    assert text.count("\nid_token_algorithm = ") == 1
