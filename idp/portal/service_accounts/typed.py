"""What somebody typed of a service account: read, checked, and told what is wrong in words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from idp.clients.authentication_asked import CERTIFICATE_NAMES
from idp.clients.metadata import InvalidMetadata
from idp.clients.service_account_asked import LONGEST_NAME, offered_methods
from idp.config.settings import Settings
from idp.login.scope_words import describe
from idp.signing.pasted_keys import NoUsableKey, PrivateKeyPasted, read_pasted
from idp.signing.public_keys import BadKeySet
from idp.spec.visible_text import tidy_line
from idp.web.forms import Parameters
from idp.web.locale import Message

SECRET, SIGNED_SECRET = "client_secret_basic", "client_secret_jwt"
KEY, OWN_CERTIFICATE, CERTIFICATE = "private_key_jwt", "self_signed_tls_client_auth", "tls_client_auth"
WAYS: Mapping[str, tuple[Message, Message]] = {
    SECRET: (Message("A secret"), Message("The simplest. We make it and show it once.")),
    KEY: (
        Message("A key of its own"),
        Message("It signs with a private key that never leaves it. The safest."),
    ),
    SIGNED_SECRET: (
        Message("A secret that it signs with"),
        Message("We make it and show it once; the program never sends it."),
    ),
    OWN_CERTIFICATE: (Message("A certificate that it made itself"), Message("It shows it when it connects.")),
    CERTIFICATE: (
        Message("A certificate from an authority"),
        Message("It shows one with a name that you enter here."),
    ),
}
"""How a program proves itself, in the order of the page. Secrets in a form have the same words."""
NAMES: Mapping[str, Message] = {
    "tls_client_auth_subject_dn": Message("Subject"),
    "tls_client_auth_san_dns": Message("Host name"),
    "tls_client_auth_san_uri": Message("URI"),
    "tls_client_auth_san_ip": Message("IP address"),
    "tls_client_auth_san_email": Message("E-mail address"),
}
"""By what a certificate from an authority is known."""

_NAME = Message("Enter a name of at most %(most)s characters", {"most": LONGEST_NAME})
_POSES = Message("This name could be taken for ours. Choose another one.")
_SCOPE = Message("Choose what the program may do")
_METHOD = Message("Choose how the program proves itself")
_KEYS = Message("Paste a public key, a certificate or a JWK set, or enter the address of one")
_BOTH = Message("Paste keys or enter an address, not both")
_PRIVATE = Message(
    "This is a private key, or holds one. It is no secret any more: make a new pair, and paste its public half."
)
_UNUSABLE = Message(
    "None of these keys can be used. Use RSA with at least 2048 bits, EC with P-256, or Ed25519."
)
_ADDRESS = Message("Enter an address that begins with https")
_KNOWN_BY = Message("Choose what the certificate is known by")
_CERTIFICATE_NAME = Message("Enter it as it stands in the certificate")
_FIELDS: Mapping[str, tuple[str, Message]] = {
    "scope": ("scope", _SCOPE),
    "token_endpoint_auth_method": ("method", _METHOD),
    "jwks": ("keys", _UNUSABLE),
    "jwks_uri": ("jwks_uri", _ADDRESS),
    **dict.fromkeys(CERTIFICATE_NAMES, ("certificate_name", _CERTIFICATE_NAME)),
}
Errors = dict[str, Message]


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """The form, as it is shown again. `known_by` is one of `NAMES`."""

    name: str = ""
    scopes: tuple[str, ...] = ()
    method: str = SECRET
    keys: str = ""
    jwks_uri: str = ""
    known_by: str = ""
    certificate_name: str = ""

    @classmethod
    def of(cls, form: Parameters) -> "Typed":
        name = form.get("name", "").strip()
        return cls(
            name=tidy_line(name, longest=LONGEST_NAME) or name,
            scopes=tuple(form.all("scope")),
            method=form.get("method", ""),
            keys=form.get("keys", "").strip(),
            jwks_uri=form.get("jwks_uri", "").strip(),
            known_by=form.get("known_by", ""),
            certificate_name=form.get("certificate_name", "").strip(),
        )

    @property
    def has_own_proof(self) -> bool:
        """Whether more has to be said: a key or a certificate of its own."""
        return self.method in (KEY, OWN_CERTIFICATE, CERTIFICATE)

    @property
    def has_certificate(self) -> bool:
        return self.method in (OWN_CERTIFICATE, CERTIFICATE)

    def wish(self) -> dict[str, Any]:
        """As `read_wish` takes it."""
        return {
            "client_name": self.name,
            "scope": " ".join(self.scopes),
            "token_endpoint_auth_method": self.method,
        }


def read_proof(typed: Typed) -> tuple[dict[str, Any], Errors]:
    """The members that say how the program proves itself, beside the method; or what is wrong."""
    if typed.method == CERTIFICATE:
        return _known_by(typed)
    if not typed.has_own_proof:
        return {}, {}
    if typed.keys and typed.jwks_uri:
        return {}, {"keys": _BOTH}
    if typed.jwks_uri:
        return {"jwks_uri": typed.jwks_uri}, {}
    if not typed.keys:
        return {}, {"keys": _KEYS}
    try:
        return {"jwks": read_pasted(typed.keys)}, {}
    except PrivateKeyPasted:
        return {}, {"keys": _PRIVATE}
    except NoUsableKey:
        return {}, {"keys": _UNUSABLE}
    except BadKeySet:
        return {}, {"keys": _KEYS}


def to_show(typed: Typed, errors: Errors) -> Typed:
    """What was typed, without a private key: no page repeats one."""
    return replace(typed, keys="") if errors.get("keys") is _PRIVATE else typed


def unsaid(typed: Typed) -> Errors:
    """What is not looked for where something else is wrong already, so that both are told at once."""
    return {} if typed.scopes else {"scope": _SCOPE}


def errors_of(error: InvalidMetadata) -> Errors:
    """Problems of metadata by the field that they come from."""
    found: Errors = {}
    for problem in error.problems:
        if problem.member == "client_name":
            found.setdefault("name", _POSES if "taken for" in problem.message else _NAME)
            continue
        field, message = _FIELDS.get(problem.member, ("method", _METHOD))
        found.setdefault(field, message)
    return found


def scope_choices(settings: Settings) -> list[tuple[str, Message, Message]]:
    """What may be given, in words."""
    return [describe(scope) for scope in settings.service_accounts.scopes]


def way_choices(settings: Settings) -> list[tuple[str, Message, Message]]:
    offered = offered_methods(settings)
    return [(method, *words) for method, words in WAYS.items() if method in offered]


def way_of(method: str) -> Message:
    """The words for a method, whichever way the secret is sent."""
    return WAYS.get(method, WAYS[SECRET])[0]


def titles_of(scopes: Iterable[str]) -> list[Message]:
    return [describe(scope)[1] for scope in sorted(scopes)]


def _known_by(typed: Typed) -> tuple[dict[str, Any], Errors]:
    if typed.known_by not in NAMES:
        return {}, {"known_by": _KNOWN_BY}
    if not typed.certificate_name:
        return {}, {"certificate_name": _CERTIFICATE_NAME}
    return {typed.known_by: typed.certificate_name}, {}
