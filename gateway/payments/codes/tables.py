"""Rows of credit codes: the codes, their redemptions, and the persons who redeemed them."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import (
    COLD_TABLE,
    Base,
    Blob,
    Id,
    Int,
    Text,
    build_partial_index,
)
from gateway.kit.database.states import StateColumn, build_state_check
from gateway.payments.codes.states import RedemptionState


class CreditCode(Base):
    """A code for promotional credit, as an operator made it.

    `label` is the whole of a chosen word, and only the beginning of a generated code: that is shown
    once and stored as a hash. `used` counts the redemptions. One for the first purchase waits for
    one whose price is at least `least_purchase_microusd`.
    """

    __tablename__ = "credit_code"
    __table_args__ = (
        UniqueConstraint("code_hash"),
        CheckConstraint("book IN ('live', 'test')", name="book"),
        CheckConstraint("used >= 0 AND used <= uses", name="uses"),
        CheckConstraint("credit_microusd > 0", name="credit"),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    book: Mapped[str] = mapped_column(Text)
    code_hash: Mapped[bytes] = mapped_column(Blob)
    label: Mapped[str] = mapped_column(Text)
    credit_microusd: Mapped[int] = mapped_column(Int)
    credit_days: Mapped[int] = mapped_column(Int)
    uses: Mapped[int] = mapped_column(Int)
    used: Mapped[int] = mapped_column(Int)
    first_purchase: Mapped[int] = mapped_column(Int)
    note: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Int)
    expires_at: Mapped[int | None] = mapped_column(Int)
    disabled_at: Mapped[int | None] = mapped_column(Int)
    least_purchase_microusd: Mapped[int] = mapped_column(Int, default=0, server_default="0")


class CodeRedemption(Base):
    """A code that an account redeemed, with a copy of its credit as it was then.

    `taken_back_microusd` is what refunds of its purchase took of it, in `corrections` transfers.
    """

    __tablename__ = "code_redemption"
    __table_args__ = (
        Index(None, "account_id", "book", "redeemed_at"),
        build_partial_index(
            "ix_code_redemption_waiting", "ledger_account", where="state = 'waiting'"
        ),
        build_partial_index(
            "uq_code_redemption_purchase",
            "purchase_id",
            where="purchase_id IS NOT NULL",
            unique=True,
        ),
        CheckConstraint("book IN ('live', 'test')", name="book"),
        CheckConstraint(build_state_check("state", RedemptionState), name="state"),
        CheckConstraint(
            "taken_back_microusd >= 0 AND taken_back_microusd <= credit_microusd", name="taken_back"
        ),
        COLD_TABLE,
    )

    code_id: Mapped[str] = mapped_column(Id, ForeignKey("credit_code.id"), primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, primary_key=True)
    ledger_account: Mapped[int] = mapped_column(Int)
    book: Mapped[str] = mapped_column(Text)
    state: Mapped[RedemptionState] = mapped_column(StateColumn(RedemptionState))
    credit_microusd: Mapped[int] = mapped_column(Int)
    credit_days: Mapped[int] = mapped_column(Int)
    redeemed_at: Mapped[int] = mapped_column(Int)
    credited_at: Mapped[int | None] = mapped_column(Int)
    expires_at: Mapped[int | None] = mapped_column(Int)
    purchase_id: Mapped[str | None] = mapped_column(Id)
    taken_back_microusd: Mapped[int] = mapped_column(Int)
    corrections: Mapped[int] = mapped_column(Int)


class CodePerson(Base):
    """A person who redeemed a code: a hash of the code and an abuse key of the account.

    The abuse key is that of free credit at sign-up. The hash stays when the account is erased.
    """

    __tablename__ = "code_person"
    __table_args__ = (Index(None, "account_id"), COLD_TABLE)

    code_id: Mapped[str] = mapped_column(Id, ForeignKey("credit_code.id"), primary_key=True)
    abuse_key: Mapped[str] = mapped_column(Text, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id)
