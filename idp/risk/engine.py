"""The risk engine: loads what a decision has to know, has it decided, and learns from sign-ins that were completed.

Nothing is learnt from a wrong password or an unfinished sign-in, or attackers would teach it. A decision costs three
queries, whatever the history, and a fourth in a flooded network; learning two.
"""

import json
from ipaddress import ip_address, ip_network

from idp.config.settings import Risk
from idp.records.event import Circumstances
from idp.records.ports import Entropy, Geography, UserAgents
from idp.records.risk import Outcome
from idp.risk.counts import Counted, Counts, Feature, counted, wanted
from idp.risk.decision import Facts, Verdict, decide
from idp.risk.features import Features, features_of
from idp.risk.habits import Habits, Level, learnt, read, written
from idp.risk.keyed import Keyed, key_number
from idp.risk.occasion import Assessment, SignInOccasion
from idp.risk.policy import digest_of_policy
from idp.risk.seen import seen
from idp.risk.sentences import sentence
from idp.risk.velocity import Velocity, Window, keys, velocity_of, wanted_keys
from idp.signing.secrets import Purpose, Secret, Secrets
from idp.store.database import Database
from idp.store.risk import (
    COMPLETE_DECISION,
    COUNT_ATTEMPT,
    COUNT_ONE,
    COUNTED,
    COUNTS,
    DECISION,
    INSERT_DECISION,
    INSERT_PROFILE,
    PROFILE,
    RECENT_DECISIONS,
    UPDATE_PROFILE,
    VALUES_EACH,
    VELOCITY,
    MadeDecision,
    StoredProfile,
)
from idp.store.statement import Effect

__all__ = ["Assessment", "RiskEngine", "SignInOccasion"]

_RECENT = 8
_WAITED_SECONDS = 900


