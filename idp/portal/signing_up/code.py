"""The code that was mailed: whoever reads it there has the address."""

from starlette.responses import Response

from idp.login.codes import LONGEST_TYPED, looks_like_code
from idp.login.prompts.email_code_page import CODE_MISSING, CODE_OVER, CODE_UNREADABLE, wrong_code
from idp.login.sent_code import is_answerable
from idp.portal.signing_up.proving import often, proof_of, send_again
from idp.portal.signing_up.steps import Step
from idp.portal.signing_up.visit import Visit, path_of
from idp.records.factor import Challenge
from idp.spec.identifier import canonical_email
from idp.store.sign_ups import VERIFY_EMAIL
from idp.web.locale import Message


async def show(visit: Visit) -> Response:
    return _page(visit, await proof_of(visit).open_challenge())


async def submit(visit: Visit) -> Response:
    form = await visit.read_form()
    challenge = await proof_of(visit).open_challenge()
    match form.get("action"):
        case "change":
            return visit.to(Step.CREDENTIALS)
        case "resend":
            wait = await send_again(visit, visit.sign_up.email)
            return _page(visit, challenge, errors=often(wait), wait=wait) if wait else visit.to(Step.CODE)
        case _:
            return await _prove(visit, challenge, form.get("code", ""))


async def _prove(visit: Visit, challenge: Challenge | None, typed: str) -> Response:
    if challenge is None:
        return _page(visit, None, errors={"form": CODE_OVER})
    if not looks_like_code(typed):
        message = CODE_UNREADABLE if typed.strip() else CODE_MISSING
        return _page(visit, challenge, typed=typed, errors={"code": message})
    proof = proof_of(visit)
    guessed = await proof.guess(challenge, typed)
    if guessed.wait_seconds:
        return _page(visit, challenge, errors=often(guessed.wait_seconds), wait=guessed.wait_seconds)
    if not guessed.is_right:
        is_left = is_answerable(guessed.challenge, visit.now)
        errors = wrong_code(guessed.challenge)
        return _page(visit, guessed.challenge if is_left else None, typed=typed, errors=errors)
    verify = VERIFY_EMAIL.effect(
        expects=1,
        of_sign_up=visit.sign_up.sign_up_id,
        now=visit.now,
        proven_key=canonical_email(proof.address_of(challenge)),
    )
    await visit.door.database.apply([*await proof.redeem(challenge), verify])
    return await visit.go_on()


def _page(
    visit: Visit,
    challenge: Challenge | None,
    *,
    typed: str = "",
    errors: dict[str, Message] | None = None,
    wait: int = 0,
) -> Response:
    """Without a challenge there is no code to enter, only one to ask for."""
    left = max(challenge.expires_at - visit.now, 0) if challenge else 0
    return visit.render(
        "sign-up/code.html",
        errors=errors,
        wait=wait,
        address=proof_of(visit).address_of(challenge) if challenge else visit.sign_up.email,
        is_open=challenge is not None,
        is_numeric=visit.door.settings.code.is_numeric,
        typed=typed[:LONGEST_TYPED],
        minutes=-(-left // 60),
        lost_url=f"{path_of(visit.sign_up.sign_up_id, Step.CREDENTIALS)}?lost=1",
    )
