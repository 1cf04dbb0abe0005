"""A mail server on loopback with an inbox: real SMTP and real messages that go no further."""

import re
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from tests.gateway import find_free_port

ARRIVAL_SECONDS = 20
CODE = re.compile(r"^\s*(\d{6})\s*$", re.MULTILINE)


class Inbox:
    """A mail server and the mails that arrived, in order.

    `refusal` is the answer that it gives instead of taking a mail. With `tls` it offers STARTTLS;
    with `login` it also demands this user and password, and keeps in `logins` what it was given.
    """

    def __init__(
        self, *, tls: ssl.SSLContext | None = None, login: tuple[str, str] | None = None
    ) -> None:
        self.logins: list[tuple[str, str]] = []
        self._tls, self._login = tls, login
        self.port = find_free_port()
        self.mails: list[EmailMessage] = []
        self.refusal: str | None = None
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a mail, or answer with the refusal."""
        if self.refusal is not None:
            return self.refusal
        content = envelope.content
        assert isinstance(content, bytes)
        mail: Any = message_from_bytes(content, policy=policy.default)
        self.mails.append(mail)
        return "250 taken"

    def start(self) -> None:
        """Listen."""
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            tls_context=self._tls,
            auth_required=self._login is not None,
            authenticator=self._authenticate,
        )
        self._controller.start()

    def _authenticate(
        self, _server: object, _session: object, _envelope: object, _how: str, given: LoginPassword
    ) -> AuthResult:
        self.logins.append((given.login.decode(), given.password.decode()))
        return AuthResult(success=self.logins[-1] == self._login, handled=False)

    def stop(self) -> None:
        """Stop listening, as a mail server that is away."""
        controller, self._controller = self._controller, None
        if controller is not None:
            controller.stop()

    def wait_for_mail(self, address: str, count: int = 1) -> EmailMessage:
        """Wait until `count` mails to an address have arrived, and return the last of them."""
        deadline = time.monotonic() + ARRIVAL_SECONDS
        while len(mails := [mail for mail in self.mails if mail["To"] == address.lower()]) < count:
            assert time.monotonic() < deadline, f"{len(mails)} mails to {address}, not {count}"
            time.sleep(0.01)
        return mails[count - 1]

    def wait_for_code(self, address: str, count: int = 1) -> str:
        """Wait for the mail number `count` to an address, and return the code in it."""
        (code,) = CODE.findall(read_mail_text(self.wait_for_mail(address, count)))
        return str(code)


def read_mail_text(mail: EmailMessage, kind: str = "plain") -> str:
    """Return the plain text of a mail, or its HTML for the kind "html"."""
    body = mail.get_body((kind,))
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")


@contextmanager
def run_inbox() -> Iterator[Inbox]:
    """Serve an inbox for the block."""
    box = Inbox()
    box.start()
    try:
        yield box
    finally:
        box.stop()
