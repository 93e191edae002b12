"""Protocol errors, named as their codes: RFC 6749 §4.1.2.1 and §5.2, RFC 6750 §3.1, OpenID Connect Core §3.1.2.6.

The description helps the client's developer and holds no secret. Characters that RFC 6749 forbids in it are replaced,
so that a description may quote what was received.
"""

import re
from typing import ClassVar

# §5.2: %x20-21 / %x23-5B / %x5D-7E.
_FORBIDDEN = re.compile(r"[^\x20-\x21\x23-\x5b\x5d-\x7e]")


class ProtocolError(Exception):
    """`code` and `status` of a direct answer; `log_reason` is for the log alone and may say more."""

    code: ClassVar[str]
    status: ClassVar[int] = 400

    def __init__(self, description: str = "", *, log_reason: str = "") -> None:
        super().__init__(description)
        self.description = _FORBIDDEN.sub("?", description)[:500]
        self.log_reason = log_reason or self.description

    def body(self) -> dict[str, str]:
        """The parameters of the error response."""
        return {"error": self.code} | ({"error_description": self.description} if self.description else {})


class InvalidRequest(ProtocolError):
    code = "invalid_request"


class InvalidClient(ProtocolError):
    """§5.2: 401 names the schemes that the client may use, if it used the Authorization header."""

    code = "invalid_client"
    status = 401


class InvalidGrant(ProtocolError):
    code = "invalid_grant"


class UnauthorizedClient(ProtocolError):
    code = "unauthorized_client"


class UnsupportedGrantType(ProtocolError):
    code = "unsupported_grant_type"


class UnsupportedResponseType(ProtocolError):
    code = "unsupported_response_type"


class InvalidScope(ProtocolError):
    code = "invalid_scope"


class InvalidTarget(ProtocolError):
    """RFC 8707 §2."""

    code = "invalid_target"


class AccessDenied(ProtocolError):
    code = "access_denied"


class AuthorizationPending(ProtocolError):
    """RFC 8628 §3.5: the person has not answered yet."""

    code = "authorization_pending"


class SlowDown(ProtocolError):
    """RFC 8628 §3.5: from now on the device waits five seconds longer."""

    code = "slow_down"


class ExpiredToken(ProtocolError):
    """RFC 8628 §3.5: nobody answered in time."""

    code = "expired_token"


class ServerError(ProtocolError):
    code = "server_error"
    status = 500


class TemporarilyUnavailable(ProtocolError):
    code = "temporarily_unavailable"
    status = 503


class LoginRequired(ProtocolError):
    code = "login_required"


class ConsentRequired(ProtocolError):
    code = "consent_required"


class AccountSelectionRequired(ProtocolError):
    code = "account_selection_required"


class UnmetAuthenticationRequirements(ProtocolError):
    """OpenID Connect Core Error Code unmet_authentication_requirements 1.0."""

    code = "unmet_authentication_requirements"


class InvalidRequestObject(ProtocolError):
    """OpenID Connect Core §3.1.2.6, RFC 9101 §10.1."""

    code = "invalid_request_object"


class InvalidRequestUri(ProtocolError):
    """OpenID Connect Core §3.1.2.6, RFC 9101 §10.1."""

    code = "invalid_request_uri"


class InvalidClientMetadata(ProtocolError):
    """RFC 7591 §3.2.2. Beyond registration, the refusal of an answer that can't be made as the client registered."""

    code = "invalid_client_metadata"


class InvalidRedirectUri(ProtocolError):
    """RFC 7591 §3.2.2."""

    code = "invalid_redirect_uri"


class InvalidSoftwareStatement(ProtocolError):
    """RFC 7591 §3.2.2."""

    code = "invalid_software_statement"


class UnapprovedSoftwareStatement(ProtocolError):
    """RFC 7591 §3.2.2."""

    code = "unapproved_software_statement"


class TooManyRequests(TemporarilyUnavailable):
    """RFC 6585 §4. `wait_seconds` is when to come back."""

    status = 429

    def __init__(self, description: str, *, wait_seconds: int) -> None:
        super().__init__(description)
        self.wait_seconds = wait_seconds


class TooManyRegistrations(TooManyRequests):
    """Of clients that register themselves from one network."""


class RegistrationNotSupported(ProtocolError):
    code = "registration_not_supported"


class InvalidToken(ProtocolError):
    """RFC 6750 §3.1."""

    code = "invalid_token"
    status = 401


class InsufficientScope(ProtocolError):
    """RFC 6750 §3.1."""

    code = "insufficient_scope"
    status = 403


class InvalidDpopProof(ProtocolError):
    """RFC 9449 §5. A resource answers with 401 (§7.1)."""

    code = "invalid_dpop_proof"


class UseDpopNonce(ProtocolError):
    """RFC 9449 §8 and §9: the same request again, with a proof that has the nonce of the answer."""

    code = "use_dpop_nonce"
