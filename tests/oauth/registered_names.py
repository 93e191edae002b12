"""The names that discovery metadata may have: IANA's registry "OAuth Authorization Server Metadata", by the document
that registered them. Those of drafts that certification suites know too are not in it.
"""

REGISTERED = {
    "RFC 8414 §7.1.2": (
        "issuer authorization_endpoint token_endpoint jwks_uri registration_endpoint scopes_supported"
        " response_types_supported response_modes_supported grant_types_supported"
        " token_endpoint_auth_methods_supported token_endpoint_auth_signing_alg_values_supported"
        " service_documentation ui_locales_supported op_policy_uri op_tos_uri revocation_endpoint"
        " revocation_endpoint_auth_methods_supported revocation_endpoint_auth_signing_alg_values_supported"
        " introspection_endpoint introspection_endpoint_auth_methods_supported"
        " introspection_endpoint_auth_signing_alg_values_supported code_challenge_methods_supported signed_metadata"
    ),
    "RFC 8628 §7.3": "device_authorization_endpoint",
    "RFC 8705 §6.3": "tls_client_certificate_bound_access_tokens mtls_endpoint_aliases",
    "RFC 9101 §10.5 and RFC 9126 §10.3": (
        "require_signed_request_object pushed_authorization_request_endpoint require_pushed_authorization_requests"
    ),
    "RFC 9207 §5": "authorization_response_iss_parameter_supported",
    "RFC 9396 §14": "authorization_details_types_supported",
    "RFC 9449 §12.8": "dpop_signing_alg_values_supported",
    "RFC 9701 §8": (
        "introspection_signing_alg_values_supported introspection_encryption_alg_values_supported"
        " introspection_encryption_enc_values_supported"
    ),
    "RFC 9728 §7": "protected_resources",
    "OpenID Connect Discovery 1.0 §7.1": (
        "userinfo_endpoint acr_values_supported subject_types_supported id_token_signing_alg_values_supported"
        " id_token_encryption_alg_values_supported id_token_encryption_enc_values_supported"
        " userinfo_signing_alg_values_supported userinfo_encryption_alg_values_supported"
        " userinfo_encryption_enc_values_supported request_object_signing_alg_values_supported"
        " request_object_encryption_alg_values_supported request_object_encryption_enc_values_supported"
        " display_values_supported claim_types_supported claims_supported claims_locales_supported"
        " claims_parameter_supported request_parameter_supported request_uri_parameter_supported"
        " require_request_uri_registration"
    ),
    "OpenID Connect Session Management 1.0 §6": "check_session_iframe",
    "OpenID Connect RP-Initiated Logout 1.0 §5": "end_session_endpoint",
    "OpenID Connect Front-Channel Logout 1.0 §5": (
        "frontchannel_logout_supported frontchannel_logout_session_supported"
    ),
    "OpenID Connect Back-Channel Logout 1.0 §5": "backchannel_logout_supported backchannel_logout_session_supported",
    "Initiating User Registration via OpenID Connect 1.0 §6": "prompt_values_supported",
}
NAMES = frozenset(name for names in REGISTERED.values() for name in names.split())
