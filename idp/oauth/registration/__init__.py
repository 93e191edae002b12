"""Dynamic client registration and its management: RFC 7591, RFC 7592, OpenID Connect Registration 1.0."""

from idp.oauth.registration.managing import RegistrationEndpoint
from idp.oauth.registration.registering import RegisterEndpoint
from idp.oauth.registration.registrar import REGISTER_PATH, Registrar

__all__ = ["REGISTER_PATH", "RegisterEndpoint", "Registrar", "RegistrationEndpoint"]
