"""The addresses that clients and resource servers call, and what answers there."""

from dataclasses import dataclass
from functools import cached_property

from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from idp.app.house import House
from idp.oauth.authlib_server import Server
from idp.oauth.client_endpoint import ClientEndpoint
from idp.oauth.device import authorization as device_authorization
from idp.oauth.device.authorization import DeviceAuthorizationEndpoint
from idp.oauth.endpoint import Authority
from idp.oauth.grants import GRANTS
from idp.oauth.introspect import Introspection
from idp.oauth.introspection_jwt import IntrospectEndpoint
from idp.oauth.mint import Mint
from idp.oauth.par import PATH as PAR_PATH
from idp.oauth.par import PushedRequestEndpoint
from idp.oauth.publishing import JwksEndpoint, metadata_document, own_api_document
from idp.oauth.rates import Rates
from idp.oauth.registration import REGISTER_PATH, RegisterEndpoint, Registrar, RegistrationEndpoint
from idp.oauth.request_object import RequestObjects
from idp.oauth.revoke import Revocation
from idp.oauth.service_accounts import ServiceAccountsApi
from idp.oauth.token import TokenEndpoint
from idp.oauth.webfinger import PATH as WEBFINGER_PATH
from idp.oauth.webfinger import WebFinger
from idp.oidc import customers, delegations
from idp.oidc.access_token import AccessTokens
from idp.oidc.customers import CustomersEndpoint
from idp.oidc.delegations import DelegationsEndpoint
from idp.oidc.nonce_header import GivesNonce
from idp.oidc.own_api import OwnApi
from idp.oidc.possession import Possession
from idp.oidc.userinfo import UserinfoEndpoint
from idp.signing.nonces import Nonces
from idp.web.cors import CrossOrigin


def machine_routes(house: House, mint: Mint, objects: RequestObjects) -> list[BaseRoute]:
    """Starlette looks from the top, a microsecond a route: what is asked most, and has least to do, comes first."""
    machines = Machines(house=house, mint=mint, objects=objects)
    return [*machines.protocol(), *machines.apis(), *machines.registration()]


