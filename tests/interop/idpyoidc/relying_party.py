"""A relying party on idpyoidc, under Flask. Each address does one thing with it and answers JSON.

ISSUER, SCOPE and PORT come from the environment, and CLIENT_ID and CLIENT_SECRET of a client that is registered
already. Without them it registers itself, and authenticates with a key.
"""

import os
from typing import Any

from flask import Flask, jsonify, redirect, request
from idpyoidc.client.defaults import DEFAULT_KEY_DEFS, DEFAULT_OIDC_SERVICES
from idpyoidc.client.oauth2.stand_alone_client import backchannel_logout as session_of
from idpyoidc.client.oidc.registration import Registration
from idpyoidc.client.rp_handler import RPHandler
from werkzeug.serving import make_server

ISSUER, PORT = os.environ["ISSUER"], int(os.environ["PORT"])
HERE = f"http://127.0.0.1:{PORT}"


class Registering(Registration):  # type: ignore[misc]  # There are no types.
    """Two things that idpyoidc 5.0.0 gets wrong: it takes the `scope` of RFC 7591 §2, a text of several, for one, and
    its assertions name no client that registered itself.
    """

    def update_service_context(self, response: Any, **options: Any) -> None:
        response["scope"] = response["scope"].split()
        super().update_service_context(response, **options)
        self.upstream_get("unit").client_id = response["client_id"]


REGISTERED = {name.lower(): os.environ[name] for name in ("CLIENT_ID", "CLIENT_SECRET") if name in os.environ}
AUTH_METHOD = "client_secret_basic" if REGISTERED else "private_key_jwt"
CLIENT: dict[str, Any] = {
    "issuer": ISSUER,
    "client_type": "oidc",
    "client_name": "idpyoidc",
    "application_type": "web",
    "redirect_uris": [f"{HERE}/callback"],
    "post_logout_redirect_uris": [f"{HERE}/signed-out"],
    "backchannel_logout_uri": f"{HERE}/backchannel-logout",
    "backchannel_logout_session_required": True,
    "response_types_supported": ["code"],
    "scopes_supported": os.environ["SCOPE"].split(),
    "token_endpoint_auth_methods_supported": [AUTH_METHOD],
    "client_authn_methods": [AUTH_METHOD],
    **REGISTERED,
    "services": {
        **DEFAULT_OIDC_SERVICES,
        "registration": {"class": f"{__name__}.Registering"},
        "end_session": {"class": "idpyoidc.client.oidc.end_session.EndSession"},
    },
    "add_ons": {
        "pkce": {
            "function": "idpyoidc.client.oauth2.add_on.pkce.add_support",
            "kwargs": {"code_challenge_length": 64, "code_challenge_method": "S256"},
        },
    },
}
handler = RPHandler(
    base_url=HERE,
    client_configs={ISSUER: CLIENT},
    services=CLIENT["services"],
    key_conf={"key_defs": DEFAULT_KEY_DEFS},
    jwks_path="jwks",
)
app = Flask(__name__)
# One person uses it at a time, so what a browser's session would hold is simply here: the key of idpyoidc's own.
held: dict[str, str] = {}


def login() -> Any:
    return redirect(handler.begin(ISSUER, req_args=request.args.to_dict()))


def callback() -> Any:
    """What idpyoidc checks: state, `iss`, the ID token and its nonce. Then it asks for userinfo."""
    ended = handler.finalize(ISSUER, request.args.to_dict())
    if "error" in ended:
        return {"error": ended["error"]}
    held["session"] = ended["state"]
    return {"claims": ended["id_token"].to_dict(), "userinfo": ended["userinfo"].to_dict()}


def session() -> Any:
    """Whether idpyoidc has a session."""
    return {"is_active": "session" in held and handler.has_active_authentication(held["session"])}


def userinfo() -> Any:
    return handler.get_user_info(held["session"]).to_dict()


def refresh() -> Any:
    former = dict(handler.get_session_information(held["session"]))
    renewed = handler.refresh_access_token(held["session"])
    return {
        "is_new": renewed["access_token"] != former["access_token"],
        "rotated": renewed["refresh_token"] != former["refresh_token"],
    }


def logout() -> Any:
    return redirect(handler.logout(held.pop("session"))["url"])


def signed_out() -> Any:
    return {"signed_out": True}


def backchannel_logout() -> Any:
    """The issuer itself says that a session is over."""
    key = session_of(handler.issuer2rp[ISSUER], request_args=request.form.to_dict())
    handler.clear_session(key)
    if held.get("session") == key:
        del held["session"]
    return "", 200, {"cache-control": "no-store"}


def registration() -> Any:
    return handler.client_setup(ISSUER).get_context().registration_response.to_dict()


def jwks() -> Any:
    return handler.keyjar.export_jwks()


def failed(error: Exception) -> Any:
    return jsonify(name=type(error).__name__, message=str(error)), 500


for page in (login, callback, session, userinfo, refresh, logout, signed_out, registration, jwks):
    app.add_url_rule(f"/{page.__name__.replace('_', '-')}", view_func=page)
app.add_url_rule("/backchannel-logout", view_func=backchannel_logout, methods=["POST"])
app.register_error_handler(Exception, failed)
# It is told of a sign-out while it may be asking.
server = make_server("127.0.0.1", PORT, app, threaded=True)
print(f"ready {HERE}", flush=True)
server.serve_forever()
