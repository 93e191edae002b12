"""What a request asks of a sign-in, what the operator asks of everybody, and which factors meet it. Pure."""

from dataclasses import dataclass

from idp.records.factor import Standing, Way
from idp.spec.assurance import Acr, Proof, acr_of, amr_of, reaches
from idp.spec.prompt import Prompt


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What a request asks of the sign-in. `subjects` are those that may answer it, by their `sub`: empty for anybody.

    `consent_scopes` is None where nobody has to be asked: a first-party client, or one of our own pages.
    `max_age` is in seconds. `acr` is the least rung that will do; `wished_acr` one that is reached where the person
    can. `recent_seconds`: how long ago the person may have proven anything (our own pages that change security).
    """

    prompts: frozenset[Prompt] = frozenset()
    max_age: int | None = None
    subjects: frozenset[str] = frozenset()
    consent_scopes: frozenset[str] | None = None
    acr: str = ""
    wished_acr: str = ""
    recent_seconds: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What the operator asks of everybody. `sms`: whether codes can be sent to phones. `backup_seconds`: how long
    somebody without a backup address is left alone with the question.
    """

    required_groups: frozenset[str] = frozenset()
    setup_seconds: int = 300
    sms: bool = False
    backup_seconds: int = 90 * 86_400


def usable_ways(
    demand: Demand, standing: Standing, rules: Rules, reached: tuple[str, ...]
) -> tuple[Way, ...]:
    """The factors that a second-factor page may ask for, the safest first: where a rung is demanded, those that reach
    it beside what is proven already (`reached`, an `amr`). Where none does, any of them comes before a new one is set
    up: who has proven no factor adds none to those that are there.
    """
    reaching = _reaching(minimum_acr(demand, standing, rules), standing, rules, reached)
    if reaching or reaches(acr_of(reached), Acr.TWO_FACTORS):
        return reaching
    return standing.ways(sms=rules.sms)


def _reaching(minimum: str, standing: Standing, rules: Rules, reached: tuple[str, ...]) -> tuple[Way, ...]:
    ways = standing.ways(sms=rules.sms)
    return tuple(way for way in ways if reaches(acr_of(amr_of([_PROOF[way]], before=reached)), minimum))


_PROOF = {
    Way.TOTP: Proof.TOTP,
    Way.SECURITY_KEY: Proof.SECURITY_KEY,
    Way.SMS: Proof.SMS,
    Way.BACKUP_CODE: Proof.BACKUP_CODE,
}


def minimum_acr(demand: Demand, standing: Standing, rules: Rules) -> str:
    """The least rung that will do for this person."""
    enforced = Acr.TWO_FACTORS if standing.groups & rules.required_groups else ""
    return max(demand.acr, enforced)


def can_please(demand: Demand, standing: Standing, rules: Rules, reached: tuple[str, ...]) -> bool:
    """Whether a rung that is only wished for can be reached with what the person has. It is asked for once: whoever
    proves another factor instead, since the best one is lost, say, gets on all the same.
    """
    if reaches(acr_of(reached), demand.wished_acr):
        return False
    return bool(_reaching(demand.wished_acr, standing, rules, reached))