@dataclass(frozen=True, kw_only=True)
class Machines:
    """One for each application."""

    house: House
    mint: Mint
    objects: RequestObjects

    def protocol(self) -> list[BaseRoute]:
        """The endpoints of OAuth and OpenID Connect, and what describes them."""
        house, authority = self.house, self.authority
        metadata = metadata_document(house.settings)
        jwks = JwksEndpoint(keyring=house.keyring, clock=house.clock)
        introspection = self._proving(IntrospectEndpoint(authority, "/introspect", Introspection))
        pushing = PushedRequestEndpoint(authority, self.objects)
        return [
            _shared("/.well-known/openid-configuration", metadata, "GET"),
            _shared("/jwks", jwks, "GET"),
            _shared("/userinfo", self._proving(self._userinfo()), "GET", "POST"),
            Route("/introspect", introspection, methods=["POST"]),
            _shared("/token", self._proving(TokenEndpoint(authority)), "POST"),
            _shared(PAR_PATH, self._proving(pushing), "POST"),
            Route(device_authorization.PATH, self._proving(self._devices()), methods=["POST"]),
            _shared("/revoke", self._proving(ClientEndpoint(authority, "/revoke", Revocation)), "POST"),
            _shared("/.well-known/oauth-authorization-server", metadata, "GET"),
            _shared(*own_api_document(house.settings), "GET"),
            _shared(WEBFINGER_PATH, WebFinger(house.settings), "GET"),
        ]

    def apis(self) -> list[BaseRoute]:
        """Our own APIs, as far as the configuration has them."""
        settings = self.house.settings
        routes: list[BaseRoute] = [
            Route(customers.PATH, self._proving(self._customers()), methods=["GET"]),
        ]
        if settings.delegation.enabled:
            routes.append(Route(delegations.PATH, self._proving(self._delegations()), methods=["GET"]))
        if settings.service_accounts.scopes:
            routes += [
                Route(path, self._proving(endpoint), methods=list(methods))
                for path, methods, endpoint in self._service_accounts().endpoints()
            ]
        return routes

    def registration(self) -> list[BaseRoute]:
        """What clients register themselves with. No other origin's script may: it would do so for all its visitors."""
        house = self.house
        if house.settings.registration.mode == "off":
            return []
        registrar = Registrar(
            settings=house.settings,
            database=house.database,
            clock=house.clock,
            entropy=house.entropy,
            root_keys=house.root_keys,
            secrets=house.secrets,
            clients=house.clients,
            client_keys=house.client_keys,
            outside=house.outside,
            audit=house.audit,
            metrics=house.metrics,
        )
        one = f"{REGISTER_PATH}/{{client_id}}"
        return [
            Route(REGISTER_PATH, RegisterEndpoint(registrar), methods=["POST"]),
            Route(one, RegistrationEndpoint(registrar), methods=["GET", "PUT", "DELETE"]),
        ]

    @cached_property
    def authority(self) -> Authority:
        """What the endpoints of the authorization server work with."""
        house = self.house
        server = Server(
            settings=house.settings,
            mint=self.mint,
            audit=house.audit,
            rates=Rates(house.settings.limits),
            anchors=house.trust_anchors,
        )
        for grant in GRANTS:
            server.register_grant(grant.Grant)
        return Authority(
            settings=house.settings,
            database=house.database,
            clock=house.clock,
            clients=house.clients,
            client_keys=house.client_keys,
            keyring=house.keyring,
            mint=self.mint,
            audit=house.audit,
            access_tokens=self._access_tokens,
            possession=self._possession,
            metrics=house.metrics,
            server=server,
        )

    @cached_property
    def _access_tokens(self) -> AccessTokens:
        house = self.house
        return AccessTokens(
            database=house.database,
            keyring=house.keyring,
            clients=house.clients,
            issuer=house.settings.issuer,
        )

    @cached_property
    def _nonces(self) -> Nonces:
        return Nonces(secrets=self.house.secrets, step_seconds=self.house.settings.dpop.nonce_seconds)

    @cached_property
    def _possession(self) -> Possession:
        house = self.house
        return Possession(settings=house.settings, nonces=self._nonces, database=house.database)

    @cached_property
    def _own_api(self) -> OwnApi:
        settings = self.house.settings
        return OwnApi(settings=settings, access_tokens=self._access_tokens, possession=self._possession)

    def _proving(self, app: ASGIApp) -> ASGIApp:
        """An endpoint that looks at proofs gives the nonce that they carry."""
        return GivesNonce(app, nonces=self._nonces, clock=self.house.clock)

    def _userinfo(self) -> UserinfoEndpoint:
        house = self.house
        return UserinfoEndpoint(
            access_tokens=self._access_tokens,
            possession=self._possession,
            client_keys=house.client_keys,
            keyring=house.keyring,
            issuer=house.settings.issuer,
            clock=house.clock,
        )

    def _devices(self) -> DeviceAuthorizationEndpoint:
        house = self.house
        return DeviceAuthorizationEndpoint(
            authority=self.authority,
            secrets=house.secrets,
            geography=house.geography,
            user_agents=house.user_agents,
        )

    def _customers(self) -> CustomersEndpoint:
        house = self.house
        return CustomersEndpoint(
            own_api=self._own_api,
            database=house.database,
            clock=house.clock,
            metrics=house.metrics,
        )

    def _delegations(self) -> DelegationsEndpoint:
        house = self.house
        return DelegationsEndpoint(
            settings=house.settings,
            own_api=self._own_api,
            database=house.database,
            entropy=house.entropy,
            clock=house.clock,
        )

    def _service_accounts(self) -> ServiceAccountsApi:
        house = self.house
        return ServiceAccountsApi(
            settings=house.settings,
            own_api=self._own_api,
            database=house.database,
            clients=house.clients,
            clock=house.clock,
            entropy=house.entropy,
            root_keys=house.root_keys,
            audit=house.audit,
            outbox=house.outbox,
        )


def _shared(path: str, app: ASGIApp, *methods: str) -> Route:
    """An endpoint that browser applications of other origins may call."""
    return Route(path, CrossOrigin(app, methods=methods), methods=[*methods, "OPTIONS"])
