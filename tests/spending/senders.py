"""Mail servers of tests: one that is away, and one that keeps what it takes."""

from gateway.mail.base import Mail


class SilentSender:
    """A mail server that is away, so that every mail stays in the outbox."""

    async def send(self, _mail: Mail, _mail_id: str) -> None:
        raise ConnectionRefusedError


class RecordingSender:
    """A mail server that keeps what it takes."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []

    async def send(self, mail: Mail, _mail_id: str) -> None:
        self.mails.append(mail)
