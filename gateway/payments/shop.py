"""What every part of the payments slice stands on."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from gateway.identity.secrets import Peppers
from gateway.kit.clock import DAY
from gateway.kit.database import Database
from gateway.kit.ids import Ids
from gateway.kit.names import did_you_mean
from gateway.mail.outbox import Mailer
from gateway.payments.errors import PaymentMethodUnavailable, UnknownPackage
from gateway.payments.packages import Package
from gateway.payments.providers.chains import Chain
from gateway.payments.providers.coinbase_client import CoinbaseClient
from gateway.payments.providers.stripe_client import StripeClient
from gateway.payments.providers.x402_client import X402

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What is for sale, the ways to pay that are open, and where it is all written down."""

    database: Database
    ids: Ids
    peppers: Peppers
    mailer: Mailer
    packages: tuple[Package, ...]
    stripes: Mapping[str, StripeClient]
    coinbases: Mapping[str, CoinbaseClient]
    chains: Mapping[str, Chain]
    x402s: Mapping[str, X402]
    site: str
    seller: str
    paid_expiry_days: int | None

    def package(self, code: str) -> Package:
        """Return the package with this code.

        Raises:
            UnknownPackage: there is none.
        """
        for each in self.packages:
            if each.code == code:
                return each
        hint = did_you_mean(code, [each.code for each in self.packages], otherwise="Packages")
        raise UnknownPackage(field="packageCode", hint=hint)

    def methods(self) -> Mapping[str, Collection[str]]:
        """Return the books that each way to pay is open in."""
        crypto = {*self.chains, *self.coinbases}
        return {"stripe": self.stripes, "crypto": crypto, "x402": self.x402s}

    def hosts(self) -> Sequence[tuple[str, Collection[str]]]:
        """Return the providers with pages of their own, and the books that each is open in."""
        return (("stripe", self.stripes), ("coinbase", self.coinbases))

    def hosted(self, provider: str, book: str) -> StripeClient | CoinbaseClient:
        """Return a provider with pages of its own for a book.

        Raises:
            PaymentMethodUnavailable: it is not open there.
        """
        if provider == "stripe":
            return self.stripe(book)
        found = self.coinbases.get(book)
        if found is None:
            raise PaymentMethodUnavailable(f"USDC through Coinbase is not accepted in {book} mode.")
        return found

    def stripe(self, book: str) -> StripeClient:
        """Return Stripe for a book.

        Raises:
            PaymentMethodUnavailable: it has no key.
        """
        found = self.stripes.get(book)
        if found is None:
            raise PaymentMethodUnavailable(f"Cards are not accepted in {book} mode.")
        return found

    def chain(self, book: str) -> Chain:
        """Return the chain on which a book takes USDC.

        Raises:
            PaymentMethodUnavailable: it has none.
        """
        found = self.chains.get(book)
        if found is None:
            raise PaymentMethodUnavailable(f"USDC is not accepted in {book} mode.")
        return found

    def x402(self, book: str) -> X402:
        """Return x402 of a book.

        Raises:
            PaymentMethodUnavailable: it takes none.
        """
        found = self.x402s.get(book)
        if found is None:
            raise PaymentMethodUnavailable(f"x402 is not accepted in {book} mode.")
        return found

    def expiry(self, now: int) -> int | None:
        """Return until when credit bought now can be spent, None for ever."""
        return None if self.paid_expiry_days is None else now + self.paid_expiry_days * DAY

    def hash_payer(self, payer: str) -> list[str]:
        """Return what tells two cards, or two wallets, apart and names neither.

        The first is what a new purchase keeps; one from before the pepper was changed has one of
        the others.
        """
        return [
            f"{pepper}:{self.peppers.hash(f'card:{payer}', pepper).hex()}"
            for pepper in self.peppers.by_id
        ]

    async def close(self) -> None:
        """Close every connection to a provider."""
        for each in self.stripes.values():
            await each.close()
        for bank in self.coinbases.values():
            await bank.close()
        for chain in self.chains.values():
            await chain.rpc.close()
        for at in self.x402s.values():
            await at.close()


def stripe_books(
    keys: Mapping[str, str], secrets: Mapping[str, str], test_base: str
) -> dict[str, StripeClient]:
    """Return Stripe for each book that has a key; `secrets` are comma separated.

    Raises:
        ValueError: a key is of the other book, or the stand-in is not one; names the setting.
    """
    if test_base:
        check_stand_in(test_base, keys["test"])
    found = {}
    for book, key in keys.items():
        if not key:
            continue
        if not key.startswith((f"sk_{book}_", f"rk_{book}_")):
            raise ValueError(f"KT_{book.upper()}_STRIPE_KEY must be a secret key of {book} mode")
        signing = tuple(each.strip() for each in secrets[book].split(",") if each.strip())
        base = test_base if book == "test" and test_base else None
        found[book] = StripeClient(book, key, signing, base)
    return found


def check_stand_in(url: str, key: str) -> None:
    """Check that a stand-in for Stripe is on this machine, and never sees a real key.

    Raises:
        ValueError: it is not, or would.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in LOOPBACK or not key.startswith("sk_test_"):
        raise ValueError("KT_TEST_STRIPE_API_BASE must be a loopback http URL with a sk_test_… key")


def coinbase_books(
    keys: Mapping[str, tuple[str, str, str]], test_base: str
) -> dict[str, CoinbaseClient]:
    """Return Coinbase for each book that has a key: its id, its secret, and webhook secrets.

    Raises:
        ValueError: a setting lacks or is not valid; names it.
    """
    found = {}
    for book, (key_id, key, secrets) in keys.items():
        names = f"KT_{book.upper()}_COINBASE"
        if not key_id and not key:
            continue
        if not key_id or not key:
            raise ValueError(f"set {names}_KEY_ID and {names}_KEY together")
        base = test_base if book == "test" and test_base else None
        if base is not None and urlsplit(base).hostname not in LOOPBACK:
            raise ValueError("KT_TEST_COINBASE_API_BASE must be a loopback http URL")
        signing = tuple(each.strip() for each in secrets.split(",") if each.strip())
        try:
            found[book] = CoinbaseClient(book, key_id, key, signing, base)
        except ValueError as error:
            raise ValueError(f"{names}_KEY: {error}") from error
    return found
