"""Rows of auto top-up: rules, saved cards, top-ups, and cards that Stripe must forget."""

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import COLD_TABLE, Base, Id, Int, Text, build_partial_index
from gateway.kit.database.states import StateColumn, build_state_check
from gateway.payments.top_ups.states import IN_FLIGHT_STATES, OffReason, RuleState, TopUpState

IN_FLIGHT_CONDITION = build_state_check("state", IN_FLIGHT_STATES)


class TopUpRule(Base):
    """A person's consent to charge their saved card: when, for which package, and how much at most.

    `monthly_max_micros` is in millionths of `currency`, tax included. `declines` counts those in a
    row. Nothing is charged before `retry_at`. `version` rises with each change of the terms. The
    sweep takes first the rule whose `tried_at` is the oldest.
    """

    __tablename__ = "top_up_rule"
    __table_args__ = (
        build_partial_index("ix_top_up_rule_on", "ledger_account", where="state = 'on'"),
        CheckConstraint("book IN ('live', 'test')", name="book"),
        CheckConstraint(build_state_check("state", RuleState), name="state"),
        CheckConstraint(build_state_check("off_reason", OffReason), name="off_reason"),
        CheckConstraint("threshold_microusd > 0 AND monthly_max_micros > 0", name="amounts"),
        COLD_TABLE,
    )

    account_id: Mapped[str] = mapped_column(Id, primary_key=True)
    book: Mapped[str] = mapped_column(Text, primary_key=True)
    ledger_account: Mapped[int] = mapped_column(Int)
    state: Mapped[RuleState] = mapped_column(StateColumn(RuleState))
    off_reason: Mapped[OffReason | None] = mapped_column(StateColumn(OffReason))
    threshold_microusd: Mapped[int] = mapped_column(Int)
    package_code: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    monthly_max_micros: Mapped[int] = mapped_column(Int)
    declines: Mapped[int] = mapped_column(Int)
    retry_at: Mapped[int | None] = mapped_column(Int)
    version: Mapped[int] = mapped_column(Int)
    changed_at: Mapped[int] = mapped_column(Int)
    tried_at: Mapped[int] = mapped_column(Int, default=0, server_default=text("0"))


class SavedCard(Base):
    """The card that Stripe keeps for an account: its id there, and what a person recognises.

    `person_id` is the person who saved it: when they may no longer pay for the account, it goes.
    """

    __tablename__ = "saved_card"
    __table_args__ = (CheckConstraint("book IN ('live', 'test')", name="book"), COLD_TABLE)

    account_id: Mapped[str] = mapped_column(Id, primary_key=True)
    book: Mapped[str] = mapped_column(Text, primary_key=True)
    payment_method_id: Mapped[str] = mapped_column(Id)
    brand: Mapped[str] = mapped_column(Text)
    last4: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[int] = mapped_column(Int)
    person_id: Mapped[str | None] = mapped_column(Id, default=None)


class CardRemoval(Base):
    """A card that Stripe is still to forget; the row goes once it has."""

    __tablename__ = "card_removal"
    __table_args__ = COLD_TABLE

    payment_method_id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id)
    book: Mapped[str] = mapped_column(Text)
    next_try_at: Mapped[int] = mapped_column(Int)


class TopUp(Base):
    """One top-up: a charge of the saved card by an invoice of Stripe, and what came of it.

    Its id is that of its checkout, which is written as soon as its invoice exists. `gross_micros`
    is the price until the invoice is final, then its total with tax. `month` counts months since
    year 0, UTC. The unique index lets an account have one in flight, whatever asks for another.
    """

    __tablename__ = "top_up"
    __table_args__ = (
        build_partial_index(
            "uq_top_up_in_flight", "account_id", "book", where=IN_FLIGHT_CONDITION, unique=True
        ),
        build_partial_index("ix_top_up_due", "next_step_at", where=IN_FLIGHT_CONDITION),
        Index("ix_top_up_month", "account_id", "book", "month"),
        CheckConstraint("book IN ('live', 'test')", name="book"),
        CheckConstraint(build_state_check("state", TopUpState), name="state"),
        COLD_TABLE,
    )

    checkout_id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id)
    ledger_account: Mapped[int] = mapped_column(Int)
    book: Mapped[str] = mapped_column(Text)
    state: Mapped[TopUpState] = mapped_column(StateColumn(TopUpState))
    decline_code: Mapped[str | None] = mapped_column(Text)
    package_code: Mapped[str] = mapped_column(Text)
    currency: Mapped[str] = mapped_column(Text)
    gross_micros: Mapped[int] = mapped_column(Int)
    monthly_max_micros: Mapped[int] = mapped_column(Int)
    month: Mapped[int] = mapped_column(Int)
    rule_version: Mapped[int] = mapped_column(Int)
    payment_method_id: Mapped[str] = mapped_column(Id)
    card_last4: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Int)
    next_step_at: Mapped[int] = mapped_column(Int)
    confirm_until: Mapped[int | None] = mapped_column(Int)
    ended_at: Mapped[int | None] = mapped_column(Int)
