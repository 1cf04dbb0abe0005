"""The parts of the rooms that stand by themselves, made from the settings."""

from collections.abc import Sequence

from gateway.identity.callers import Callers
from gateway.identity.key_ring import KeyRing
from gateway.identity.sessions import Sessions
from gateway.kit.browser import Site
from gateway.kit.database import Database
from gateway.kit.ids import Ids
from gateway.kit.operation import Ports
from gateway.kit.queue import Sweep
from gateway.mail.base import Sender
from gateway.mail.console import Console
from gateway.mail.outbox import Mailer
from gateway.mail.smtp import Smtp
from gateway.settings import Settings, pairs


def add_identity(ports: Ports, settings: Settings) -> Callers:
    """Add mail, sessions and the site; return who tells callers.

    Raises:
        ValueError: a setting of them is not valid.
    """
    database: Database = ports.get(Database)
    site = Site(settings.public_url)
    sessions = Sessions(database, live_enabled=settings.live_enabled)
    ports.add(Mailer(database, ports.get(Ids), sender_of(settings), pairs(settings.key_peppers)))
    ports.add(site)
    ports.add(sessions)
    return Callers(ports.get(KeyRing), sessions, site)


def identity_sweeps(ports: Ports) -> Sequence[Sweep]:
    """Return what is to be looked after in these rooms."""
    mailer: Mailer = ports.get(Mailer)
    return [Sweep("mail", 15, mailer.send_due)]


def sender_of(settings: Settings) -> Sender | None:
    """Return what mail leaves through: SMTP, the console of an embedded gateway, or nothing.

    Raises:
        ValueError: KT_SMTP_URL or KT_MAIL_FROM is not valid.
    """
    if url := settings.smtp_url.get_secret_value():
        return Smtp(url, settings.mail_from)
    return Console() if settings.profile == "embedded" else None
