"""What the account is for: the types that the documents for a recovery go by."""

from starlette.responses import Response

from idp.portal.signing_up.steps import Step
from idp.portal.signing_up.visit import Visit
from idp.records.account import AccountKind
from idp.store.sign_ups import SET_KIND
from idp.web.locale import Message

_MISSING = Message("Choose an account type")


async def show(visit: Visit) -> Response:
    return _page(visit)


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    if form.get("kind") not in set(AccountKind):
        return _page(visit, errors={"kind": _MISSING})
    effect = SET_KIND.effect(of_sign_up=visit.sign_up.sign_up_id, now=visit.now, of_kind=form["kind"])
    await visit.door.database.apply([effect])
    return visit.to(Step.NAME)


def _page(visit: Visit, *, errors: dict[str, Message] | None = None) -> Response:
    return visit.render(
        "sign-up/type.html",
        errors=errors,
        kinds=[kind.value for kind in AccountKind],
        chosen=visit.sign_up.kind,
    )
