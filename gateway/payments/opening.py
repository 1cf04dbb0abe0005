"""The shop, built from the settings."""

from gateway.identity.secrets import Peppers
from gateway.kit.database import Database
from gateway.kit.ids import Ids
from gateway.mail.outbox import Mailer
from gateway.payments.packages import PACKAGES, read_packages
from gateway.payments.registry import ENTRIES
from gateway.payments.shop import Shop
from gateway.settings import Settings, pairs


def shop_from(settings: Settings, database: Database, ids: Ids, mailer: Mailer) -> Shop:
    """Build the shop: its packages, and each provider that the settings have keys for.

    Raises:
        ValueError: a setting is not valid; the message names it.
    """
    file = settings.packages
    return Shop(
        database=database,
        ids=ids,
        peppers=Peppers(pairs(settings.key_peppers)),
        mailer=mailer,
        packages=PACKAGES if file is None else read_packages(file.read_text()),
        kinds={each.kind.name: each.kind for each in ENTRIES},
        providers=[one for each in ENTRIES for one in each.open(settings, ids)],
        site=settings.public_url,
        seller=settings.seller,
        paid_expiry_days=settings.paid_expiry_days,
    )
