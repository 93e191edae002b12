"""The clients of a world, with their secrets, and the resource servers that they call."""

from idp.records.client import ApplicationType, Client, ClientId, RefreshPolicy

API = "https://api.example.test"
LEDGER = "https://ledger.example.test"

_CODE_AND_REFRESH = frozenset({"authorization_code", "refresh_token"})
_EVERYTHING = frozenset({"openid", "profile", "email", "address", "phone", "offline_access", "invoices:read"})

CLIENTS = (
    (
        Client(
            client_id=ClientId("manager"),
            client_name="Manager",
            localized={"client_name#fr": "Espace client"},
            grant_types=_CODE_AND_REFRESH,
            redirect_uris=("http://localhost:8001/callback",),
            post_logout_redirect_uris=("http://localhost:8001/signed-out",),
            initiate_login_uri="http://localhost:8001/login",
            scopes=_EVERYTHING,
            is_first_party=True,
            refresh=RefreshPolicy.SESSION,
        ),
        "manager-secret",
    ),
    (
        Client(
            client_id=ClientId("spa"),
            client_name="Single page",
            token_endpoint_auth_method="none",
            grant_types=_CODE_AND_REFRESH,
            redirect_uris=("http://localhost:3000/callback",),
            scopes=_EVERYTHING,
        ),
        None,
    ),
    (
        Client(
            client_id=ClientId("native"),
            client_name="Desktop",
            application_type=ApplicationType.NATIVE,
            token_endpoint_auth_method="none",
            grant_types=_CODE_AND_REFRESH,
            redirect_uris=("http://127.0.0.1/callback",),
            scopes=_EVERYTHING,
            is_first_party=True,
        ),
        None,
    ),
    (
        Client(
            client_id=ClientId("machine"),
            client_name="Machine",
            grant_types=frozenset({"client_credentials"}),
            response_types=frozenset(),
            scopes=frozenset({"invoices:read", "ledger:read"}),
            resources=frozenset({API, LEDGER}),
        ),
        "machine-secret",
    ),
    (
        Client(
            client_id=ClientId("introspector"),
            client_name="Introspector",
            grant_types=frozenset(),
            response_types=frozenset(),
            may_introspect=True,
        ),
        "introspector-secret",
    ),
)