class RiskEngine:
    """Assesses sign-ins, and learns."""

    def __init__(
        self,
        policy: Risk,
        *,
        database: Database,
        entropy: Entropy,
        secrets: Secrets,
        geography: Geography,
        user_agents: UserAgents,
    ) -> None:
        self._policy = policy
        self._digest = digest_of_policy(policy)
        self._denied = tuple(ip_network(network) for network in policy.denied_networks)
        self._database = database
        self._entropy = entropy
        self._secrets = secrets
        self._geography = geography
        self._user_agents = user_agents

    async def assess(self, occasion: SignInOccasion) -> Assessment:
        """What a sign-in with the right password still owes. Writes nothing: `effects` are the caller's to apply."""
        facts = await self._facts(occasion)
        verdict = decide(facts, self._policy, occasion.now)
        is_observing = self._policy.mode == "observe" or occasion.is_observed
        enforced = Outcome.ALLOW if is_observing else verdict.outcome
        decision_id = self._entropy.uuid7(occasion.now)
        return Assessment(
            decision_id=decision_id,
            outcome=verdict.outcome,
            enforced=enforced,
            reasons=verdict.reasons,
            sentence=sentence(verdict),
            wait_seconds=verdict.wait_seconds if enforced is Outcome.DELAY else 0,
            effects=[self._decided(decision_id, occasion, facts.features, verdict, enforced)],
        )

    async def learn(self, decision_id: str, *, now: int) -> list[Effect]:
        """What a completed sign-in teaches, for its transaction. Should that fail, load again: another one learnt.

        Empty for a decision that was learnt from already, or is kept no more.
        """
        decision = await self._database.one(DECISION, of_decision=decision_id)
        if decision is None or decision.completed_at is not None:
            return []
        features = Features.restored(decision.features)
        profile = await self._database.one(PROFILE, of_subject=decision.subject_id)
        return [
            COMPLETE_DECISION.effect(expects=1, of_decision=decision_id, now=now),
            _profile_effect(profile, decision.subject_id, features, now),
            *_attempt(features, now, succeeded=1),
            *(COUNT_ONE.effect(feature=feature.value, value=value) for feature, value in counted(features)),
        ]

    def failed(self, circumstances: Circumstances, *, is_unknown: bool, now: int) -> list[Effect]:
        """Count a wrong password where it came from; `is_unknown` if it named no account."""
        features = self._features(circumstances, None)
        return _attempt(features, now, failed=1, nameless=int(is_unknown))

    async def _facts(self, occasion: SignInOccasion) -> Facts:
        profile = await self._database.one(PROFILE, of_subject=occasion.subject_id)
        habits = read(profile.habits) if profile else Habits()
        features = self._features(occasion.circumstances, habits)
        device = occasion.device
        is_ours = (
            device is not None
            and not occasion.device_was_copied
            and device.subject_id == occasion.subject_id
            and device.is_known(occasion.now)
        )
        system = self._user_agents.parse(occasion.circumstances.user_agent).system
        is_other_system = is_ours and device is not None and device.system not in ("", system)
        velocity = await self._velocity(features, occasion.now)
        return Facts(
            features=features,
            habits=habits,
            sign_ins=profile.sign_ins if profile else 0,
            counts=await self._counts(features, habits),
            velocity=velocity,
            is_known=is_ours and not is_other_system,
            is_other_system=is_other_system,
            is_denied=self._is_denied(occasion.circumstances.address),
            has_waited=velocity.is_flooding and await self._has_waited(occasion),
            was_copied=occasion.device_was_copied,
            password_is_common=occasion.password_is_common,
            stolen_at=occasion.stolen_at,
            last_sign_in_at=occasion.last_sign_in_at or (profile.updated_at if profile else None),
            client_asks=occasion.always_asks,
        )

    def _features(self, circumstances: Circumstances, habits: Habits | None) -> Features:
        keyed = Keyed(newest=self._secrets.newest(Purpose.ADDRESS), former=self._former_key(habits))
        return features_of(seen(circumstances, self._geography, self._user_agents), circumstances, keyed)

    def _former_key(self, habits: Habits | None) -> Secret | None:
        """An older key under which something of these habits is still kept."""
        if habits is None:
            return None
        newest = self._secrets.newest(Purpose.ADDRESS).secret_id.rpartition("-")[2]
        numbers = {key_number(name) for level in (Level.ADDRESS, Level.NETWORK) for name in habits.at(level)}
        former = max(numbers - {newest}, key=int, default="")
        return self._secrets.find(f"{Purpose.ADDRESS}-{former}") if former else None

    async def _counts(self, features: Features, habits: Habits) -> Counts:
        values: dict[str, list[str]] = {feature: [] for feature in COUNTED}
        for feature, value in wanted(features, habits):
            if feature is not Feature.ALL and value not in values[feature]:
                values[feature].append(value)
        binds = {
            f"{feature}_{n}": values[feature][n] if n < len(values[feature]) else ""
            for feature in COUNTED
            for n in range(VALUES_EACH)
        }
        rows = await self._database.all(COUNTS, **binds)
        of: dict[Counted, int] = {(Feature(row.feature), row.value): row.count for row in rows}
        return Counts(of=of)

    async def _velocity(self, features: Features, now: int) -> Velocity:
        texts = wanted_keys(features, now)
        rows = await self._database.all(VELOCITY, **{f"key_{n}": text for n, text in enumerate(texts)})
        found = {
            row.key: Window(key=row.key, failures=row.failures, unknown=row.unknown, successes=row.successes)
            for row in rows
        }
        return velocity_of(found, features, self._policy, now)

    async def _has_waited(self, occasion: SignInOccasion) -> bool:
        """Whether this person was made to wait here a while ago: once is enough, or a flood would lock them out."""
        recent = await self._database.all(RECENT_DECISIONS, of_subject=occasion.subject_id, most=_RECENT)
        return any(self._made_wait(decision, occasion) for decision in recent)

    def _made_wait(self, decision: MadeDecision, occasion: SignInOccasion) -> bool:
        waited = occasion.now - decision.at
        return (
            decision.enforced == Outcome.DELAY
            and decision.interaction_id == occasion.interaction_id
            and self._policy.delay_seconds <= waited <= _WAITED_SECONDS
        )

    def _is_denied(self, address: str) -> bool:
        if not self._denied:
            return False
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._denied)

    def _decided(
        self,
        decision_id: str,
        occasion: SignInOccasion,
        features: Features,
        verdict: Verdict,
        enforced: Outcome,
    ) -> Effect:
        return INSERT_DECISION.effect(
            decision_id=decision_id,
            subject_id=occasion.subject_id,
            client_id=occasion.client_id,
            interaction_id=occasion.interaction_id,
            at=occasion.now,
            outcome=verdict.outcome.value,
            enforced=enforced.value,
            reasons=" ".join(verdict.reasons),
            terms=_compact(verdict.terms),
            features=_compact(features.stored()),
            policy=self._digest,
            data_at=features.data_at,
        )


def _profile_effect(profile: StoredProfile | None, subject_id: str, features: Features, now: int) -> Effect:
    if profile is None:
        text = written(learnt(Habits(), features, now))
        return INSERT_PROFILE.effect(
            expects=1, subject_id=subject_id, sign_ins=1, habits=text, updated_at=now
        )
    return UPDATE_PROFILE.effect(
        expects=1,
        of_subject=subject_id,
        former_sign_ins=profile.sign_ins,
        former_habits=profile.habits,
        learnt=written(learnt(read(profile.habits), features, now)),
        now=now,
    )


def _attempt(
    features: Features, now: int, *, failed: int = 0, nameless: int = 0, succeeded: int = 0
) -> list[Effect]:
    return [
        COUNT_ATTEMPT.effect(
            key=key.text, window_at=key.window_at, failed=failed, nameless=nameless, succeeded=succeeded
        )
        for key in keys(features, now)
    ]


def _compact(value: object) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)
