"""The sender of mail, chosen by the settings."""

from gateway.mail.base import Sender
from gateway.mail.console import Console
from gateway.mail.smtp import Smtp
from gateway.settings import Settings


def sender_of(settings: Settings) -> Sender | None:
    """Return the sender of mail: SMTP, the console of an embedded gateway, or None.

    Raises:
        ValueError: KT_SMTP_URL or KT_MAIL_FROM is not valid.
    """
    if url := settings.smtp_url.get_secret_value():
        return Smtp(url, settings.mail_from)
    return Console() if settings.profile == "embedded" else None
