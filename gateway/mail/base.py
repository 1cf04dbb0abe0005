"""Mails, and the port through which they leave."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to one address, in text and in HTML."""

    to: str
    subject: str
    text: str
    html: str


class MailRefused(Exception):  # noqa: N818 - said of a mail
    """The mail server refused this mail for good; a retry would be refused too."""


class MailSender(Protocol):
    """The port through which mail leaves: a mail server, or a console."""

    async def send(self, mail: Mail, mail_id: str) -> None:
        """Send one mail; the id becomes its Message-ID, by which a second copy can be recognized.

        Raises:
            MailRefused: for good. After any other error a later try may succeed.
        """
        ...
