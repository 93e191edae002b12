"""What registration offers has to exist, whose word it takes has to be checkable, and letting anybody in is told."""

import pytest

from idp.config.problem import ConfigurationProblems
from idp.config.reading import read_configuration

_HEAD = 'issuer = "https://login.example"\n'
_KEYS = """'{"keys": []}'"""


def _problems(text: str) -> list[str]:
    with pytest.raises(ConfigurationProblems) as caught:
        read_configuration(_HEAD + text, {})
    return [f"{problem.key} {problem.message}" for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[registration]\nmode = "on"', "registration.mode must be one of"),
        ('[registration]\nscopes = ["openid", "admin"]', "registration.scopes[1] is no scope here."),
        ('[registration]\nresponse_types = ["id_token"]', "registration.response_types[0] is none of code."),
        ('[registration]\ngrant_types = ["password"]', "registration.grant_types[0] must be one of"),
        ('[registration]\nauth_methods = ["magic"]', "registration.auth_methods[0] must be one of"),
        ("[registration]\nredirect_uris = 0", "registration.redirect_uris must be at least 1."),
        ("[registration]\nrequire_pkce = false", "registration.require_pkce is false, but exceptions"),
        (
            '[[registration.software_issuers]]\nissuer = "x y"\njwks_uri = "https://x.example"',
            "registration.software_issuers[0].issuer is empty, holds a space",
        ),
        (
            '[[registration.software_issuers]]\nissuer = "x"\njwks_uri = "http://x.example"',
            "registration.software_issuers[0].jwks_uri is not https.",
        ),
        (
            '[[registration.software_issuers]]\nissuer = "x"\njwks_uri = ""\njwks = "[]"',
            "registration.software_issuers[0].jwks is not a JWK set",
        ),
        (
            f'[[registration.software_issuers]]\nissuer = "x"\njwks_uri = "https://x.example"\njwks = {_KEYS}',
            "registration.software_issuers[0].jwks is there beside jwks_uri.",
        ),
    ],
)
def test_what_refuses_the_start(text: str, told: str) -> None:
    assert any(problem.startswith(told) for problem in _problems(text)), _problems(text)


def test_an_issuer_is_named_once() -> None:
    one = f'[[registration.software_issuers]]\nissuer = "x"\njwks_uri = ""\njwks = {_KEYS}\n'
    assert _problems(one * 2) == [
        "registration.software_issuers[1].issuer is empty, holds a space, or is there twice."
    ]
    assert read_configuration(_HEAD + one, {}).settings.registration.software_issuers[0].issuer == "x"


def test_open_registration_is_warned_about() -> None:
    for mode, is_warned in (("off", False), ("token", False), ("open", True)):
        configuration = read_configuration(f'{_HEAD}[registration]\nmode = "{mode}"', {})
        warned = {warning.key for warning in configuration.warnings}
        assert ("registration.mode" in warned) is is_warned
