"""The shop, by the settings."""

from gateway.identity.secrets import Peppers
from gateway.kit.database import Database
from gateway.kit.ids import Ids
from gateway.mail.outbox import Mailer
from gateway.payments.onchain import Chain, chain_of
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
        chains=chains_of(settings, ids),
        site=settings.public_url,
        seller=settings.seller,
        paid_expiry_days=settings.paid_expiry_days,
    )


def chains_of(settings: Settings, ids: Ids) -> dict[str, Chain]:
    """Return the chain of each book that takes USDC.

    Raises:
        ValueError: a setting is not valid, naming it.
    """
    wallets = {
        "live": (settings.live_evm_xpub, settings.live_evm_rpc_url),
        "test": (settings.test_evm_xpub, settings.test_evm_rpc_url),
    }
    holder = ids.bytes(8).hex()
    found = {}
    for book, (xpub, url) in wallets.items():
        chain = chain_of(
            book,
            xpub.get_secret_value(),
            url.get_secret_value(),
            settings.evm_confirmations,
            holder,
        )
        if chain is not None:
            found[book] = chain
    return found
