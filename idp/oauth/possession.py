"""What a client has to prove that it holds before a token is issued to it: RFC 9449 §5.2, RFC 8705 §3.

The endpoints that clients call look at proofs and certificates before anything else is decided
(`endpoint.read_facts`); what is issued is then bound to `TokenFacts.confirmation`, whichever grant issues it.
"""

from idp.oidc.possession import Proven
from idp.records.client import Client
from idp.spec.confirmation import UNBOUND, Confirmation
from idp.spec.errors import InvalidDpopProof, InvalidRequest
from idp.web.certificate import Certificate


def shown(client: Client | None, proven: Proven | None, certificate: Certificate | None) -> Confirmation:
    """The key that what a request gets will be bound to. A proof is made for that and nothing else, so it wins; a
    certificate may be there only to authenticate, so it counts where the client registered that it does (§3.4).
    """
    if proven is not None:
        return proven.confirmation
    if certificate is not None and client is not None and client.tls_client_certificate_bound_access_tokens:
        return Confirmation(x5t_s256=certificate.x5t_s256)
    return UNBOUND


def check_shown(client: Client, confirmation: Confirmation, certificate: Certificate | None) -> None:
    """Whether a request to the token endpoint shows what its client promised to. Raises InvalidDpopProof,
    InvalidRequest.
    """
    if client.dpop_bound_access_tokens and not confirmation.jkt:
        raise InvalidDpopProof(
            "the client is registered with dpop_bound_access_tokens; the DPoP header is missing"
        )
    if client.tls_client_certificate_bound_access_tokens and certificate is None:
        raise InvalidRequest(
            "the client is registered with tls_client_certificate_bound_access_tokens; its certificate is missing"
        )
