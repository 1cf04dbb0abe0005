"""Rows of Stripe: the Customer of each account."""

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import COLD_TABLE, Base, Id, Text


class StripeCustomer(Base):
    """The Customer at Stripe of an account in a book."""

    __tablename__ = "stripe_customer"
    __table_args__ = (CheckConstraint("book IN ('live', 'test')", name="book"), COLD_TABLE)

    account_id: Mapped[str] = mapped_column(Id, primary_key=True)
    book: Mapped[str] = mapped_column(Text, primary_key=True)
    customer_id: Mapped[str] = mapped_column(Text)
