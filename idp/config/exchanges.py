"""The policy of token exchange (RFC 8693): who may turn which tokens into what.

`docs/token-exchange.md` explains it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from idp.config.setting import setting


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One rule. What none of the rules allows as a whole is refused."""

    name: str = setting("What the audit trail calls it.", example="api-to-billing")
    clients: tuple[str, ...] = setting("Client IDs of those who may exchange.", default=())
    subject_audiences: tuple[str, ...] = setting(
        "Access tokens for one of these APIs; empty for whatever `subject_clients` were issued.", default=()
    )
    subject_clients: tuple[str, ...] = setting(
        "What one of these clients was issued, refresh tokens only by the client itself; empty for any client's."
        " Without either key no token of ours will do.",
        default=(),
    )
    subject_issuers: tuple[str, ...] = setting("JWTs of these [[trusted_issuers]].", default=())
    subject_types: tuple[Literal["access_token", "refresh_token", "id_token"], ...] = setting(
        "Which of our own tokens.", default=("access_token",)
    )
    audiences: tuple[str, ...] = setting("APIs that the new token may be for.", default=())
    scopes: tuple[str, ...] = setting(
        "Most scopes of the new token, which never has more than the subject token's grant and its client; empty for"
        " no other bound.",
        default=(),
    )
    mode: Literal["delegation", "impersonation"] = setting(
        'With "delegation" the new token says who acts (`act`): the client, or whoever an actor token is of.'
        ' With "impersonation" it does not.',
        default="delegation",
    )
    actors: tuple[Literal["client", "person", "issuer"], ...] = setting(
        "Whose actor tokens are accepted: the client's own, those of people that were issued to the client, or JWTs of"
        " `actor_issuers`.",
        default=("client",),
    )
    actor_issuers: tuple[str, ...] = setting("[[trusted_issuers]] whose JWTs name an actor.", default=())
    acts_for_others: bool = setting(
        "Whether a person's token becomes one for a customer who lets them act (`requested_subject`).",
        default=False,
    )
    lifetime_seconds: int = setting(
        "Longest life of the new token, which never outlives the subject token.",
        within=(1, 86_400),
        default=3_600,
    )

    def takes(self, *, audiences: Sequence[str], client_id: str) -> bool:
        """Whether a token of ours will do that a client was issued, for `audiences` if it is an access token. Each of
        the two keys narrows what the other lets in, and a rule with neither lets in nothing.
        """
        is_meant = not self.subject_audiences or bool(set(self.subject_audiences) & set(audiences))
        is_theirs = not self.subject_clients or client_id in self.subject_clients
        return bool(self.subject_audiences or self.subject_clients) and is_meant and is_theirs
