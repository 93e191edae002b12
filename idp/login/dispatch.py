"""What comes next: the one place that decides it.

Steps never route to each other. Each proves one thing, records it on the interaction, and comes back here. Pure: the
same facts give the same step. OpenID Connect Core §3.1.2.1 (prompt, max_age, id_token_hint, acr_values) and §3.1.2.3,
RFC 9470 (step-up), Initiating User Registration 1.0 (prompt=create).
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from idp.account.unblocking import WayBack, way_back
from idp.login.demand import Demand, Rules, can_please, minimum_acr, usable_ways
from idp.records.account import Role
from idp.records.factor import Standing, Way
from idp.records.interaction import BrowserStanding, Interaction
from idp.records.risk import Outcome
from idp.records.session import Consent, SignedIn
from idp.spec.assurance import SECOND_FACTORS, WHOLE_SIGN_INS, Acr, Proof, acr_of, amr_of, reaches
from idp.spec.errors import (
    AccountSelectionRequired,
    ConsentRequired,
    LoginRequired,
    ProtocolError,
)
from idp.spec.prompt import Prompt


class Ask(StrEnum):
    """A prompt: a page that asks for one thing."""

    CREATE = "create"
    LOGIN = "login"
    EMAIL_CODE = "email-code"
    SECOND_FACTOR = "second-factor"
    UNBLOCK = "unblock"
    SET_UP = "set-up"
    ADDRESS = "address"
    BACKUP_ADDRESS = "backup-address"
    RECOMMEND = "recommend"
    SELECT_ACCOUNT = "select-account"
    CONSENT = "consent"


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """Everything is proven that this sign-in needs: make the session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    """A factor was proven that the session lacked: add it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """Nothing is left to ask: answer the request for this person."""

    signed_in: SignedIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Refuse:
    """The request can't be met: answer it with this error."""

    error: ProtocolError


Step = Ask | SignIn | Raise | Issue | Refuse


def next_step(
    demand: Demand,
    session: SignedIn | None,
    interaction: Interaction | None,
    *,
    standing: Standing | None,
    consent: Consent | None,
    rules: Rules,
    now: int,
) -> Step:
    """The next step. `session` is a living one or None; `interaction` is None before anything was asked, and holds the
    proofs of this browser alone. `standing` is that of whoever proved something here, or else of the session's person.
    """
    if is_proving(interaction):
        assert interaction is not None
        assert standing is not None
        return _new_sign_in(demand, interaction, standing, rules, now)
    if who := _who(demand, session, interaction, now):
        return who
    assert session is not None
    assert standing is not None
    if demand.subjects and session.person.sub not in demand.subjects:
        # Core §3.1.2.1: a hint for somebody else can't be met by who signed in.
        return Refuse(error=LoginRequired("the person who signed in is not one of id_token_hint or claims"))
    if is_raising(interaction, session):
        return Raise()
    if _proved_factor(session, interaction):
        demand = replace(demand, wished_acr="")
    if raising := _raising(demand, session, standing, rules, now):
        return raising
    if _is_signed_in_here(session, interaction):
        # Whoever became a customer here has been signed in since, and was asked for nothing else yet.
        assert interaction is not None
        if wish := _wished(interaction, standing, rules, now):
            return wish
    if _wants_consent(demand, session, interaction, consent):
        return Ask.CONSENT
    return Issue(signed_in=session)


def silent_error(step: Step) -> ProtocolError | None:
    """The error of a request that may show no page (`prompt=none`), or None if it can be answered. Core §3.1.2.6."""
    match step:
        case Refuse(error=error):
            return error
        case Ask.SELECT_ACCOUNT:
            return AccountSelectionRequired("the person has to choose an account")
        case Ask.CONSENT:
            return ConsentRequired("the person has to approve")
        case Ask() | SignIn() | Raise():
            return LoginRequired("the person has to sign in")
        case Issue():
            return None


def is_proving(interaction: Interaction | None) -> bool:
    """Whether somebody proved who they are here, and it is no session yet."""
    return bool(interaction and interaction.authenticated_at is not None and interaction.session_id is None)


def is_raising(interaction: Interaction | None, session: SignedIn) -> bool:
    """Whether this interaction holds a proof that the session does not have yet."""
    if interaction is None or not interaction.proofs:
        return False
    return interaction.raised_session_id == session.session.session_id


def _new_sign_in(
    demand: Demand, interaction: Interaction, standing: Standing, rules: Rules, now: int
) -> Ask | SignIn:
    """What is owed first, what is wished for last, and then a session."""
    owed = _lacking(demand, interaction, standing, rules)
    return owed or _wished(interaction, standing, rules, now) or SignIn()


def _who(demand: Demand, session: SignedIn | None, interaction: Interaction | None, now: int) -> Ask | None:
    """How to learn whose session answers this, if it isn't clear."""
    if _is_signed_in_here(session, interaction):
        return None
    if Prompt.CREATE in demand.prompts:
        return Ask.CREATE
    if session is None or _wants_login(demand, session, now):
        return Ask.LOGIN
    if Prompt.SELECT_ACCOUNT in demand.prompts and not _chose(session, interaction):
        return Ask.SELECT_ACCOUNT
    return None


