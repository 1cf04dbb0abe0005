"""Customers at Stripe: one for each account and book, which keeps its address, tax id and cards."""

from typing import Protocol

from sqlalchemy import select

from gateway.kit.database.sql import sql
from gateway.payments.shop import Shop
from gateway.payments.stripe.tables import StripeCustomer

INSERT_CUSTOMER = sql(
    """
    INSERT INTO stripe_customer (account_id, book, customer_id)
    SELECT given.account_id, given.book, given.customer_id FROM {rows} WHERE true
    ON CONFLICT (account_id, book) DO NOTHING
    """,
    account_id="text",
    book="text",
    customer_id="text",
)


class CustomerCreator(Protocol):
    """A client of Stripe in one book."""

    book: str

    async def create_customer(self, account_id: str, email: str | None) -> str:
        """Create the Customer of an account; a repeated call returns the same one."""


async def ensure_customer(
    shop: Shop, client: CustomerCreator, account_id: str, email: str | None
) -> str:
    """Return the id of an account's Customer in the book of a client; create it if it is missing.

    Raises:
        PaymentProviderError: Stripe did not create it; a repeated call returns the same one.
    """
    query = select(StripeCustomer.customer_id).where(
        StripeCustomer.account_id == account_id, StripeCustomer.book == client.book
    )
    async with shop.database.read() as snapshot:
        known = await snapshot.scalar(query)
    if known is not None:
        return known
    # Twins get the same Customer of Stripe by its idempotency key, and the unique row decides
    # which id stays if that key has expired in between.
    created = await client.create_customer(account_id, email)
    async with shop.database.write() as session:
        await session.change(INSERT_CUSTOMER, [(account_id, client.book, created)])
        return await session.scalar(query) or created
