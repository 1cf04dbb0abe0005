"""The rows of the affiliate programme: affiliates, codes, clicks, commissions and payouts."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.affiliates.states import (
    OPEN_PAYOUT_STATES,
    AffiliateState,
    CommissionState,
    PayoutState,
)
from gateway.kit.database.columns import COLD_TABLE, HOT_TABLE, Base, Id, Int, Text
from gateway.kit.database.states import StateColumn, build_state_check

OPEN_PAYOUT = text(build_state_check("state", OPEN_PAYOUT_STATES))
UNPAID_COMMISSION = text("payout_id IS NULL AND state = 'approved'")
PENDING_COMMISSION = text("state = 'pending'")
ORIGINAL_COMMISSION = text("kind = 'commission'")


class Affiliate(Base):
    """An account in the programme; a change of its codes, commissions or payouts locks this row.

    `payouts_from` is the time from which payouts are allowed after a new destination.
    """

    __tablename__ = "affiliate"
    __table_args__ = (
        UniqueConstraint("account_id"),
        CheckConstraint(build_state_check("state", AffiliateState), name="state"),
        CheckConstraint(
            "payout_method IN ('usdc', 'paypal', 'bank', 'account_credit')", name="payout_method"
        ),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id)
    state: Mapped[AffiliateState] = mapped_column(StateColumn(AffiliateState))
    code: Mapped[str] = mapped_column(Text)
    display_name: Mapped[str] = mapped_column(Text)
    website: Mapped[str | None] = mapped_column(Text)
    promotion_plan: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Int)
    code_changed_at: Mapped[int | None] = mapped_column(Int, default=None)
    payout_method: Mapped[str | None] = mapped_column(Text, default=None)
    payout_destination: Mapped[str | None] = mapped_column(Text, default=None)
    payouts_from: Mapped[int | None] = mapped_column(Int, default=None)


class AffiliateCode(Base):
    """A code in capitals and its owner, for ever: links with a former code go on counting."""

    __tablename__ = "affiliate_code"
    __table_args__ = (Index(None, "affiliate_id"), COLD_TABLE)

    code: Mapped[str] = mapped_column(Id, primary_key=True)
    affiliate_id: Mapped[str] = mapped_column(Id, ForeignKey("affiliate.id"))


class AffiliateDay(Base):
    """The clicks on an affiliate's links on a UTC day (days since 1970)."""

    __tablename__ = "affiliate_day"
    __table_args__ = HOT_TABLE

    affiliate_id: Mapped[str] = mapped_column(Id, primary_key=True)
    day: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    clicks: Mapped[int] = mapped_column(Int)


class Commission(Base):
    """The commission of an affiliate on a purchase, or a later correction of it.

    A `commission` is promised by the transfer `transfer_id`; `reversed_microusd` is the part that
    was taken back before its approval. Corrections after the approval are rows of their own:
    `clawback` (negative) and `restored`. `suspicion` and `disputed` (0 or 1) keep a commission on
    hold. `payout_id` is the payout that completed it.
    """

    __tablename__ = "commission"
    __table_args__ = (
        UniqueConstraint("reference"),
        Index(
            "uq_commission_purchase",
            "purchase_id",
            unique=True,
            postgresql_where=ORIGINAL_COMMISSION,
            sqlite_where=ORIGINAL_COMMISSION,
        ),
        Index(None, "affiliate_id", "book", "id"),
        Index(
            "ix_commission_due",
            "due_at",
            postgresql_where=PENDING_COMMISSION,
            sqlite_where=PENDING_COMMISSION,
        ),
        Index(
            "ix_commission_unpaid",
            "affiliate_id",
            postgresql_where=UNPAID_COMMISSION,
            sqlite_where=UNPAID_COMMISSION,
        ),
        Index(None, "purchase_id"),
        Index(None, "payout_id"),
        CheckConstraint("book IN ('live', 'test')", name="book"),
        CheckConstraint("kind IN ('commission', 'clawback', 'restored')", name="kind"),
        CheckConstraint(build_state_check("state", CommissionState), name="state"),
        CheckConstraint(
            "reversed_microusd >= 0 AND (kind <> 'clawback') = (amount_microusd > 0)",
            name="amount",
        ),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    affiliate_id: Mapped[str] = mapped_column(Id, ForeignKey("affiliate.id"))
    book: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    state: Mapped[CommissionState] = mapped_column(StateColumn(CommissionState))
    purchase_id: Mapped[str] = mapped_column(Id)
    buyer_id: Mapped[str] = mapped_column(Id)
    reference: Mapped[str] = mapped_column(Id)
    purchase_microusd: Mapped[int] = mapped_column(Int)
    rate_bps: Mapped[int] = mapped_column(Int)
    amount_microusd: Mapped[int] = mapped_column(Int)
    due_at: Mapped[int] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
    transfer_id: Mapped[str | None] = mapped_column(Id, default=None)
    reversed_microusd: Mapped[int] = mapped_column(Int, default=0)
    suspicion: Mapped[str | None] = mapped_column(Text, default=None)
    disputed: Mapped[int] = mapped_column(Int, default=0)
    payout_id: Mapped[str | None] = mapped_column(Id, default=None)

    @property
    def net_microusd(self) -> int:
        """Return the amount less what was reversed."""
        return self.amount_microusd - self.reversed_microusd


class Payout(Base):
    """A request to be paid, with the destination of that time; at most one of a book is open."""

    __tablename__ = "payout"
    __table_args__ = (
        Index(
            "uq_payout_open",
            "affiliate_id",
            "book",
            unique=True,
            postgresql_where=OPEN_PAYOUT,
            sqlite_where=OPEN_PAYOUT,
        ),
        Index(None, "affiliate_id", "book", "id"),
        CheckConstraint("book IN ('live', 'test')", name="book"),
        CheckConstraint(build_state_check("state", PayoutState), name="state"),
        CheckConstraint("method IN ('usdc', 'paypal', 'bank', 'account_credit')", name="method"),
        CheckConstraint("amount_microusd > 0", name="amount"),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    affiliate_id: Mapped[str] = mapped_column(Id, ForeignKey("affiliate.id"))
    book: Mapped[str] = mapped_column(Text)
    state: Mapped[PayoutState] = mapped_column(StateColumn(PayoutState))
    method: Mapped[str] = mapped_column(Text)
    destination: Mapped[str | None] = mapped_column(Text)
    amount_microusd: Mapped[int] = mapped_column(Int)
    transfer_id: Mapped[str] = mapped_column(Id)
    created_at: Mapped[int] = mapped_column(Int)
    reference: Mapped[str | None] = mapped_column(Text, default=None)
    reason: Mapped[str | None] = mapped_column(Text, default=None)
    decided_at: Mapped[int | None] = mapped_column(Int, default=None)
    paid_at: Mapped[int | None] = mapped_column(Int, default=None)
