"""The mailbox: what arrives over SMTP is shown to people and to checks, and harms nobody."""

import asyncio
import json
import smtplib
from email.message import EmailMessage

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.adapters.entropy import SystemEntropy
from idp.adapters.sms import HttpSmsTransport
from idp.demo.mails import Mails
from tests.demo.conftest import Running


class StoppedClock:
    def now(self) -> int:
        return 1_800_000_000


def send(running: Running, message: EmailMessage | bytes, *recipients: str, host: str = "localhost") -> None:
    content = message if isinstance(message, bytes) else message.as_bytes()
    with smtplib.SMTP(host, running.addresses.smtp_port, timeout=10) as smtp:
        smtp.sendmail("no-reply@demo.test", recipients or ["alice@demo.test"], content)


def mail(subject: str = "Your code", text: str = "123 456", html: str = "") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Demo Hosting <no-reply@demo.test>"
    message["To"] = "alice@demo.test"
    message["Subject"] = subject
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    return message


async def arrived(running: Running, browser: httpx2.AsyncClient, to: str = "") -> list[dict[str, str]]:
    answer = await browser.get(
        f"{running.addresses.mailbox}/api/v1/messages", params={"to": to} if to else {}
    )
    found: list[dict[str, str]] = answer.json()["messages"]
    return found


async def test_a_mail_is_found_by_its_address_newest_first(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    await asyncio.to_thread(send, running, mail("First", html="<p>123 456</p>"))
    await asyncio.to_thread(send, running, mail("Second"), "bob@demo.test", "Alice@demo.test", host="::1")
    await asyncio.to_thread(send, running, mail("Third"), "bob@demo.test", host="127.0.0.1")
    assert [found["subject"] for found in await arrived(running, browser_like)] == [
        "Third",
        "Second",
        "First",
    ]
    for_alice = await arrived(running, browser_like, "alice@demo.test")
    assert [found["subject"] for found in for_alice] == ["Second", "First"]
    first = for_alice[1]
    assert first.keys() == {"id", "to", "subject", "created", "text", "html", "headers"}
    assert (first["to"], first["text"].strip(), first["html"].strip()) == (
        "alice@demo.test",
        "123 456",
        "<p>123 456</p>",
    )
    assert first["headers"]["From"] == "Demo Hosting <no-reply@demo.test>"  # type: ignore[index]
    assert first["created"].endswith("Z")


async def test_a_text_is_found_by_its_number(running: Running, browser_like: httpx2.AsyncClient) -> None:
    sms = HttpSmsTransport(url=f"{running.addresses.mailbox}/api/v1/sms")
    assert await sms.send(number="+33612345678", text="1234 5678 is your code.") == "202"
    await asyncio.to_thread(send, running, mail())
    (found,) = await arrived(running, browser_like, "+33612345678")
    assert (found["to"], found["subject"], found["text"]) == (
        "+33612345678",
        "SMS",
        "1234 5678 is your code.",
    )
    unencoded = await browser_like.get(f"{running.addresses.mailbox}/api/v1/messages?to=+33612345678")
    assert unencoded.json()["messages"] == [found]
    listed = await browser_like.get(f"{running.addresses.mailbox}/")
    assert "+33612345678" in listed.text
    page = await browser_like.get(f"{running.addresses.mailbox}/messages/{found['id']}")
    assert "1234 5678 is your code." in page.text


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("text/plain", '{"to": "+33", "text": "x"}', 415),
        ("application/json", "{", 400),
        ("application/json", "[]", 400),
        ("application/json", '"text"', 400),
        ("application/json", '{"to": "+33"}', 400),
        ("application/json", '{"to": 33, "text": "x"}', 400),
        ("application/json", '{"to": "+33", "text": null}', 400),
        ("application/json", "[" * 20_000, 400),
        ("application/json", b"\xff\xfe", 400),
    ],
)
async def test_the_gateway_takes_texts_alone(
    running: Running, browser_like: httpx2.AsyncClient, content_type: str, body: str | bytes, status: int
) -> None:
    answer = await browser_like.post(
        f"{running.addresses.mailbox}/api/v1/sms", content=body, headers={"content-type": content_type}
    )
    assert answer.status_code == status
    assert await arrived(running, browser_like) == []


async def test_deleting_empties_it(running: Running, browser_like: httpx2.AsyncClient) -> None:
    await asyncio.to_thread(send, running, mail())
    answer = await browser_like.delete(f"{running.addresses.mailbox}/api/v1/messages")
    assert answer.status_code == 204
    assert await arrived(running, browser_like) == []
    await asyncio.to_thread(send, running, mail())
    page = await browser_like.post(f"{running.addresses.mailbox}/delete")
    assert "No mail has arrived yet." in page.text


async def test_another_site_cannot_empty_it(running: Running, browser_like: httpx2.AsyncClient) -> None:
    await asyncio.to_thread(send, running, mail())
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = await browser_like.post(f"{running.addresses.mailbox}/delete", headers=headers)
    assert answer.status_code == 403
    assert len(await arrived(running, browser_like)) == 1


