"""From answers to an account: made, signed in and known in this browser, and told so by mail.

The account, its password, its owner's proofs on the sign-in that goes on, and the end of the sign-up are one
transaction: of two requests at once, one makes an account.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from idp.account.creation import NewAccount, create_account
from idp.login.sign_in import set_cookies, sign_in
from idp.portal.signing_up.coming_from import interaction_to_go_on
from idp.portal.signing_up.steps import Step
from idp.portal.signing_up.visit import Visit
from idp.records.account import AccountStatus, Person
from idp.records.event import Event, EventType, Occasion
from idp.records.interaction import BrowserStanding
from idp.records.risk import Outcome
from idp.risk.engine import Assessment, SignInOccasion
from idp.spec.assurance import Proof
from idp.spec.token_value import SECRET_BYTES, digest_of
from idp.store.accounts import PUT_PASSWORD
from idp.store.interactions import INTERACTION, PROVE_IDENTITY
from idp.store.sign_ups import COMPLETE_SIGN_UP
from idp.store.statement import Effect
from idp.web.circumstances import circumstances_of


@dataclass(frozen=True, slots=True, kw_only=True)
class _Becoming:
    """What turns a person into a customer. `goes_on` is the interaction that they continue."""

    visit: Visit
    goes_on: str

    async def effects(self, person: Person) -> Sequence[Effect]:
        visit, sign_up, now = self.visit, self.visit.sign_up, self.visit.now
        assessment = await self._assess(person)
        return [
            COMPLETE_SIGN_UP.effect(
                expects=1,
                of_sign_up=sign_up.sign_up_id,
                now=now,
                proven_key=sign_up.email_key,
                became=person.account_id,
                goes_on=self.goes_on,
            ),
            PUT_PASSWORD.effect(
                subject_id=person.subject_id,
                encoded=sign_up.encoded,
                pepper_id=sign_up.pepper_id,
                changed_at=now,
            ),
            visit.door.audit.effect(_password_event(person), circumstances_of(visit.request), now=now),
            *assessment.effects,
            *self._proven(person, assessment),
            self._mail(person),
        ]

    async def _assess(self, person: Person) -> Assessment:
        """The first sign-in teaches what is usual for them, as every other does."""
        visit, door = self.visit, self.visit.door
        interaction = await door.database.one(INTERACTION, of_interaction=self.goes_on)
        return await door.risk.assess(
            SignInOccasion(
                subject_id=person.subject_id,
                client_id=interaction.client_id if interaction else "",
                interaction_id=self.goes_on,
                circumstances=circumstances_of(visit.request),
                device=None,
                device_was_copied=False,
                account_created_at=visit.now,
                last_sign_in_at=None,
                stolen_at=None,
                password_is_common=False,
                always_asks=False,
                now=visit.now,
            )
        )

    def _proven(self, person: Person, assessment: Assessment) -> list[Effect]:
        """They chose the password, and read the code in the mailbox. Where the operator takes no sign-ins from, nothing
        is proven: the sign-in page says why.
        """
        if assessment.enforced is Outcome.REFUSE:
            return []
        now = self.visit.now
        proofs = [[Proof.PASSWORD.value, now], [Proof.EMAIL_CODE.value, now]]
        return [
            PROVE_IDENTITY.effect(
                expects=1,
                of_interaction=self.goes_on,
                subject=person.subject_id,
                password_at=now,
                proven=json.dumps(proofs),
                # Nobody gets this cookie: the session is made at once, or not by these proofs.
                by_cookie=digest_of(self.visit.door.entropy.token_bytes(SECRET_BYTES).hex()),
                shared=0,
                decision=assessment.decision_id,
                outcome=assessment.enforced.value,
                browser=BrowserStanding.UNKNOWN.value,
                now=now,
            )
        ]

    def _mail(self, person: Person) -> Effect:
        door = self.visit.door
        return door.outbox.mail(
            "welcome",
            to=self.visit.sign_up.email,
            locale=person.language,
            context={"sign_in_url": f"{door.settings.issuer}/account"},
            subject_id=person.subject_id,
            now=self.visit.now,
        )


async def become_customer(visit: Visit, names: Mapping[str, str]) -> Response:
    """Make the account of a sign-up whose questions are answered, and its owner's session; the welcome.

    Raises `AddressTaken`, `ChangedMeanwhile`.
    """
    door = visit.door
    becoming = _Becoming(visit=visit, goes_on=await interaction_to_go_on(visit))
    occasion = Occasion(now=visit.now, actor="anonymous", circumstances=circumstances_of(visit.request))
    person = await create_account(
        door.database,
        door.audit,
        door.entropy,
        occasion,
        _new_account(visit, names),
        rules=door.settings.customer_id,
        also=becoming.effects,
    )
    door.outbox.wake()
    return await _signed_in(visit, person, becoming.goes_on)


def _new_account(visit: Visit, names: Mapping[str, str]) -> NewAccount:
    sign_up = visit.sign_up
    profile = {**names, "name": f"{names['given_name']} {names['family_name']}"}
    return NewAccount(
        primary_email=sign_up.email,
        is_primary_email_verified=True,
        profile=profile,
        language=sign_up.language,
        status=AccountStatus.ACTIVE,
        kind=sign_up.kind,
        country=sign_up.country,
        asks_for_backup=True,
    )


async def _signed_in(visit: Visit, person: Person, interaction_id: str) -> Response:
    """The welcome, with the cookies of a session and of a browser that is known from now on. If there can be none, the
    sign-in page is behind the welcome: what somebody else has proven there is theirs to complete.
    """
    door, response = visit.door, visit.to(Step.WELCOME)
    interaction = await door.database.one(INTERACTION, of_interaction=interaction_id)
    if (
        interaction is None
        or interaction.subject_id != person.subject_id
        or interaction.session_id is not None
    ):
        return response
    former = await door.signed_in(visit.request, visit.now)
    # The welcome tells them already.
    if cookied := await sign_in(door, visit.request, interaction, former, visit.now, is_told=False):
        set_cookies(door, response, cookied)
    return response


def _password_event(person: Person) -> Event:
    return Event(
        type=EventType.PASSWORD_SET, actor=f"subject:{person.subject_id}", subject_id=person.subject_id
    )
