"""Fixtures of payments: a shop on each database, and accounts that buy there."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.identity.keys import keys
from gateway.identity.keys.secrets import Peppers
from gateway.kit.database.sessions import Database
from gateway.kit.ids import Ids
from gateway.ledger.accounts.owners import get_account_number
from gateway.ledger.reports.balances import Balance, fetch_balances
from gateway.mail.outbox import Mailer
from gateway.payments.checkouts import fulfilment
from gateway.payments.packages import DEFAULT_PACKAGES
from gateway.payments.payment import Payment
from gateway.payments.registry import PROVIDER_ENTRIES
from gateway.payments.shop import Shop
from gateway.payments.states import CheckoutState
from gateway.payments.tables import Checkout

PROVIDER_CLASSES = {each.provider_class.name: each.provider_class for each in PROVIDER_ENTRIES}
PEPPERS = {"1": b"pepper"}
NewBuyer = Callable[[], Coroutine[Any, Any, "Buyer"]]


@pytest.fixture
def shop(database: Database, ids: Ids) -> Shop:
    """A shop without providers: tests bring what the provider would say."""
    return Shop(
        database=database,
        ids=ids,
        peppers=Peppers(PEPPERS),
        mailer=Mailer(database, ids, None, PEPPERS),
        packages=DEFAULT_PACKAGES,
        provider_classes=PROVIDER_CLASSES,
        providers=(),
        site="http://shop.test",
        seller="Shop",
        paid_expiry_days=None,
    )


@dataclass
class Buyer:
    """A customer's account in the test book."""

    shop: Shop
    account_id: str
    ledger_account: int

    async def add_checkout(self, code: str = "studio_2500", **changes: object) -> Checkout:
        """Write an open checkout of a package."""
        package = self.shop.get_package(code)
        row = Checkout(
            id=self.shop.ids.new("chk"), account_id=self.account_id,
            ledger_account=self.ledger_account, book="test", provider="stripe",
            state=CheckoutState.OPEN, package_code=code, package_name=package.name,
            price_microusd=package.price_microusd, credit_microusd=package.credit_microusd,
            bonus_microusd=package.bonus_microusd, email=None, return_path="/credits/return",
            idempotency_key=None, request_hash=b"", provider_reference=None, url=None,
            review_reason=None, created_at=1, expires_at=2**60,
        )  # fmt: skip
        row.provider_reference = f"cs_{row.id}"
        for name, value in changes.items():
            setattr(row, name, value)
        async with self.shop.database.write() as session:
            session.add(row)
        return row

    async def settle_payment(self, payment: Payment) -> str:
        """Settle the checkout of a payment; return the outcome."""
        async with self.shop.database.write() as session:
            return (await fulfilment.settle_checkout(session, self.shop, "test", payment)).result

    async def get_balance(self) -> Balance:
        return (await fetch_balances(self.shop.database, [self.ledger_account]))[
            self.ledger_account
        ]


def build_matching_payment(row: Checkout, **changes: Any) -> Payment:  # noqa: ANN401 - any field
    """Build a payment that matches a checkout, with some fields changed."""
    right: dict[str, Any] = {
        "session_id": row.provider_reference, "status": "complete", "payment_status": "paid",
        "amount_micros": row.price_microusd, "currency": "usd", "account_id": row.account_id,
        "checkout_id": row.id, "package_code": row.package_code, "livemode": False, "url": None,
        "email": None, "intent_id": f"pi_{row.id}", "intent_status": "succeeded",
        "intent_checkout_id": row.id, "fingerprint": "fp", "provider": "stripe",
    }  # fmt: skip
    return Payment(**(right | changes))


@pytest.fixture
def new_buyer(shop: Shop) -> NewBuyer:
    async def made() -> Buyer:
        async with shop.database.write() as session:
            account_id = await keys.create_account(session, shop.ids, "buyer")
            return Buyer(shop, account_id, await get_account_number(session, account_id, "test"))

    return made


@pytest.fixture
async def buyer(new_buyer: NewBuyer) -> Buyer:
    return await new_buyer()
