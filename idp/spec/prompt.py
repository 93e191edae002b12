"""The `prompt` parameter: OpenID Connect Core §3.1.2.1 and Initiating User Registration 1.0."""

from enum import StrEnum

from idp.spec.errors import InvalidRequest


class Prompt(StrEnum):
    NONE = "none"
    LOGIN = "login"
    CONSENT = "consent"
    SELECT_ACCOUNT = "select_account"
    CREATE = "create"


def prompts_of(value: str) -> frozenset[Prompt]:
    """The prompts asked for. Raises InvalidRequest for an unknown one, or `none` or `create` beside another."""
    names = value.split()
    unknown = [name for name in names if name not in tuple(Prompt)]
    if unknown:
        raise InvalidRequest(f"unsupported prompt: {unknown[0]}")
    prompts = frozenset(Prompt(name) for name in names)
    if Prompt.NONE in prompts and len(prompts) > 1:
        raise InvalidRequest("prompt none excludes every other")
    if Prompt.CREATE in prompts and len(prompts) > 1:
        # Registration §4.1 leaves the meaning open: somebody new can't choose an account, nor sign in again.
        raise InvalidRequest("prompt create excludes every other")
    return prompts
