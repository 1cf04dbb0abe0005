"""Rows of x402 payments."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import COLD_TABLE, Base, Id, Int, Text
from gateway.kit.database.states import StateColumn, build_state_check
from gateway.payments.x402.states import X402State

PENDING_CONDITION = text("state IN ('pending', 'lost')")
IN_BLOCK_CONDITION = text("state = 'credited'")
HEADER_KEPT_CONDITION = text("header IS NOT NULL")


class X402Payment(Base):
    """An authorization of a payer, written down before it is settled; its checkout holds the price.

    `pending`: it may still go through, until `valid_before` (seconds since 1970), even if the
    facilitator `refused` it. `lost`: it was credited, and its block was replaced. `reversed`: it
    did not come back. It is looked up from block `from_block` on, last at `tried_at`. Until it
    expires its `header` is kept, to settle it again; until `settle_after` a process has the lease.
    `transaction` is in block `block_number`, which is null in rows older than that column.
    """

    __tablename__ = "x402_payment"
    __table_args__ = (
        UniqueConstraint("natural_key"),
        Index(
            "ix_x402_payment_pending", "tried_at",
            postgresql_where=PENDING_CONDITION, sqlite_where=PENDING_CONDITION,
        ),
        Index(
            "ix_x402_payment_kept", "valid_before",
            postgresql_where=HEADER_KEPT_CONDITION, sqlite_where=HEADER_KEPT_CONDITION,
        ),
        CheckConstraint("book IN ('live', 'test')", name="book"),
        Index(
            "ix_x402_payment_in_block", "block_number",
            postgresql_where=IN_BLOCK_CONDITION, sqlite_where=IN_BLOCK_CONDITION,
        ),
        CheckConstraint(build_state_check("state", X402State), name="state"),
        COLD_TABLE,
    )  # fmt: skip

    checkout_id: Mapped[str] = mapped_column(Id, primary_key=True)
    natural_key: Mapped[str] = mapped_column(Id)
    book: Mapped[str] = mapped_column(Text)
    purchase_id: Mapped[str] = mapped_column(Id)
    payer: Mapped[str] = mapped_column(Id)
    nonce: Mapped[str] = mapped_column(Id)
    from_block: Mapped[int] = mapped_column(Int)
    valid_before: Mapped[int] = mapped_column(Int)
    state: Mapped[X402State] = mapped_column(StateColumn(X402State))
    refused: Mapped[int] = mapped_column(Int)
    transaction: Mapped[str | None] = mapped_column(Id)
    block_number: Mapped[int | None] = mapped_column(Int)
    tried_at: Mapped[int] = mapped_column(Int, server_default=text("0"))
    settle_after: Mapped[int] = mapped_column(Int, server_default=text("0"))
    header: Mapped[str | None] = mapped_column(Text)
