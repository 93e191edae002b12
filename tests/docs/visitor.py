"""A person with a browser, as far as HTTP goes: cookies, redirects, and the first form of a page."""

import re
import ssl
from datetime import UTC, datetime
from html.parser import HTMLParser
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx2
import pyotp


class Visitor:
    """Keeps cookies as a browser does. Close it, or use it in a `with`. `trusted` is whom it believes over TLS, if not
    everybody's authorities.

    `app_secret` is what its authenticator app holds, `former_step` the last time step whose code was used.
    """

    def __init__(self, trusted: ssl.SSLContext | None = None) -> None:
        # A first answer may wait for modules that are imported then.
        self._http = httpx2.Client(timeout=30, trust_env=False, verify=trusted or True)
        self.app_secret = ""
        self.former_step = 0

    def open(self, url: str, *, until: str = "") -> httpx2.Response:
        """The page that `url` leads to, or the redirect to `until` (the beginning of a URL), unfollowed."""
        return self._followed(self._http.get(url), until)

    def submit(self, page: httpx2.Response, *, until: str = "", **fields: str) -> httpx2.Response:
        """Fill in the first form of `page`, send it, and follow."""
        form = _Form()
        form.feed(page.text)
        action = urljoin(str(page.url), form.action)
        data = {**form.hidden, **fields}
        parts = urlsplit(str(page.url))
        headers = {"origin": f"{parts.scheme}://{parts.netloc}"}
        return self._followed(self._http.post(action, data=data, headers=headers), until)

    def sign_in(
        self, page: httpx2.Response, identifier: str, password: str, *, until: str = ""
    ) -> httpx2.Response:
        """From the sign-in page through whatever is asked: a second factor, one to set up, consent."""
        fields = {"username": identifier, "password": password, "action": "continue"}
        answer = self.submit(page, until=until, **fields)
        if 'id="second-factor"' in answer.text:
            answer = self.submit(answer, until=until, code=self._app_code(), action="continue")
        if 'id="set-up"' in answer.text:
            answer = self._set_up(answer, until)
        return self.allow(answer, until=until)

    def type_code(self, page: httpx2.Response, code: str) -> httpx2.Response:
        """A code that was mailed."""
        assert 'id="email-code"' in page.text, page.text
        return self.submit(page, code=code, action="continue")

    def _app_code(self) -> str:
        """A code works once, so that of the next step is next; it is taken half a minute early."""
        totp = pyotp.TOTP(self.app_secret)
        self.former_step = max(totp.timecode(datetime.now(UTC)), self.former_step + 1)
        return totp.generate_otp(self.former_step)

    def _set_up(self, page: httpx2.Response, until: str) -> httpx2.Response:
        """An authenticator app, for whoever has to have a second factor."""
        scanned = self.submit(page, action="totp")
        shown = re.search(r'id="secret">(.*?)</span></span>', scanned.text, re.DOTALL)
        assert shown, scanned.text
        self.app_secret = re.sub(r"<[^>]*>|\s", "", shown[1])
        codes = self.submit(scanned, code=self._app_code(), name="", action="continue")
        assert 'id="codes"' in codes.text, codes.text
        return self.submit(codes, until=until, saved="1", action="continue")

    def allow(self, page: httpx2.Response, *, until: str = "") -> httpx2.Response:
        """Approve, if `page` asks for that."""
        return self.submit(page, until=until, action="allow") if 'id="consent"' in page.text else page

    def enrol(self, link: str, password: str) -> None:
        """Choose a password by an enrolment link."""
        page = self.open(link)
        answer = self.submit(page, password=password, action="continue")
        assert answer.status_code == 200, answer.text

    def _followed(self, response: httpx2.Response, until: str) -> httpx2.Response:
        while response.is_redirect:
            target = urljoin(str(response.url), response.headers["location"])
            if until and target.startswith(until):
                break
            response = self._http.get(target)
        return response

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()


class _Form(HTMLParser):
    """The first form that it is fed."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.hidden: dict[str, str] = {}
        self._forms = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._forms += 1
            if self._forms == 1:
                self.action = values.get("action", "")
        elif tag == "input" and self._forms == 1 and values.get("type") == "hidden":
            self.hidden[values["name"]] = values.get("value", "")
