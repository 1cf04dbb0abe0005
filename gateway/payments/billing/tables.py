"""Rows of billing details."""

from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import COLD_TABLE, Base, Id, Int, Text


class BillingDetails(Base):
    """The buyer that an account's next invoices name; issued ones keep what they say."""

    __tablename__ = "billing_details"
    __table_args__ = COLD_TABLE

    account_id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str | None] = mapped_column(Text)
    line1: Mapped[str | None] = mapped_column(Text)
    line2: Mapped[str | None] = mapped_column(Text)
    postal_code: Mapped[str | None] = mapped_column(Text)
    city: Mapped[str | None] = mapped_column(Text)
    region: Mapped[str | None] = mapped_column(Text)
    country: Mapped[str | None] = mapped_column(Text)
    tax_id: Mapped[str | None] = mapped_column(Text)
    email: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[int] = mapped_column(Int)
