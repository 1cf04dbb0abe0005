"""The shop, built from the settings."""

from gateway.configuration.settings import Settings, parse_secret_pairs
from gateway.identity.keys.secrets import Peppers
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.mail.outbox import Mailer
from gateway.payments.packages import DEFAULT_PACKAGES, parse_packages
from gateway.payments.registry import PROVIDER_ENTRIES
from gateway.payments.shop import Shop


def build_shop(settings: Settings, database: Database, ids: Ids, mailer: Mailer) -> Shop:
    """Build the shop: its packages, and each provider that the settings have keys for.

    Raises:
        ValueError: a setting is not valid; the message names it.
    """
    file = settings.packages
    return Shop(
        database=database,
        ids=ids,
        peppers=Peppers(parse_secret_pairs(settings.key_peppers)),
        mailer=mailer,
        packages=DEFAULT_PACKAGES if file is None else parse_packages(file.read_text()),
        provider_classes={
            each.provider_class.name: each.provider_class for each in PROVIDER_ENTRIES
        },
        providers=[one for each in PROVIDER_ENTRIES for one in each.open_providers(settings, ids)],
        site=settings.public_url,
        seller=settings.seller,
        seller_address=parse_address(settings.seller_address),
        seller_tax_id=settings.seller_tax_id,
        invoice_prefix=settings.invoice_prefix,
        paid_expiry_days=settings.paid_expiry_days,
    )


def parse_address(text: str) -> tuple[str, ...]:
    """Parse an address of a setting, whose lines are separated by semicolons."""
    return tuple(line.strip() for line in text.split(";") if line.strip())
