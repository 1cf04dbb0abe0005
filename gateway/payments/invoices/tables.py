"""Rows of invoices and credit notes."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import COLD_TABLE, Base, Id, Int, Text, build_partial_index


class Invoice(Base):
    """An invoice or a credit note, as it was issued: nothing of it ever changes.

    Without `reversal_id` it is the invoice of a purchase. With one, a credit note corrects that
    invoice, and an invoice charges again what a credit note had returned. `number` counts without
    gaps per book and kind. `document_json` has seller, buyer and lines as they were at the issue.
    """

    __tablename__ = "invoice"
    __table_args__ = (
        UniqueConstraint("book", "kind", "number"),
        Index(None, "purchase_id"),
        Index(None, "account_id", "book", "id"),
        build_partial_index(
            "uq_invoice_of_purchase", "purchase_id", where="reversal_id IS NULL", unique=True
        ),
        CheckConstraint("book IN ('live', 'test')", name="book"),
        CheckConstraint("kind IN ('invoice', 'credit_note')", name="kind"),
        CheckConstraint("reversal_id IS NOT NULL OR kind = 'invoice'", name="corrects"),
        CheckConstraint("net_micros + tax_micros = total_micros", name="total"),
        CheckConstraint("net_micros >= 0 AND tax_micros >= 0", name="amounts"),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id)
    book: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    number: Mapped[int] = mapped_column(Int)
    prefix: Mapped[str] = mapped_column(Text)
    purchase_id: Mapped[str] = mapped_column(Id)
    reversal_id: Mapped[str | None] = mapped_column(Id)
    currency: Mapped[str] = mapped_column(Text)
    net_micros: Mapped[int] = mapped_column(Int)
    tax_micros: Mapped[int] = mapped_column(Int)
    total_micros: Mapped[int] = mapped_column(Int)
    document_json: Mapped[str] = mapped_column(Text)
    issued_at: Mapped[int] = mapped_column(Int)
