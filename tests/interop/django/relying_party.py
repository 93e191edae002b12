"""A Django project on mozilla-django-oidc, whole in this file.

ISSUER, CLIENT_ID, CLIENT_SECRET, SCOPE and PORT come from the environment.
"""

import json
import os
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path

ISSUER, PORT = os.environ["ISSUER"], int(os.environ["PORT"])
HERE = f"http://127.0.0.1:{PORT}"

# mozilla-django-oidc reads no discovery document: its user copies the addresses.
with urlopen(f"{ISSUER}/.well-known/openid-configuration") as answer:
    metadata = json.load(answer)

settings.configure(
    SECRET_KEY=os.urandom(32).hex(),
    ALLOWED_HOSTS=["127.0.0.1"],
    DEBUG_PROPAGATE_EXCEPTIONS=True,
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "mozilla_django_oidc",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "mozilla_django_oidc.middleware.SessionRefresh",
    ],
    AUTHENTICATION_BACKENDS=["mozilla_django_oidc.auth.OIDCAuthenticationBackend"],
    LOGIN_REDIRECT_URL="/",
    LOGOUT_REDIRECT_URL="/",
    OIDC_RP_CLIENT_ID=os.environ["CLIENT_ID"],
    OIDC_RP_CLIENT_SECRET=os.environ["CLIENT_SECRET"],
    OIDC_RP_SCOPES=os.environ["SCOPE"],
    OIDC_RP_SIGN_ALGO="RS256",
    OIDC_OP_AUTHORIZATION_ENDPOINT=metadata["authorization_endpoint"],
    OIDC_OP_TOKEN_ENDPOINT=metadata["token_endpoint"],
    OIDC_OP_USER_ENDPOINT=metadata["userinfo_endpoint"],
    OIDC_OP_JWKS_ENDPOINT=metadata["jwks_uri"],
    OIDC_OP_LOGOUT_URL_METHOD=f"{__name__}.logout_at_issuer",
    OIDC_TOKEN_USE_BASIC_AUTH=True,
    OIDC_USE_PKCE=True,
    OIDC_STORE_ID_TOKEN=True,
    OIDC_STORE_ACCESS_TOKEN=True,
    ALLOW_LOGOUT_GET_METHOD=True,
)
django.setup()


def home(request: HttpRequest) -> HttpResponse:
    """Who is signed in; the token shows whether the issuer was asked again."""
    if not request.user.is_authenticated:
        return JsonResponse({"signed_in": False})
    token = request.session["oidc_access_token"]
    return JsonResponse({"signed_in": True, "email": request.user.email, "access_token": token})


def grow_old(request: HttpRequest) -> HttpResponse:
    """Let what is known be old: the next page passes by the issuer."""
    request.session["oidc_id_token_expiration"] = 0
    return JsonResponse({})


def logout_at_issuer(request: HttpRequest) -> str:
    """RP-Initiated Logout is the project's own part: mozilla-django-oidc asks it for the address."""
    hint = {"id_token_hint": request.session["oidc_id_token"], "post_logout_redirect_uri": f"{HERE}/"}
    return f"{metadata['end_session_endpoint']}?{urlencode(hint)}"


class Quiet(WSGIRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Requests are not logged."""


urlpatterns = [path("", home), path("grow-old", grow_old), path("oidc/", include("mozilla_django_oidc.urls"))]
call_command("migrate", verbosity=0)
server = make_server("127.0.0.1", PORT, get_wsgi_application(), handler_class=Quiet)
print(f"ready {HERE}", flush=True)
server.serve_forever()
