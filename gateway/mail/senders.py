"""The sender of mail, chosen by the settings."""

from gateway.configuration.settings import Settings
from gateway.mail.base import MailSender
from gateway.mail.console import ConsoleSender
from gateway.mail.smtp import SmtpSender


def build_sender(settings: Settings) -> MailSender | None:
    """Return the sender of mail: SMTP, the console of an embedded gateway, or None.

    Raises:
        ValueError: KT_SMTP_URL or KT_MAIL_FROM is not valid.
    """
    if url := settings.smtp_url.get_secret_value():
        return SmtpSender(url, settings.mail_from)
    return ConsoleSender() if settings.profile == "embedded" else None