def _lacking(demand: Demand, interaction: Interaction, standing: Standing, rules: Rules) -> Ask | None:
    """What a new sign-in still owes. A mailed code is owed where no factor is, and never stands in for one."""
    proven = interaction.proven
    if not proven & _IDENTITIES:
        return Ask.LOGIN
    if standing.blocked_at is not None and (owed := owed_to_unblock(interaction, standing, rules)):
        return owed
    reached = amr_of(proven)
    minimum = minimum_acr(demand, standing, rules)
    has_factor = bool(proven & SECOND_FACTORS)
    # Its owner wants to be asked for no factor in this browser; a risky sign-in asks all the same.
    is_trusted = interaction.browser_standing is BrowserStanding.TRUSTED and not _is_risky(interaction)
    if standing.has_two_factor and not has_factor and (minimum or not is_trusted):
        return Ask.SECOND_FACTOR
    owed = None if has_factor or standing.has_two_factor else _owed_for_risk(interaction, standing, rules)
    if not reaches(acr_of(reached), minimum):
        if usable_ways(demand, standing, rules, reached):
            return Ask.SECOND_FACTOR
        # Whoever has no factor sets one up, and only the owner of the mailbox may, where the sign-in is risky.
        return owed or Ask.SET_UP
    if not has_factor and can_please(demand, standing, rules, reached):
        return Ask.SECOND_FACTOR
    if owed:
        return owed
    is_known = interaction.browser_standing is not BrowserStanding.UNKNOWN
    if standing.primary_email_refused_at is not None and is_known and not interaction.address_skipped:
        return Ask.ADDRESS
    return None


def owed_to_unblock(interaction: Interaction, standing: Standing, rules: Rules) -> Ask | None:
    """What a sign-in owes that is to lift the block which the owner set: a new password, chosen by a link since then in
    this browser, and a second proof. A sign-in that began before the block lifts nothing. Where only support can help,
    the sign-in page says so.
    """
    assert standing.blocked_at is not None
    chosen = [at for proof, at in interaction.proofs if proof == Proof.NEW_PASSWORD]
    if not any(at >= standing.blocked_at for at in chosen):
        return Ask.LOGIN
    match way_back(standing, sms=rules.sms):
        case WayBack.SUPPORT:
            return Ask.LOGIN
        case WayBack.FACTOR:
            return None if interaction.proven & SECOND_FACTORS else Ask.SECOND_FACTOR
        case WayBack.MAILBOXES:
            is_proven = interaction.proven & {*SECOND_FACTORS, Proof.MAILBOXES}
            return None if is_proven else Ask.UNBLOCK


def _wished(interaction: Interaction, standing: Standing, rules: Rules, now: int) -> Ask | None:
    """What would help the person later. Asked of who owes nothing more, and each can be put off."""
    is_customer = Role.CUSTOMER in standing.groups
    if (
        standing.recommended_at is not None
        and not standing.has_device
        and not interaction.recommendation_skipped
    ):
        return Ask.RECOMMEND
    is_due = standing.backup_asked_at is None or now - standing.backup_asked_at >= rules.backup_seconds
    if is_customer and is_due and not standing.has_backup_email and not interaction.backup_skipped:
        return Ask.BACKUP_ADDRESS
    return None


_IDENTITIES = WHOLE_SIGN_INS | {Proof.PASSWORD}


def _is_risky(interaction: Interaction) -> bool:
    """Whether the decision after the password asked for more. A passkey needs none."""
    return interaction.risk_outcome not in ("", Outcome.ALLOW)


def _owed_for_risk(interaction: Interaction, standing: Standing, rules: Rules) -> Ask | None:
    """What a risky sign-in owes whose owner is not asked for a factor each time."""
    has_device = bool({*standing.ways(sms=rules.sms)} - {Way.BACKUP_CODE})
    if interaction.risk_outcome == Outcome.STEP_UP and has_device:
        return Ask.SECOND_FACTOR
    is_owed = _is_risky(interaction) and not interaction.proven & {Proof.EMAIL_CODE, Proof.MAILBOXES}
    return Ask.EMAIL_CODE if is_owed else None


def _raising(demand: Demand, session: SignedIn, standing: Standing, rules: Rules, now: int) -> Ask | None:
    """What a living session lacks: a factor, and only that."""
    reached = session.session.amr
    if not reaches(session.session.acr, minimum_acr(demand, standing, rules)):
        if usable_ways(demand, standing, rules, reached):
            return Ask.SECOND_FACTOR
        is_recent = now - _proven_at(session, standing) <= rules.setup_seconds
        return Ask.SET_UP if is_recent else Ask.LOGIN
    if can_please(demand, standing, rules, reached):
        return Ask.SECOND_FACTOR
    if demand.recent_seconds is not None and now - _proven_at(session, standing) > demand.recent_seconds:
        return Ask.SECOND_FACTOR if standing.ways(sms=rules.sms) else Ask.LOGIN
    return None


def _proven_at(session: SignedIn, standing: Standing) -> int:
    """When the person last proved what counts: a factor, where they are asked for one at every sign-in."""
    held = session.session
    if not standing.has_two_factor:
        return held.proven_at
    whole = held.authenticated_at if reaches(held.acr, Acr.TWO_FACTORS) else 0
    return max(whole, held.factor_at or 0)


def _proved_factor(session: SignedIn, interaction: Interaction | None) -> bool:
    """Whether a factor that the session has now was proven in this interaction."""
    if interaction is None:
        return False
    is_here = bool(interaction.proven & SECOND_FACTORS) and _is_signed_in_here(session, interaction)
    return is_here or interaction.raised_session_id == session.session.session_id


def _is_signed_in_here(session: SignedIn | None, interaction: Interaction | None) -> bool:
    """Whether this interaction's own proofs made the session that the browser holds."""
    return bool(session and interaction and interaction.session_id == session.session.session_id)


def _wants_login(demand: Demand, session: SignedIn, now: int) -> bool:
    if Prompt.LOGIN in demand.prompts or demand.max_age == 0:  # The same by two names, Core §3.1.2.1.
        return True
    if demand.max_age is not None and now - session.session.authenticated_at > demand.max_age:
        return True
    return bool(demand.subjects) and session.person.sub not in demand.subjects


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
