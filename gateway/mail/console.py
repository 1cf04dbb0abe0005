"""Mail of an embedded gateway: written to the console, where the person who runs it reads it."""

import sys

from gateway.mail.base import Mail


class ConsoleSender:
    """A sender that writes mails to standard output."""

    async def send(self, mail: Mail, mail_id: str) -> None:
        """Write one mail."""
        lines = "\n".join(f"  | {line}" for line in mail.text.splitlines())
        sys.stdout.write(f"\n  mail to {mail.to}: {mail.subject}  ({mail_id})\n{lines}\n\n")
        sys.stdout.flush()
