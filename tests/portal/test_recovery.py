"""The form of who lost their mailbox, from its first question to the mail with the link."""

import pytest

from idp.store.cases import CASE
from tests.portal.recovering import NEW, answered, begin, sent, status_link
from tests.support.papers import jpeg, pdf, png
from tests.support.world import World


async def test_a_form_is_filled_in_question_by_question_and_sent(world: World) -> None:
    claimant = await begin(world)
    assert "Which account is it?" in claimant.page.text
    await claimant.answer("recovery-who", username="AA 11111", name="Alice Martin")
    assert "Who is the account for?" in claimant.page.text
    await claimant.answer("recovery-type", kind="individual")
    await claimant.answer("recovery-reason", reason="I left the company.")
    await claimant.prove()
    assert "Show that the account is yours" in claimant.page.text
    await claimant.add("identity", jpeg(), name="../../etc/passwd", media_type="text/html")
    await claimant.answer("recovery-documents")
    assert claimant.page.status_code == 422, "a document is missing"
    await claimant.add("proof-of-address", pdf())
    await claimant.answer("recovery-documents")
    assert "Check, then send" in claimant.page.text
    assert NEW in claimant.page.text
    await claimant.answer("recovery-review", "send")
    assert claimant.page.url.path == "/recovery/received"
    [row] = await world.rows(
        "SELECT status, kind, typed_identifier, typed_name, account_kind, reason, new_email, queued_at"
        " FROM recovery_case"
    )
    assert row[:-1] == (
        "open",
        "mailbox-documents",
        "AA 11111",
        "Alice Martin",
        "individual",
        "I left the company.",
        NEW,
    )
    assert row[-1] == world.clock.at
    reference = claimant.page.url.params["reference"]
    assert reference in claimant.page.text
    documents = await world.rows("SELECT kind, media_type, size FROM case_document ORDER BY document_id")
    assert documents == [
        ("identity", "image/jpeg", len(jpeg())),
        ("proof-of-address", "application/pdf", len(pdf())),
    ]
    columns = await world.rows("SELECT * FROM case_document")
    assert "passwd" not in str(columns)
    assert jpeg() not in [value for row in columns for value in row]


async def test_the_mailed_link_says_how_things_stand_and_nothing_of_the_account(world: World) -> None:
    claimant, [mail] = await sent(world)
    assert mail.to == NEW
    assert "aa11111" not in mail.text + mail.subject
    stranger = world.browser(address="203.0.113.9")
    for _ in range(3):
        page = await stranger.get(status_link(mail))
        assert page.status_code == 200
        assert claimant.page.url.params["reference"] in page.text
        assert page.headers["referrer-policy"] == "no-referrer"
        assert not any(word in page.text for word in ("Alice", "aa11111", "example.test"))


async def test_unknown_people_get_the_same_answers(world: World) -> None:
    known, [to_known] = await sent(world, "aa11111-ovh", to="one@example.test")
    unknown, [to_unknown] = await sent(world, "zz99999-ovh", to="two@example.test")
    assert known.page.status_code == unknown.page.status_code
    same = known.page.text.replace(known.page.url.params["reference"], unknown.page.url.params["reference"])
    nonce = claim_nonce(known.page.text), claim_nonce(unknown.page.text)
    assert same.replace(nonce[0], nonce[1]) == unknown.page.text.replace(nonce[0], nonce[1])
    assert len(to_known.text) == len(to_unknown.text)
    subjects = await world.rows("SELECT subject_id FROM recovery_case ORDER BY case_id")
    assert subjects == [(world.people["alice"].subject_id,), (None,)]


def claim_nonce(page: str) -> str:
    return page.split('nonce="')[1].split('"', maxsplit=1)[0]


async def test_the_form_is_another_browsers_no_more_than_a_sign_in_is(sqlite_world: World) -> None:
    claimant = await answered(sqlite_world)
    other = sqlite_world.browser()
    await other.get("/recovery")
    for path in (claimant.page.url.path, claimant.page.url.path.replace("documents", "who")):
        page = await other.get(path)
        assert page.status_code == 303
        assert page.headers["location"] == "/recovery"


@pytest.mark.parametrize("step", ["type", "reason", "address", "documents", "upload", "domain", "review"])
async def test_no_question_can_be_skipped(sqlite_world: World, step: str) -> None:
    claimant = await begin(sqlite_world)
    first = claimant.page.url.path
    await claimant.look(first.replace("who", step))
    assert claimant.page.url.path == first


async def test_a_document_is_removed_and_its_content_with_it(world: World) -> None:
    claimant = await answered(world)
    await claimant.add("identity", png())
    await claimant.answer("remove-identity", "remove")
    assert "remove-identity" not in claimant.page.text
    [(sealed, deleted_at)] = await world.rows("SELECT sealed, deleted_at FROM case_document")
    assert not sealed
    assert deleted_at == world.clock.at
    [(case_id,)] = await world.rows("SELECT case_id FROM recovery_case")
    case = await world.house.database.one(CASE, of_case=case_id)
    assert case is not None


@pytest.mark.parametrize(
    ("form", "fields", "words"),
    [
        ("recovery-who", {"username": "", "name": "Alice"}, "Enter your customer ID or e-mail address"),
        ("recovery-who", {"username": "alice", "name": "Alice"}, "This is no customer ID"),
        ("recovery-who", {"username": "aa11111-ovh", "name": " "}, "Enter your full name"),
        ("recovery-who", {"username": "aa11111-ovh", "name": "a" * 201}, "Shorten your name"),
    ],
)
async def test_what_is_missing_is_said_and_what_was_typed_stays(
    sqlite_world: World, form: str, fields: dict[str, str], words: str
) -> None:
    claimant = await begin(sqlite_world)
    await claimant.answer(form, **fields)
    assert claimant.page.status_code == 422
    assert words in claimant.page.text
    assert f'value="{fields["name"].strip()}"' in claimant.page.text


@pytest.mark.parametrize("lost", ["factor", "blocked"])
async def test_other_losses_have_the_same_form(world: World, lost: str) -> None:
    _, mails = await sent(world, lost=lost)
    assert {mail.to for mail in mails} == {NEW, "alice@example.test"}
    [(kind,)] = await world.rows("SELECT kind FROM recovery_case")
    assert kind == {"factor": "factor", "blocked": "unblock"}[lost]


async def test_nothing_is_chosen_by_accident(sqlite_world: World) -> None:
    claimant = await begin(sqlite_world)
    await claimant.look("/recovery?for=factor")
    assert 'value="factor" required aria-describedby="lost-factor-hint" checked' in claimant.page.text
    await claimant.answer("recovery", lost="everything")
    assert claimant.page.status_code == 422
