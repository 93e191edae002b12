"""The password: Argon2id of the peppered NFKC form, compared outside any transaction (S39, S40, S42).

An unknown account, one without a password and a wrong password take the same time: something is always hashed.
"""

from dataclasses import dataclass

from idp.records.account import Credential
from idp.records.ports import PasswordHasher, PoolBusy
from idp.signing.secrets import Purpose, Secrets
from idp.spec.assurance import Proof
from idp.store.accounts import REHASH_PASSWORD
from idp.store.statement import Effect

FACTOR = Proof.PASSWORD


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordFactor:
    hasher: PasswordHasher
    secrets: Secrets

    async def verify(self, credential: Credential | None, password: str, now: int) -> bool:
        """Whether `password` is the credential's. Raises PoolBusy when too many wait."""
        if credential is None or credential.encoded is None or credential.pepper_id is None:
            pepper = self.secrets.newest(Purpose.PEPPER).value
            return await self.hasher.verify_nobody(password, pepper=pepper)
        secret = await self.secrets.get(credential.pepper_id, now=now)
        return await self.hasher.verify(password, credential.encoded, pepper=secret.value)

    async def rehash(self, credential: Credential, password: str) -> list[Effect]:
        """What brings an outdated hash up to date: other parameters, or an older pepper."""
        newest = self.secrets.newest(Purpose.PEPPER)
        assert credential.encoded is not None
        if credential.pepper_id == newest.secret_id and not self.hasher.is_outdated(credential.encoded):
            return []
        try:
            encoded = await self.hasher.hash(password, pepper=newest.value)
        except PoolBusy:
            return []  # The next sign-in does it.
        return [
            REHASH_PASSWORD.effect(
                of_subject=credential.person.subject_id,
                former=credential.encoded,
                encoded=encoded,
                pepper_id=newest.secret_id,
            )
        ]
