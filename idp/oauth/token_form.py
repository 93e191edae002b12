"""What an access token is like: as its audience wants it. A JWT (RFC 9068) or an opaque value, for how long, and signed
with what.

A token for several APIs lives for the shortest time that one of them allows. APIs that want different formats or
algorithms can't share a token: a client asks for one each (RFC 8707 §2.2).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from idp.config.resources import Resource
from idp.config.settings import Settings
from idp.records.key import Algorithm
from idp.spec.errors import InvalidTarget


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenForm:
    """`algorithm` signs a JWT; an opaque token has no signature."""

    is_opaque: bool
    algorithm: Algorithm
    lifetime_seconds: int

    @property
    def kind(self) -> str:
        """What two APIs have to agree on."""
        return "opaque" if self.is_opaque else self.algorithm


def token_form(audience: Sequence[str], settings: Settings) -> TokenForm:
    """The form that every API of `audience` takes. Raises InvalidTarget where there is none."""
    named = [resource for resource in settings.resources if resource.identifier in audience]
    forms = [_form_of(resource, settings) for resource in named]
    if len(forms) < len(audience):
        forms.append(_own_form(settings))
    first, *others = forms
    if not others:
        return first
    if any(form.kind != first.kind for form in others):
        raise InvalidTarget("these resources take different kinds of tokens: ask for one at a time")
    return min(forms, key=lambda form: form.lifetime_seconds)


def longest_lifetime(audience: Sequence[str], settings: Settings) -> int:
    """The longest life of a token for some of `audience`, in seconds."""
    return max(token_form((one,), settings).lifetime_seconds for one in audience)


def _form_of(resource: Resource, settings: Settings) -> TokenForm:
    return TokenForm(
        is_opaque=resource.token_format == "opaque",
        algorithm=resource.signing_algorithm or settings.keys.access_token_algorithm,
        lifetime_seconds=resource.token_lifetime_seconds or settings.tokens.access_token_lifetime_seconds,
    )


def _own_form(settings: Settings) -> TokenForm:
    """Of tokens for us alone: userinfo and our own API."""
    return TokenForm(
        is_opaque=False,
        algorithm=settings.keys.access_token_algorithm,
        lifetime_seconds=settings.tokens.access_token_lifetime_seconds,
    )
