"""The shop, by the settings."""

from collections.abc import Mapping

from gateway.identity.secrets import Peppers
from gateway.kit.database import Database
from gateway.kit.ids import Ids
from gateway.mail.outbox import Mailer
from gateway.payments.packages import PACKAGES, read_packages
from gateway.payments.providers.chains import Chain, chain_of, rpc_of
from gateway.payments.providers.evm_rpc import Rpc
from gateway.payments.providers.x402_client import X402, x402_of
from gateway.payments.shop import Shop, coinbase_books, stripe_books
from gateway.settings import Settings, pairs

FIRST_ADDRESSES = 20


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
    file, rpcs = settings.packages, rpcs_of(settings)
    chains, x402s = chains_of(settings, ids, rpcs), x402s_of(settings, rpcs)
    keep_apart(chains, x402s)
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
        coinbases=coinbase_books(
            {
                "live": (
                    settings.live_coinbase_key_id,
                    settings.live_coinbase_key.get_secret_value(),
                    settings.live_coinbase_webhook_secrets.get_secret_value(),
                ),
                "test": (
                    settings.test_coinbase_key_id,
                    settings.test_coinbase_key.get_secret_value(),
                    settings.test_coinbase_webhook_secrets.get_secret_value(),
                ),
            },
            settings.test_coinbase_api_base,
        ),
        chains=chains,
        x402s=x402s,
        site=settings.public_url,
        seller=settings.seller,
        paid_expiry_days=settings.paid_expiry_days,
    )


def chains_of(settings: Settings, ids: Ids, rpcs: Mapping[str, Rpc | None]) -> dict[str, Chain]:
    """Return the chain of each book that takes deposits of USDC.

    Raises:
        ValueError: a setting is not valid, naming it.
    """
    xpubs = {"live": settings.live_evm_xpub, "test": settings.test_evm_xpub}
    holder = ids.bytes(8).hex()
    found = {
        book: chain_of(
            book, xpub.get_secret_value(), rpcs[book], settings.evm_confirmations, holder
        )
        for book, xpub in xpubs.items()
    }
    return {book: chain for book, chain in found.items() if chain is not None}


def x402s_of(settings: Settings, rpcs: Mapping[str, Rpc | None]) -> dict[str, X402]:
    """Return x402 of each book that takes it.

    Raises:
        ValueError: a setting is not valid, naming it.
    """
    given = {
        "live": (
            settings.live_x402_pay_to,
            settings.live_x402_facilitator_url,
            settings.live_x402_facilitator_token,
        ),
        "test": (
            settings.test_x402_pay_to,
            settings.test_x402_facilitator_url,
            settings.test_x402_facilitator_token,
        ),
    }
    found = {}
    for book, (pay_to, url, token) in given.items():
        at = x402_of(
            book,
            pay_to=pay_to,
            facilitator=url,
            token=token.get_secret_value(),
            rpc=rpcs[book],
            site=settings.api_url,
            confirmations=settings.evm_confirmations,
        )
        if at is not None:
            found[book] = at
    return found


def keep_apart(chains: Mapping[str, Chain], x402s: Mapping[str, X402]) -> None:
    """Refuse to be paid by x402 at an address of the wallet for deposits: both would credit it.

    Raises:
        ValueError: they are not apart, naming the settings.
    """
    for book in chains.keys() & x402s.keys():
        given = {chains[book].wallet.address(position) for position in range(FIRST_ADDRESSES)}
        if x402s[book].pay_to in given:
            name = f"KT_{book.upper()}"
            raise ValueError(f"{name}_X402_PAY_TO belongs to {name}_EVM_XPUB: use another address")


def rpcs_of(settings: Settings) -> dict[str, Rpc | None]:
    """Return the node of each book.

    Raises:
        ValueError: a setting is not valid, or is there for nothing, naming it.
    """
    given = {
        "live": (settings.live_evm_rpc_url, settings.live_evm_xpub, settings.live_x402_pay_to),
        "test": (settings.test_evm_rpc_url, settings.test_evm_xpub, settings.test_x402_pay_to),
    }
    for book, (url, xpub, pay_to) in given.items():
        if url.get_secret_value() and not (xpub.get_secret_value() or pay_to):
            name = f"KT_{book.upper()}"
            raise ValueError(f"{name}_EVM_RPC_URL needs {name}_EVM_XPUB or {name}_X402_PAY_TO")
    return {book: rpc_of(book, url.get_secret_value()) for book, (url, _, _) in given.items()}
