"""Billing details of an account: what its next invoices say, and where they are sent."""

from dataclasses import dataclass, fields

from sqlalchemy import select

from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time
from gateway.payments.billing.tables import BillingDetails


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """The buyer as an invoice names them; `email` is where it is sent. None is not known."""

    name: str | None = None
    line1: str | None = None
    line2: str | None = None
    postal_code: str | None = None
    city: str | None = None
    region: str | None = None
    country: str | None = None
    tax_id: str | None = None
    email: str | None = None


BUYER_FIELDS = tuple(each.name for each in fields(Buyer))


async def load_billing_details(session: Session, account_id: str) -> Buyer:
    """Load the billing details of an account; all None if it has given none."""
    row = await session.get(BillingDetails, account_id)
    return Buyer() if row is None else Buyer(**{name: getattr(row, name) for name in BUYER_FIELDS})


async def find_billing_email(session: Session, account_id: str) -> str | None:
    """Return the address that receipts, invoices and top-up mails go to, if one was given."""
    return await session.scalar(
        select(BillingDetails.email).where(BillingDetails.account_id == account_id)
    )


async def set_billing_details(session: Session, account_id: str, buyer: Buyer) -> None:
    """Replace the billing details of an account; the caller has locked the account."""
    row = await session.get(BillingDetails, account_id, populate_existing=True)
    now = await get_database_time(session)
    values = {name: getattr(buyer, name) for name in BUYER_FIELDS}
    if row is None:
        session.add(BillingDetails(account_id=account_id, updated_at=now, **values))
    else:
        for name, value in values.items():
            setattr(row, name, value)
        row.updated_at = now
    await session.flush()
