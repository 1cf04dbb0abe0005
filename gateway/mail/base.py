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


class Refused(Exception):  # noqa: N818 - said of a mail
    """The mail server will never take this mail; trying again is no use."""


class Sender(Protocol):
    """Hands mail to whoever delivers it."""

    async def send(self, mail: Mail, mail_id: str) -> None:
        """Send one mail; the id names it, so that a second copy is known as one.

        Raises:
            Refused: for good. Whatever else it raises may pass.
        """
        ...
