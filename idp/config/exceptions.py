"""What certification and old applications need beyond OAuth 2.1. Every key is off, and relaxes one requirement."""

from dataclasses import MISSING, dataclass, fields
from typing import Any, Literal

from idp.config.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceptions:
    """Each needs the client's consent too, in its metadata; `docs/exceptions.md` is generated from `EXCEPTIONS`."""

    require_pkce: bool = setting(
        "false lets confidential clients go without PKCE whose metadata says require_pkce = false.",
        default=True,
    )
    legacy_response_types: bool = setting(
        "true allows implicit and hybrid response types to clients that registered them.", default=False
    )
    allow_unsigned: bool = setting(
        "true allows unsigned ID tokens and request objects (alg none) to clients that registered them.",
        default=False,
    )
    assertion_audiences: tuple[Literal["issuer", "endpoint"], ...] = setting(
        'Whom a client\'s assertion may name as its audience: the issuer, or also the "endpoint" that it is sent to.',
        default=("issuer",),
    )
    fetch_private_networks: tuple[str, ...] = setting(
        "Networks (CIDR) that are not public, and from which clients' documents are fetched all the same.",
        default=(),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Relaxation:
    """A key of `Exceptions`: `requirement` and where it stands, what a client has to say in its metadata besides, who
    needs it, and what an operator is told while it is on, a sentence whose subject is the key and its value.
    """

    key: str
    requirement: str
    source: str
    metadata: str
    needed_by: str
    warning: str
    fix: str

    @property
    def strict(self) -> Any:
        """The default, with which nothing is relaxed."""
        [default] = [item.default for item in fields(Exceptions) if item.name == self.key]
        assert default is not MISSING
        return default


EXCEPTIONS = (
    Relaxation(
        key="require_pkce",
        requirement="Every authorization code is bound to a code challenge (PKCE, S256).",
        source="OAuth 2.1 §4.1.1 and §7.5.1, RFC 9700 §2.1.1",
        metadata="A confidential client with `require_pkce` = false. Public clients never go without.",
        needed_by="The Basic and Hybrid certification profiles, whose modules send no challenge; applications from"
        " before RFC 7636.",
        warning="lets named clients go without PKCE: a code that is stolen on its way can be injected there.",
        fix="Set it to true once every client sends a code_challenge.",
    ),
    Relaxation(
        key="legacy_response_types",
        requirement="Tokens never travel through the browser's address.",
        source="OAuth 2.1 §10.1, RFC 9700 §2.1.2",
        metadata="`response_types` that name `id_token` or `token`, and `grant_types` with `implicit`.",
        needed_by="The Implicit and Hybrid certification profiles; browser applications from before PKCE.",
        warning="gives tokens to browsers' addresses, for clients that registered so: histories and other sites'"
        " scripts can see them.",
        fix="Set it to false once no client registers another response type than code.",
    ),
    Relaxation(
        key="allow_unsigned",
        requirement="What is not signed proves nothing: alg `none` is refused.",
        source="RFC 8725 §3.2, RFC 9101 §10.1; OpenID Connect Core §2 and §6.1 allow it",
        metadata="For ID tokens `id_token_signed_response_alg` = `none`, and a response type that gives none through"
        " the browser. For request objects no `request_object_signing_alg`, or `none`.",
        needed_by="The certification modules `oidcc-idtoken-unsigned` and `oidcc-unsigned-request-object-…`, and those"
        " whose request_uri is unsigned.",
        warning="lets request objects and ID tokens go unsigned: anybody can write such a request.",
        fix="Set it to false.",
    ),
    Relaxation(
        key="assertion_audiences",
        requirement="A client's assertion names the issuer, as a text, and nobody else.",
        source="RFC 7523bis §4, FAPI 2.0 Security Profile §5.3.2.1; OpenID Connect Core §9 names the token endpoint",
        metadata="`token_endpoint_auth_method` = `private_key_jwt`.",
        needed_by="The Dynamic certification profile, whose assertions name the token endpoint; most libraries from"
        " before 2025.",
        warning="accepts assertions for an endpoint: a server that a client mistakes for us could use them here.",
        fix='Set it to ["issuer"] once every client names the issuer.',
    ),
    Relaxation(
        key="fetch_private_networks",
        requirement="What clients name by address is fetched from public addresses alone.",
        source="RFC 9101 §10.4, OpenID Connect Core §16; CWE-918",
        metadata="An address there: `jwks_uri`, `request_uris`, `sector_identifier_uri`, `backchannel_logout_uri`.",
        needed_by="A certification suite, or applications, in a network of one's own.",
        warning="lets whoever registers a client have documents fetched from these networks.",
        fix="Name as few addresses as possible, or none.",
    ),
)
"""One for each key of `Exceptions`."""


def relaxed(exceptions: Exceptions) -> tuple[Relaxation, ...]:
    """Those that are not as strict as can be."""
    return tuple(one for one in EXCEPTIONS if getattr(exceptions, one.key) != one.strict)
