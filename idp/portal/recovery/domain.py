"""Prove yourself by a domain that you have with us: we say what to publish there, and look.

Whether the domain is the account's is for agents to see. Here anybody's domain looks the same, so nobody learns whose
it is.
"""

from starlette.responses import Response

from idp.account.cases.adding import choose_domain, prove_domain, takes_domain
from idp.login.new_address import said
from idp.portal.recovery.folder import Folder
from idp.portal.recovery.limits import spend_look
from idp.portal.recovery.questions import CHANGED
from idp.portal.recovery.steps import Step
from idp.records.ports import PROOF_FILE, PROOF_LABEL, DomainProofs, proof_text
from idp.spec.identifier import canonical_domain
from idp.web.locale import Message

_TOKEN_BYTES = 16
_MISSING = Message("Enter a domain name")
_UNREADABLE = Message("Enter a domain name alone, such as example.com")
_NOT_YET = Message(
    "We have not found it yet. It can take a while until a change is seen everywhere: wait some minutes, then check"
    " again."
)


async def show(folder: Folder) -> Response:
    return _page(folder) if takes_domain(folder.case) else folder.to(None)


async def submit(folder: Folder, *, proofs: DomainProofs) -> Response:
    form = await folder.read_form()
    if not takes_domain(folder.case):
        return folder.to(None)
    match form.get("action"):
        case "change":
            is_changed = await choose_domain(folder.door, folder.occasion, folder.case, "", "")
            return folder.to(Step.DOMAIN) if is_changed else _page(folder, errors={"form": CHANGED})
        case "check" if folder.case.domain:
            return await _look(folder, proofs)
        case _:
            return await _choose(folder, form.get("domain", "").strip())


async def _choose(folder: Folder, typed: str) -> Response:
    domain = canonical_domain(typed)
    if domain is None:
        return _page(folder, typed=typed, errors={"domain": _UNREADABLE if typed else _MISSING})
    token = folder.door.entropy.token_bytes(_TOKEN_BYTES).hex()
    if not await choose_domain(folder.door, folder.occasion, folder.case, domain, token):
        return _page(folder, typed=typed, errors={"form": CHANGED})
    return folder.to(Step.DOMAIN)


async def _look(folder: Folder, proofs: DomainProofs) -> Response:
    case = folder.case
    if wait := await spend_look(folder.door, folder.request, case.case_id, folder.now):
        return _page(folder, errors=said(wait), status=429, headers={"Retry-After": str(wait)})
    found = await proofs.find(case.domain, case.domain_token)
    if found is None:
        return _page(folder, errors={"form": _NOT_YET})
    if not await prove_domain(folder.door, folder.occasion, case, how=found.value):
        return _page(folder, errors={"form": CHANGED})
    return folder.to(Step.DOMAIN)


def _page(
    folder: Folder,
    *,
    typed: str = "",
    errors: dict[str, Message] | None = None,
    status: int = 0,
    headers: dict[str, str] | None = None,
) -> Response:
    case = folder.case
    return folder.render(
        "recovery/domain.html",
        step=Step.DOMAIN,
        status=status,
        headers=headers,
        domain=case.domain,
        is_proven=case.domain_proven_at is not None,
        record_name=f"{PROOF_LABEL}.{case.domain}",
        file_url=f"https://{case.domain}{PROOF_FILE}",
        text=proof_text(case.domain_token),
        typed=typed,
        documents_url=folder.path(Step.DOCUMENTS),
        next_url=folder.path(Step.REVIEW) if folder.is_draft else folder.base,
        errors=errors,
    )
