"""The clients of the demo world, as `idp client create` would register them, with secrets for everybody."""

from dataclasses import dataclass

from idp.demo.addresses import BILLING, Addresses
from idp.demo.words import read_words
from idp.records.client import ApplicationType, Client, ClientId, RefreshPolicy

_PERSON = frozenset({"openid", "profile", "email"})
_EVERY_CLAIM = _PERSON | {"address", "phone"}
_INVOICES = frozenset({"invoices:read", "invoices:pay"})
_LEDGER = frozenset({"ledger:read"})
_CODE_AND_REFRESH = frozenset({"authorization_code", "refresh_token"})
_DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
_TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoClient:
    """`secret` is empty for a public client."""

    client: Client
    secret: str = ""
    purpose: str


def clients(addresses: Addresses) -> tuple[DemoClient, ...]:
    """Every client; redirect URIs depend on the base port."""
    return (
        _application(
            "manager",
            addresses.manager,
            word="manager",
            # It acts for customers who let whoever is signed in act for them.
            more_grant_types=frozenset({_TOKEN_EXCHANGE}),
            more_scopes=frozenset({"delegations:read"}),
            resources=frozenset({addresses.api, f"{addresses.issuer}/api/v1"}),
        ),
        _application("second", addresses.second, word="billing"),
        DemoClient(
            client=Client(
                client_id=ClientId("spa"),
                client_name="Single-page demo",
                token_endpoint_auth_method="none",
                grant_types=_CODE_AND_REFRESH,
                redirect_uris=("http://localhost:3000/callback",),
                post_logout_redirect_uris=("http://localhost:3000/",),
                scopes=_EVERY_CLAIM | _INVOICES | {"offline_access"},
                is_demo=True,
            ),
            purpose="public, PKCE, asks consent",
        ),
        DemoClient(
            client=Client(
                client_id=ClientId("machine"),
                client_name="Demo API",
                grant_types=frozenset({"client_credentials", _TOKEN_EXCHANGE}),
                response_types=frozenset(),
                scopes=_INVOICES | _LEDGER,
                resources=frozenset({addresses.api, BILLING}),
                is_demo=True,
            ),
            secret="machine-demo-secret",
            purpose="service account of the demo API",
        ),
        DemoClient(
            client=Client(
                client_id=ClientId("introspector"),
                client_name="Introspecting API",
                grant_types=frozenset(),
                response_types=frozenset(),
                may_introspect=True,
                is_demo=True,
            ),
            secret="introspector-demo-secret",
            purpose="resource server that introspects",
        ),
        DemoClient(
            client=Client(
                client_id=ClientId("cli"),
                client_name="Command line",
                application_type=ApplicationType.NATIVE,
                token_endpoint_auth_method="none",
                grant_types=frozenset({_DEVICE_CODE, "refresh_token"}),
                response_types=frozenset(),
                scopes=_PERSON | _INVOICES | _LEDGER | {"offline_access"},
                is_demo=True,
            ),
            purpose="public, device authorization, asks consent",
        ),
        DemoClient(
            client=Client(
                client_id=ClientId("television"),
                client_name="Demo television",
                token_endpoint_auth_method="none",
                grant_types=frozenset({_DEVICE_CODE}),
                response_types=frozenset(),
                client_uri=f"{addresses.second}/television",
                scopes=_PERSON,
                is_demo=True,
            ),
            purpose="public, device authorization: the page /television of billing",
        ),
        DemoClient(
            client=Client(
                client_id=ClientId("billing"),
                client_name="Billing service",
                grant_types=frozenset({"client_credentials"}),
                response_types=frozenset(),
                scopes=frozenset({"customers:read"}),
                resources=frozenset({f"{addresses.issuer}/api/v1"}),
                is_demo=True,
            ),
            secret="billing-demo-secret",
            purpose="service account that prints customer IDs on invoices",
        ),
    )


def _application(
    client_id: str,
    origin: str,
    *,
    word: str,
    more_grant_types: frozenset[str] = frozenset(),
    more_scopes: frozenset[str] = frozenset(),
    resources: frozenset[str] = frozenset(),
) -> DemoClient:
    """It is called at sign-in as it calls itself: `word` among what the demo says."""
    names = {language: words[word] for language, words in read_words().items()}
    return DemoClient(
        client=Client(
            client_id=ClientId(client_id),
            client_name=names.pop("en"),
            localized={f"client_name#{language}": name for language, name in names.items()},
            grant_types=_CODE_AND_REFRESH | more_grant_types,
            redirect_uris=(f"{origin}/callback",),
            post_logout_redirect_uris=(f"{origin}/signed-out",),
            frontchannel_logout_uri=f"{origin}/front-channel-logout",
            frontchannel_logout_session_required=True,
            backchannel_logout_uri=f"{origin}/back-channel-logout",
            backchannel_logout_session_required=True,
            initiate_login_uri=f"{origin}/login",
            client_uri=f"{origin}/",
            # What the demo API may look up for them, too: it exchanges their tokens.
            scopes=_EVERY_CLAIM | _INVOICES | _LEDGER | {"offline_access"} | more_scopes,
            resources=resources,
            is_first_party=True,
            refresh=RefreshPolicy.SESSION,
            is_demo=True,
        ),
        secret=f"{client_id}-demo-secret",
        purpose="confidential, first-party: no consent",
    )
