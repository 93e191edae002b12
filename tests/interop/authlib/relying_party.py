"""A relying party on Authlib's Flask integration, over requests. Each address does one thing with it and answers JSON.

ISSUER, CLIENT_ID, CLIENT_SECRET, SCOPE and PORT come from the environment. Without a secret it authenticates with a
key, whose public half is at `/jwks`.
"""

import os
from typing import Any

from authlib.integrations.flask_client import OAuth
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from flask import Flask, jsonify, request
from joserfc.jwk import ECKey
from werkzeug.serving import make_server

ISSUER, PORT = os.environ["ISSUER"], int(os.environ["PORT"])
HERE = f"http://127.0.0.1:{PORT}"
# One person uses it at a time, so what a browser's session would hold is simply here.
held: dict[str, Any] = {}


def update_token(name: str, token: dict[str, Any], **former: Any) -> None:
    """Authlib refreshed by itself, because the access token had died."""
    held.update(token=token, updates=held.get("updates", 0) + 1)


CLIENT_ID, CLIENT_SECRET = os.environ["CLIENT_ID"], os.environ["CLIENT_SECRET"]
key = ECKey.generate_key("P-256", {"kid": "authlib", "use": "sig"})
assertion = PrivateKeyJWT(f"{ISSUER}/token", headers={"kid": "authlib"}, alg="ES256")
authentication = {} if CLIENT_SECRET else {"token_endpoint_auth_method": "private_key_jwt"}
app = Flask(__name__)
app.secret_key = os.urandom(32)
oauth = OAuth(app, fetch_token=lambda name: held.get("token"), update_token=update_token)
idp = oauth.register(
    "idp",
    client_id=CLIENT_ID,
    client_secret=CLIENT_SECRET or key,
    client_auth_methods=[assertion],
    server_metadata_url=f"{ISSUER}/.well-known/openid-configuration",
    client_kwargs={"scope": os.environ["SCOPE"], "code_challenge_method": "S256", **authentication},
)


def login() -> Any:
    return idp.authorize_redirect(f"{HERE}/callback", **request.args)


def callback() -> Any:
    """Authlib checks state, signature, `iss`, `aud`, `exp`, `nonce` and `at_hash`."""
    token = held["token"] = idp.authorize_access_token()
    return {"claims": token["userinfo"], "userinfo": idp.userinfo(), "refreshable": "refresh_token" in token}


def userinfo() -> Any:
    return idp.userinfo()


def refresh() -> Any:
    """Say that the access token has died, and use it."""
    former = dict(held["token"])
    held["token"] = {**former, "expires_at": 1}
    person = idp.userinfo()
    token = held["token"]
    return {
        "updates": held["updates"],
        "userinfo": person,
        "is_new": token["access_token"] != former["access_token"],
        "rotated": token["refresh_token"] != former["refresh_token"],
    }


def logout() -> Any:
    return idp.logout_redirect(
        post_logout_redirect_uri=f"{HERE}/signed-out", id_token_hint=held.pop("token")["id_token"]
    )


def signed_out() -> Any:
    idp.validate_logout_response()
    return {"signed_out": True}


def jwks() -> Any:
    return {"keys": [key.as_dict(private=False)]}


def failed(error: Exception) -> Any:
    name = type(error).__name__
    return jsonify(name=name, error=getattr(error, "error", None), message=str(error)), 500


for page in (login, callback, userinfo, refresh, logout, signed_out, jwks):
    app.add_url_rule(f"/{page.__name__.replace('_', '-')}", view_func=page)
app.register_error_handler(Exception, failed)
# While it asks for tokens it is asked for its keys.
server = make_server("127.0.0.1", PORT, app, threaded=True)
print(f"ready {HERE}", flush=True)
server.serve_forever()
