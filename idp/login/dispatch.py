"""What comes next: the one place that decides it.

Steps never route to each other. Each proves one thing, records it on the interaction, and comes back here. Pure: the
same facts give the same step. OpenID Connect Core §3.1.2.1 (prompt, max_age, id_token_hint) and §3.1.2.3.
"""

from dataclasses import dataclass
from enum import StrEnum

from idp.records.interaction import Interaction
from idp.records.session import Consent, SignedIn
from idp.spec.errors import (
    AccountSelectionRequired,
    ConsentRequired,
    LoginRequired,
    ProtocolError,
)
from idp.spec.prompt import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a request asks of the sign-in. `subject` is the `sub` of a valid id_token_hint, or empty.

    `consent_scopes` is None where nobody has to be asked: a first-party client, or one of our own pages.
    `max_age` is in seconds.
    """

    prompts: frozenset[Prompt] = frozenset()
    max_age: int | None = None
    subject: str = ""
    consent_scopes: frozenset[str] | None = None


class Ask(StrEnum):
    """A prompt: a page that asks for one thing."""

    LOGIN = "login"
    SELECT_ACCOUNT = "select-account"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Everything is proven that this sign-in needs: make the session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Nothing is left to ask: answer the request for this person."""

    signed_in: SignedIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """The request can't be met: answer it with this error."""

    error: ProtocolError


Step = Ask | SignIn | Issue | Refuse


def next_step(
    demand: Demand,
    session: SignedIn | None,
    interaction: Interaction | None,
    consent: Consent | None,
    now: int,
) -> Step:
    """The next step. `session` is a living one or None; `interaction` is None before anything was asked."""
    if (
        interaction is not None
        and interaction.authenticated_at is not None
        and interaction.session_id is None
    ):
        return SignIn()
    if not _is_signed_in_here(session, interaction):
        if session is None or _wants_login(demand, session, now):
            return Ask.LOGIN
        if Prompt.SELECT_ACCOUNT in demand.prompts and not _chose(session, interaction):
            return Ask.SELECT_ACCOUNT
    assert session is not None
    if demand.subject and demand.subject != session.person.sub:
        # Core §3.1.2.1: a hint for somebody else can't be met by who signed in.
        return Refuse(error=LoginRequired("the person who signed in is not the one of id_token_hint"))
    if _wants_consent(demand, session, interaction, consent):
        return Ask.CONSENT
    return Issue(signed_in=session)


def silent_error(step: Step) -> ProtocolError | None:
    """The error of a request that may show no page (`prompt=none`), or None if it can be answered. Core §3.1.2.6."""
    match step:
        case Refuse(error=error):
            return error
        case Ask.LOGIN | SignIn():
            return LoginRequired("the person has to sign in")
        case Ask.SELECT_ACCOUNT:
            return AccountSelectionRequired("the person has to choose an account")
        case Ask.CONSENT:
            return ConsentRequired("the person has to approve")
        case Issue():
            return None


def _is_signed_in_here(session: SignedIn | None, interaction: Interaction | None) -> bool:
    """Whether this interaction's own proofs made the session that the browser holds."""
    return (
        session is not None
        and interaction is not None
        and interaction.session_id is not None
        and interaction.session_id == session.session.session_id
    )


def _wants_login(demand: Demand, session: SignedIn, now: int) -> bool:
    if Prompt.LOGIN in demand.prompts or demand.max_age == 0:  # The same by two names, Core §3.1.2.1.
        return True
    if demand.max_age is not None and now - session.session.authenticated_at > demand.max_age:
        return True
    return bool(demand.subject) and demand.subject != session.person.sub


def _chose(session: SignedIn, interaction: Interaction | None) -> bool:
    return interaction is not None and interaction.selected_by == session.session.session_id


def _wants_consent(
    demand: Demand, session: SignedIn, interaction: Interaction | None, consent: Consent | None
) -> bool:
    if demand.consent_scopes is None:
        return False
    if interaction is not None and interaction.consented_by == session.session.session_id:
        return False
    if Prompt.CONSENT in demand.prompts or consent is None:
        return True
    return not demand.consent_scopes <= consent.scopes
