"""Where we reach them from now on, proven by a code: the account's new address, or one to write to meanwhile.

Another account may have it: that is looked at when the case is applied, and nothing here shows it.
"""

from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from idp.account.cases.adding import prove_address, takes_address
from idp.login import new_address
from idp.login.address_proof import AddressFor, AddressProof
from idp.portal.recovery.folder import Folder
from idp.portal.recovery.questions import CHANGED
from idp.portal.recovery.steps import Step
from idp.records.factor import Challenge
from idp.web.locale import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDesk:
    """Asks for the address of a case."""

    folder: Folder

    @property
    def proof(self) -> AddressProof:
        folder = self.folder
        return AddressProof(
            door=folder.door,
            request=folder.request,
            purpose=AddressFor.CASE,
            holder_id=folder.case.case_id,
            subject_id=None,  # A stranger's mail must not say whose account they typed.
            locale=folder.locale,
            now=folder.now,
        )

    def address_page(self, **context: Any) -> Response:
        case = self.folder.case
        return self.folder.render(
            "recovery/address.html",
            step=Step.ADDRESS,
            case_kind=case.kind.value,
            proven=(case.new_email or "") if case.new_email_verified_at is not None else "",
            next_url=self.folder.path(Step.DOCUMENTS),
            **context,
        )

    def code_page(self, **context: Any) -> Response:
        return self.folder.render("recovery/address-code.html", step=Step.ADDRESS, **context)

    def again(self) -> Response:
        return self.folder.to(Step.ADDRESS)

    async def refusal(self, key: str) -> Message | None:
        return None

    async def may_have(self, key: str) -> bool:
        return True

    async def keep(self, challenge: Challenge) -> Response:
        folder = self.folder
        is_kept = await prove_address(
            folder.door,
            folder.occasion,
            folder.case,
            self.proof.address_of(challenge),
            redemption=await self.proof.redeem(challenge),
        )
        if not is_kept:
            return self.address_page(status=422, typed="", errors={"form": CHANGED})
        return folder.to(Step.DOCUMENTS if folder.is_draft else None)


async def show(folder: Folder) -> Response:
    if not takes_address(folder.case):
        return folder.to(None)
    return await new_address.show(CaseDesk(folder=folder))


async def submit(folder: Folder) -> Response:
    form = await folder.read_form()
    if not takes_address(folder.case):
        return folder.to(None)
    return await new_address.submit(CaseDesk(folder=folder), form)
