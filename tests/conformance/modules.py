"""The modules of the official suite that certify a provider, by plan and variant: release v5.2.4, in its order.

Ids and plan names are the suite's. Clients register dynamically wherever a plan leaves the choice, and where it leaves
the response type too, it is `code`: so the most modules run.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

_SHARED = (
    "oidcc-scope-profile",
    "oidcc-scope-email",
    "oidcc-scope-address",
    "oidcc-scope-phone",
    "oidcc-scope-all",
    "oidcc-alternate-happy-flow",
    "oidcc-display-page",
    "oidcc-display-popup",
    "oidcc-prompt-login",
    "oidcc-prompt-none-not-logged-in",
    "oidcc-prompt-none-logged-in",
    "oidcc-max-age-1",
    "oidcc-max-age-10000",
    "oidcc-ensure-request-with-unknown-parameter-succeeds",
    "oidcc-id-token-hint",
    "oidcc-login-hint",
    "oidcc-ui-locales",
    "oidcc-claims-locales",
    "oidcc-ensure-request-with-acr-values-succeeds",
)
_USERINFO = ("oidcc-userinfo-get", "oidcc-userinfo-post-header", "oidcc-userinfo-post-body")
_REQUEST_OBJECTS = (
    "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
)
_WITHOUT_NONCE = "oidcc-ensure-request-without-nonce-fails"
_WITHOUT_NONCE_FOR_CODE = "oidcc-ensure-request-without-nonce-succeeds-for-code-flow"
_PKCE = "oidcc-ensure-request-with-valid-pkce-succeeds"

_BASIC = (
    "oidcc-server",
    "oidcc-response-type-missing",
    "oidcc-idtoken-signature",
    "oidcc-idtoken-unsigned",
    *_USERINFO,
    _WITHOUT_NONCE_FOR_CODE,
    *_SHARED,
    "oidcc-codereuse",
    "oidcc-codereuse-30seconds",
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-ensure-post-request-succeeds",
    "oidcc-server-client-secret-post",
    *_REQUEST_OBJECTS,
    "oidcc-claims-essential",
    "oidcc-ensure-request-object-with-redirect-uri",
    "oidcc-refresh-token",
    _PKCE,
)
_IMPLICIT = (
    "oidcc-server",
    "oidcc-idtoken-signature",
    _WITHOUT_NONCE,
    *_SHARED,
    "oidcc-ensure-registered-redirect-uri",
    *_REQUEST_OBJECTS,
    "oidcc-ensure-request-object-with-redirect-uri",
    "oidcc-claims-essential",
)
_HYBRID = (
    "oidcc-server",
    "oidcc-response-type-missing",
    "oidcc-idtoken-signature",
    *_USERINFO,
    _WITHOUT_NONCE,
    *_SHARED,
    "oidcc-codereuse",
    "oidcc-codereuse-30seconds",
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-server-client-secret-post",
    *_REQUEST_OBJECTS,
    "oidcc-claims-essential",
    "oidcc-ensure-request-object-with-redirect-uri",
    "oidcc-refresh-token",
    _PKCE,
)
# What the hybrid plan runs for its first response type alone.
_ONCE = {"oidcc-response-type-missing", "oidcc-alternate-happy-flow", _PKCE}
_HYBRID_AGAIN = tuple(module for module in _HYBRID if module not in _ONCE)
_HYBRID_CODE_TOKEN = tuple(
    _WITHOUT_NONCE_FOR_CODE if module == _WITHOUT_NONCE else module for module in _HYBRID_AGAIN
)
_DYNAMIC = (
    "oidcc-idtoken-rs256",
    "oidcc-idtoken-unsigned",
    "oidcc-userinfo-rs256",
    "oidcc-ensure-redirect-uri-in-authorization-request",
    "oidcc-redirect-uri-query-OK",
    "oidcc-redirect-uri-query-mismatch",
    "oidcc-redirect-uri-query-added",
    "oidcc-redirect-uri-regfrag",
    "oidcc-discovery-endpoint-verification",
    "oidcc-server",
    "oidcc-registration-logo-uri",
    "oidcc-registration-policy-uri",
    "oidcc-registration-tos-uri",
    "oidcc-registration-jwks-uri",
    "oidcc-registration-sector-uri",
    "oidcc-registration-sector-bad",
    "oidcc-server-rotate-keys",
    "oidcc-refresh-token-rp-key-rotation",
    "oidcc-request-uri-unsigned",
    "oidcc-request-uri-signed-rs256",
    "oidcc-ensure-request-object-with-redirect-uri",
    "oidcc-refresh-token",
    "oidcc-ensure-client-assertion-with-iss-aud-succeeds",
)
_LOGOUT = "oidcc-rp-initiated-logout"
_RP_INITIATED = (
    f"{_LOGOUT}-discovery-endpoint-verification",
    _LOGOUT,
    f"{_LOGOUT}-bad-post-logout-redirect-uri",
    f"{_LOGOUT}-modified-id-token-hint",
    f"{_LOGOUT}-no-id-token-hint",
    f"{_LOGOUT}-no-params",
    f"{_LOGOUT}-no-post-logout-redirect-uri",
    f"{_LOGOUT}-no-state",
    f"{_LOGOUT}-only-state",
    f"{_LOGOUT}-query-added-to-post-logout-redirect-uri",
    f"{_LOGOUT}-bad-id-token-hint",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A plan with the choices that it makes for some of its modules. `response_mode` is the suite's word."""

    plan: str
    response_type: str = "code"
    response_mode: str = "default"
    client_auth: str = "client_secret_basic"

    @property
    def is_form_post(self) -> bool:
        return self.response_mode == "form_post"

    @property
    def parts(self) -> frozenset[str]:
        """What the authorization response brings: `code`, `token`, `id_token`."""
        return frozenset(self.response_type.split())

    @property
    def short_plan(self) -> str:
        return self.plan.removeprefix("oidcc-").removesuffix("-test-plan").removesuffix("-certification")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One module in one variant of one plan: a row of the table."""

    module: str
    variant: Variant

    def __str__(self) -> str:
        return f"{self.module} {self.variant.short_plan} {self.variant.response_type}".replace(" ", "+")


def _plan(name: str, **choices: str) -> Variant:
    return Variant(plan=f"oidcc-{name}-certification-test-plan", **choices)


def _by_form(
    plans: tuple[tuple[Variant, tuple[str, ...]], ...],
) -> tuple[tuple[Variant, tuple[str, ...]], ...]:
    """The form post plans run the same modules with another response mode."""
    return tuple(
        (
            replace(
                variant, plan=variant.plan.replace("oidcc-", "oidcc-formpost-"), response_mode="form_post"
            ),
            modules,
        )
        for variant, modules in plans
    )


_CORE = (
    (_plan("basic"), _BASIC),
    (_plan("implicit", response_type="id_token"), _IMPLICIT),
    (
        _plan("implicit", response_type="id_token token"),
        (*_IMPLICIT, *_USERINFO, "oidcc-response-type-missing"),
    ),
    (_plan("hybrid", response_type="code id_token"), _HYBRID),
    (_plan("hybrid", response_type="code token"), _HYBRID_CODE_TOKEN),
    (_plan("hybrid", response_type="code id_token token"), _HYBRID_AGAIN),
)

PLANS: tuple[tuple[Variant, tuple[str, ...]], ...] = (
    *_CORE,
    (_plan("config"), ("oidcc-discovery-endpoint-verification",)),
    (_plan("dynamic", client_auth="private_key_jwt"), _DYNAMIC),
    *_by_form(_CORE),
    (
        _plan("3rdparty-init-login"),
        ("oidcc-3rd_party-init-login", "oidcc-3rd_party-init-login-nohttps"),
    ),
    (
        _plan("session-management"),
        (
            "oidcc-session-management-discovery-endpoint-verification",
            "oidcc-session-management-rp-initiated-logout",
        ),
    ),
    (_plan("rp-initiated-logout"), _RP_INITIATED),
    (
        _plan("frontchannel-rp-initiated-logout"),
        (
            "oidcc-frontchannel-logout-discovery-endpoint-verification",
            "oidcc-frontchannel-rp-initiated-logout",
        ),
    ),
    (
        _plan("backchannel-rp-initiated-logout"),
        (
            "oidcc-backchannel-logout-discovery-endpoint-verification",
            "oidcc-backchannel-rp-initiated-logout",
        ),
    ),
)


def every_run() -> Iterator[Run]:
    """Each module of each plan, once for each variant."""
    for variant, modules in PLANS:
        for module in modules:
            yield Run(module=module, variant=variant)


def runs_of(*modules: str) -> pytest.MarkDecorator:
    """Parametrizes a battery function with every run of its modules."""
    runs = [run for run in every_run() if run.module in modules]
    assert {run.module for run in runs} == set(modules)
    return pytest.mark.parametrize("run", runs, ids=str)
