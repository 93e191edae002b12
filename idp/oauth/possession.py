"""What a client has to prove that it holds before a token is issued to it: RFC 9449 §5.2, RFC 8705 §3.

The endpoints that clients call look at proofs before anything else is decided (`endpoint.read_facts`); what is issued
is then bound to `TokenFacts.confirmation`, whichever grant issues it.
"""

from idp.oidc.possession import Proven
from idp.records.client import Client
from idp.spec.confirmation import UNBOUND, Confirmation
from idp.spec.errors import InvalidDpopProof


def shown(proven: Proven | None) -> Confirmation:
    """The key that what a request gets will be bound to."""
    return proven.confirmation if proven is not None else UNBOUND


def check_shown(client: Client, confirmation: Confirmation) -> None:
    """Whether a request to the token endpoint proves what its client promised to. Raises InvalidDpopProof."""
    if client.dpop_bound_access_tokens and not confirmation.jkt:
        raise InvalidDpopProof(
            "the client is registered with dpop_bound_access_tokens; the DPoP header is missing"
        )
