"""Customers at Stripe: one for each account and book, which keeps its address, tax id and cards.

Stripe may forget a Customer: someone deleted it in the dashboard, the keys are of another account
of Stripe now, or the stand-in was started anew. It is known only once a call names the Customer,
which is then replaced, and the call is made again once.
"""

from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from sqlalchemy import select, update

from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.database.sql import sql
from gateway.payments.errors import ProviderObjectMissingError
from gateway.payments.shop import Shop
from gateway.payments.stripe.tables import StripeCustomer

T = TypeVar("T")
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

    async def create_customer(
        self, account_id: str, email: str | None, *, forgotten: str = ""
    ) -> str:
        """Create the Customer of an account; a repeated call returns the same one."""


async def ensure_customer(
    shop: Shop, client: CustomerCreator, account_id: str, email: str | None
) -> str:
    """Return the id of an account's Customer in the book of a client; create it if it is missing.

    Raises:
        PaymentProviderError: Stripe did not create it; a repeated call returns the same one.
    """
    async with shop.database.read() as snapshot:
        known = await find_customer_id(snapshot, account_id, client.book)
    if known is not None:
        return known
    # Twins get the same Customer of Stripe by its idempotency key, and the unique row decides
    # which id stays if that key has expired in between.
    created = await client.create_customer(account_id, email)
    async with shop.database.write() as session:
        await session.change(INSERT_CUSTOMER, [(account_id, client.book, created)])
        return await find_customer_id(session, account_id, client.book) or created


async def replace_customer(
    shop: Shop, client: CustomerCreator, account_id: str, email: str | None, *, forgotten: str
) -> str:
    """Replace a Customer that Stripe has forgotten; return the id of the one that counts now.

    Raises:
        PaymentProviderError: Stripe did not create it; a repeated call returns the same one.
    """
    created = await client.create_customer(account_id, email, forgotten=forgotten)
    is_own = (StripeCustomer.account_id == account_id, StripeCustomer.book == client.book)
    async with shop.database.write() as session:
        await session.execute(
            update(StripeCustomer)
            .where(*is_own, StripeCustomer.customer_id == forgotten)
            .values(customer_id=created)
        )
        return await find_customer_id(session, account_id, client.book) or created


async def call_with_customer(
    shop: Shop,
    client: CustomerCreator,
    account_id: str,
    email: str | None,
    call: Callable[[str], Awaitable[T]],
) -> T:
    """Make a call with the Customer of an account; one that Stripe has forgotten is replaced.

    Raises:
        PaymentProviderError: Stripe did not answer the call, or refused it.
    """
    customer_id = await ensure_customer(shop, client, account_id, email)
    try:
        return await call(customer_id)
    except ProviderObjectMissingError as error:
        if error.parameter != "customer":
            raise
    return await call(
        await replace_customer(shop, client, account_id, email, forgotten=customer_id)
    )


async def find_customer_id(session: Session | Snapshot, account_id: str, book: str) -> str | None:
    """Return the id of an account's Customer at Stripe, None if it has none."""
    query = select(StripeCustomer.customer_id).where(
        StripeCustomer.account_id == account_id, StripeCustomer.book == book
    )
    return await session.scalar(query)