async def test_pages_show_the_list_and_each_mail_with_links(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    text = "Go to https://login.example/enrol?a=1&b=<2>, now.\n<b>not bold</b>"
    await asyncio.to_thread(send, running, mail("<Hello>", text, html="<p>Hi</p>"))
    listed = await browser_like.get(f"{running.addresses.mailbox}/")
    assert "&lt;Hello&gt;" in listed.text
    (found,) = await arrived(running, browser_like)
    page = await browser_like.get(f"{running.addresses.mailbox}/messages/{found['id']}")
    assert '<a href="https://login.example/enrol?a=1&amp;b=" target="_blank"' in page.text
    assert "&lt;b&gt;not bold" in page.text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text


async def test_a_mail_that_is_gone_leads_back(running: Running, browser_like: httpx2.AsyncClient) -> None:
    page = await browser_like.get(f"{running.addresses.mailbox}/messages/gone")
    assert page.url == f"{running.addresses.mailbox}/"
    assert (await browser_like.get(f"{running.addresses.mailbox}/messages/gone/html")).status_code == 404


async def test_hostile_html_is_shown_under_a_policy_that_runs_nothing(
    running: Running, browser_like: httpx2.AsyncClient
) -> None:
    hostile = "<script>alert(1)</script><img src=https://evil.test/x onerror=alert(2)>"
    await asyncio.to_thread(send, running, mail(html=hostile))
    (found,) = await arrived(running, browser_like)
    frame = await browser_like.get(f"{running.addresses.mailbox}/messages/{found['id']}/html")
    policy = frame.headers["content-security-policy"]
    assert policy.startswith("sandbox allow-popups")
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy
    assert "allow-same-origin" not in policy
    page = await browser_like.get(f"{running.addresses.mailbox}/messages/{found['id']}")
    assert "evil.test" not in page.text


async def test_a_sender_that_stays_connected_does_not_keep_the_world_from_ending(running: Running) -> None:
    reader, writer = await asyncio.open_connection("localhost", running.addresses.smtp_port)
    assert (await reader.readline()).startswith(b"220 ")
    running.stop.hurry()
    assert await reader.read() == b""
    writer.close()


HOSTILE = [
    b"",
    b"no headers at all",
    b"Subject: =?utf-8?q?=ff=fe?=\n\n\xff\xfe",
    b"Subject: =?nonsense?b?AAAA?=\nContent-Type: text/plain; charset=nonsense\n\n\xe9t\xe9",
    b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: multipart/alternative; boundary=x\n\n--x--",
    b"Content-Type: multipart/alternative\n\nnothing",
    b"Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: base64\n\n!!!!",
    b"Content-Type: message/rfc822\n\nSubject: inner\n\ntext",
    b"Content-Type: text/html; charset=rot13\n\nabc",
    b"From: a\nFrom: b\nfrom: c\n\ntext",
    b"Subject: a\r b\n\tc\n\n",
    b"To: \xff\xfe@\xc3\n\n",
    b'Content-Type: text/plain; charset="utf-8\x00"\n\nabc',
    b"Content-Type: text/\xff\n\nabc",
    b"Date: 99999999999999\nMessage-ID: <<<>>>\nContent-Disposition: attachment; filename*=x'y'%ff\n\nabc",
]


@pytest.mark.parametrize("content", HOSTILE)
async def test_no_mail_breaks_the_mailbox(
    running: Running, browser_like: httpx2.AsyncClient, content: bytes
) -> None:
    await asyncio.to_thread(send, running, content)
    (found,) = await arrived(running, browser_like)
    for path in ("/", f"/messages/{found['id']}", f"/messages/{found['id']}/html"):
        assert (await browser_like.get(running.addresses.mailbox + path)).status_code == 200


@given(st.binary(max_size=200) | st.lists(st.sampled_from(HOSTILE), max_size=3).map(b"\n".join))
def test_any_bytes_are_a_mail(content: bytes) -> None:
    mail = Mails(clock=StoppedClock(), entropy=SystemEntropy()).arrived(["a@demo.test"], content)
    assert json.dumps(mail.as_json(), ensure_ascii=False).encode()


async def test_a_mail_that_is_too_large_is_refused_over_smtp(running: Running) -> None:
    with pytest.raises(smtplib.SMTPException):
        await asyncio.to_thread(send, running, b"Subject: x\n\n" + b"x\n" * 600_000)
    assert running.world.mails.all() == []


def test_the_oldest_mails_make_room() -> None:
    mails = Mails(clock=StoppedClock(), entropy=SystemEntropy())
    for number in range(505):
        mails.arrived(["a@demo.test"], b"Subject: %d\n\n" % number)
    kept = mails.all()
    assert (len(kept), kept[0].subject, kept[-1].subject) == (500, "504", "5")
    for _ in range(60):
        mails.arrived(["a@demo.test"], b"Subject: large\n\n" + b"x" * 1_000_000)
    assert len(mails.all()) <= 50
    assert kept[0].created == "2027-01-15T08:00:00Z"


def test_a_header_that_repeats_keeps_all_its_values() -> None:
    mails = Mails(clock=StoppedClock(), entropy=SystemEntropy())
    mail = mails.arrived(["a@demo.test"], b"Received: one\nReceived: two\nsubject: x\n\n")
    assert mail.headers["Received"] == "one\ntwo"
    assert mail.subject == "x"
