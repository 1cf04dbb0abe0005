"""The shop, by the settings."""

from gateway.identity.secrets import Peppers
from gateway.kit.database import Database
from gateway.kit.ids import Ids
from gateway.mail.outbox import Mailer
from gateway.payments.packages import PACKAGES, read_packages
from gateway.payments.shop import Shop, stripe_books
from gateway.settings import Settings, pairs


def shop_from(settings: Settings, database: Database, ids: Ids, mailer: Mailer) -> Shop:
    """Return what is for sale, and the ways to pay that have their keys.

    Raises:
        ValueError: a setting is not valid, naming it.
    """
    keys = {"live": settings.live_stripe_key, "test": settings.test_stripe_key}
    secrets = {
        "live": settings.live_stripe_webhook_secrets,
        "test": settings.test_stripe_webhook_secrets,
    }
    file = settings.packages
    return Shop(
        database=database,
        ids=ids,
        peppers=Peppers(pairs(settings.key_peppers)),
        mailer=mailer,
        packages=PACKAGES if file is None else read_packages(file.read_text()),
        stripes=stripe_books(
            {book: key.get_secret_value() for book, key in keys.items()},
            {book: each.get_secret_value() for book, each in secrets.items()},
            settings.test_stripe_api_base,
        ),
        site=settings.public_url,
        seller=settings.seller,
        paid_expiry_days=settings.paid_expiry_days,
    )
