"""Mail through an SMTP server."""

from email.message import EmailMessage
from email.utils import formatdate, parseaddr
from urllib.parse import unquote, urlsplit

import aiosmtplib

from gateway.mail.base import Mail, MailRefused

SMTP_SECONDS = 10
PERMANENT_STATUS = 500


class SmtpSender:
    """A sender through `smtp://[user:password@]host[:port]` or `smtps://…`.

    `smtps` is TLS from the start. `smtp` starts TLS if the server offers it; with a password it
    must, else an attacker between could hide the offer and read the password.
    """

    def __init__(self, url: str, sender: str) -> None:
        """Parse the URL of the server; `sender` is the address to send from.

        Raises:
            ValueError: the URL or the address is not valid.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise ValueError("KT_SMTP_URL must be smtp://[user:password@]host[:port] or smtps://…")
        _, address = parseaddr(sender)
        if "@" not in address:
            raise ValueError("KT_MAIL_FROM must be an e-mail address, or Name <address>")
        self._sender = sender
        self._domain = address.rpartition("@")[2]
        self._host, self._port = parts.hostname, parts.port
        self._tls = parts.scheme == "smtps"
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None

    async def send(self, mail: Mail, mail_id: str) -> None:
        """Send one mail over a connection of its own.

        Raises:
            MailRefused: the server refused it for good (a status of 500 or more).
            aiosmtplib.SMTPException: it was not sent; a later try may succeed.
        """
        try:
            await aiosmtplib.send(
                self._build_message(mail, mail_id),
                hostname=self._host,
                port=self._port,
                username=self._user,
                password=self._password,
                local_hostname=self._domain,
                timeout=SMTP_SECONDS,
                use_tls=self._tls,
                start_tls=None if self._tls or self._password is None else True,
            )
        except aiosmtplib.SMTPRecipientsRefused as refused:
            if all(each.code >= PERMANENT_STATUS for each in refused.recipients):
                raise MailRefused from refused
            raise
        except aiosmtplib.SMTPDataError as refused:
            if refused.code >= PERMANENT_STATUS:
                raise MailRefused from refused
            raise

    def _build_message(self, mail: Mail, mail_id: str) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, mail.to, mail.subject
        message["Date"] = formatdate()
        message["Message-ID"] = f"<{mail_id}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message
