"""Rows of the payments slice: checkouts, purchases, bills, reversals, events, reconciliations."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import COLD_TABLE, Base, Blob, Id, Int, Text
from gateway.kit.database.states import StateColumn, build_state_check
from gateway.payments.states import (
    UNSETTLED_CHECKOUTS,
    CheckoutState,
    DisputeOutcome,
    ReversalState,
    TaxSource,
)

UNSETTLED_CONDITION = text(build_state_check("state", UNSETTLED_CHECKOUTS))
REFERENCED_CONDITION = text("provider_reference IS NOT NULL")
KEYED_CONDITION = text("idempotency_key IS NOT NULL")
UNUSED_CONDITION = text("used_at IS NULL")


class Checkout(Base):
    """An order to buy a package, with a copy of the package and of the terms as it was ordered.

    `price_micros` is the price in `currency`; null: it is `price_microusd`. The columns `tax_*` are
    a `TaxTerms`. `discountable` is 1 if the payment page takes promotion codes. `card_person_id` is
    the person whose card the page saves for later charges; null: it saves none.
    """

    __tablename__ = "checkout"
    __table_args__ = (
        Index(
            "uq_checkout_provider_reference",
            "provider",
            "provider_reference",
            unique=True,
            postgresql_where=REFERENCED_CONDITION,
            sqlite_where=REFERENCED_CONDITION,
        ),
        Index(
            "uq_checkout_idempotency_key",
            "account_id",
            "book",
            "provider",
            "idempotency_key",
            unique=True,
            postgresql_where=KEYED_CONDITION,
            sqlite_where=KEYED_CONDITION,
        ),
        Index(None, "account_id"),
        Index(
            "ix_checkout_unsettled",
            "created_at",
            postgresql_where=UNSETTLED_CONDITION,
            sqlite_where=UNSETTLED_CONDITION,
        ),
        CheckConstraint("book IN ('live', 'test')", name="book"),
        CheckConstraint(build_state_check("state", CheckoutState), name="state"),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id)
    ledger_account: Mapped[int] = mapped_column(Int)
    book: Mapped[str] = mapped_column(Text)
    provider: Mapped[str] = mapped_column(Text)
    state: Mapped[CheckoutState] = mapped_column(StateColumn(CheckoutState))
    package_code: Mapped[str] = mapped_column(Text)
    package_name: Mapped[str] = mapped_column(Text)
    price_microusd: Mapped[int] = mapped_column(Int)
    credit_microusd: Mapped[int] = mapped_column(Int)
    bonus_microusd: Mapped[int] = mapped_column(Int)
    email: Mapped[str | None] = mapped_column(Text)
    return_path: Mapped[str] = mapped_column(Text)
    idempotency_key: Mapped[str | None] = mapped_column(Text)
    request_hash: Mapped[bytes] = mapped_column(Blob)
    provider_reference: Mapped[str | None] = mapped_column(Id)
    url: Mapped[str | None] = mapped_column(Text)
    review_reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Int)
    expires_at: Mapped[int] = mapped_column(Int)
    currency: Mapped[str] = mapped_column(Text, default="usd", server_default="usd")
    price_micros: Mapped[int | None] = mapped_column(Int, default=None)
    tax_source: Mapped[TaxSource] = mapped_column(
        StateColumn(TaxSource), default=TaxSource.NONE, server_default=TaxSource.NONE
    )
    tax_included: Mapped[int] = mapped_column(Int, default=0, server_default=text("0"))
    tax_name: Mapped[str | None] = mapped_column(Text, default=None)
    tax_percent: Mapped[str | None] = mapped_column(Text, default=None)
    discountable: Mapped[int] = mapped_column(Int, default=0, server_default=text("0"))
    customer_id: Mapped[str | None] = mapped_column(Text, default=None)
    card_person_id: Mapped[str | None] = mapped_column(Id, default=None)


class CardSetup(Base):
    """A page of a provider on which a person may save a card: it takes effect once.

    Until it has, or has ended without a card, the provider is asked about it at `next_look_at`.
    Rows from before pages were recorded as they are opened have only their use. The card of a page
    that was withdrawn is forgotten: auto top-up was turned off after the page was opened.
    """

    __tablename__ = "card_setup"
    __table_args__ = (
        Index(
            "ix_card_setup_open",
            "next_look_at",
            postgresql_where=UNUSED_CONDITION,
            sqlite_where=UNUSED_CONDITION,
        ),
        CheckConstraint("book IN ('live', 'test')", name="book"),
        COLD_TABLE,
    )

    session_id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id)
    book: Mapped[str | None] = mapped_column(Text)
    person_id: Mapped[str | None] = mapped_column(Id)
    opened_at: Mapped[int | None] = mapped_column(Int)
    next_look_at: Mapped[int | None] = mapped_column(Int)
    used_at: Mapped[int | None] = mapped_column(Int)
    withdrawn_at: Mapped[int | None] = mapped_column(Int, default=None)


class Purchase(Base):
    """A payment that was credited; its natural key is unique, so it is credited once."""

    __tablename__ = "purchase"
    __table_args__ = (
        UniqueConstraint("book", "provider", "natural_key"),
        UniqueConstraint("book", "receipt_number"),
        Index(None, "checkout_id"),
        Index(None, "account_id", "book", "id"),
        CheckConstraint("book IN ('live', 'test')", name="book"),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id)
    ledger_account: Mapped[int] = mapped_column(Int)
    book: Mapped[str] = mapped_column(Text)
    provider: Mapped[str] = mapped_column(Text)
    natural_key: Mapped[str] = mapped_column(Id)
    checkout_id: Mapped[str | None] = mapped_column(Id)
    package_code: Mapped[str] = mapped_column(Text)
    package_name: Mapped[str] = mapped_column(Text)
    paid_microusd: Mapped[int] = mapped_column(Int)
    credit_microusd: Mapped[int] = mapped_column(Int)
    bonus_microusd: Mapped[int] = mapped_column(Int)
    expires_at: Mapped[int | None] = mapped_column(Int)
    email: Mapped[str | None] = mapped_column(Text)
    card_hash: Mapped[str | None] = mapped_column(Text)
    receipt_number: Mapped[int | None] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)


class PurchaseBill(Base):
    """The amounts that the buyer of a purchase was charged, in millionths of their currency.

    A purchase from before there were bills has none: it was charged in dollars, without tax.
    `tax_microusd` is the tax in dollars, at the package's own rate.
    """

    __tablename__ = "purchase_bill"
    __table_args__ = (
        CheckConstraint("net_micros + tax_micros = total_micros", name="total"),
        CheckConstraint(
            "list_micros - discount_micros"
            " = CASE WHEN tax_included = 1 THEN total_micros ELSE net_micros END",
            name="price",
        ),
        CheckConstraint(
            "discount_micros >= 0 AND net_micros >= 0 AND tax_micros >= 0", name="amounts"
        ),
        CheckConstraint(build_state_check("tax_source", TaxSource), name="tax_source"),
        COLD_TABLE,
    )

    purchase_id: Mapped[str] = mapped_column(Id, primary_key=True)
    currency: Mapped[str] = mapped_column(Text)
    list_micros: Mapped[int] = mapped_column(Int)
    discount_micros: Mapped[int] = mapped_column(Int)
    net_micros: Mapped[int] = mapped_column(Int)
    tax_micros: Mapped[int] = mapped_column(Int)
    total_micros: Mapped[int] = mapped_column(Int)
    tax_microusd: Mapped[int] = mapped_column(Int)
    tax_included: Mapped[int] = mapped_column(Int)
    tax_source: Mapped[TaxSource] = mapped_column(StateColumn(TaxSource))
    tax_name: Mapped[str | None] = mapped_column(Text)
    tax_percent: Mapped[str | None] = mapped_column(Text)
    reverse_charge: Mapped[int] = mapped_column(Int)
    country: Mapped[str | None] = mapped_column(Text)
    tax_id: Mapped[str | None] = mapped_column(Text)
    buyer_name: Mapped[str | None] = mapped_column(Text)
    buyer_address_json: Mapped[str | None] = mapped_column(Text)
    promotion_code: Mapped[str | None] = mapped_column(Text)
    provider_invoice_id: Mapped[str | None] = mapped_column(Id)
    provider_invoice_url: Mapped[str | None] = mapped_column(Text)


class Reversal(Base):
    """A part of a purchase that goes back to the buyer, and the credit that it took for it.

    A refund, a dispute, or a deposit that vanished from its chain after it was credited.

    `wanted`: requested, or a dispute that has not withdrawn money. `taken`: its credit is debited.
    `undone`: the refund failed or the dispute was won, and its credit was given back.

    `amount_micros` is the amount in the currency of the purchase's bill; null: it was charged in
    dollars, and it is `amount_microusd`. That one is in dollars at the package's own rate, and
    `net_microusd` is the part of it that is no tax; null: all of it.
    `credit_note` is `wanted` until the provider has one for this refund of its invoice, then its
    id; null: there is none to make.
    `returned_at` says when it was settled that money goes back, and `restored_at` when it came back
    after all. A row that was settled before these were written has neither.
    """

    __tablename__ = "reversal"
    __table_args__ = (
        Index(
            "uq_reversal_provider_reference",
            "provider",
            "provider_reference",
            unique=True,
            postgresql_where=REFERENCED_CONDITION,
            sqlite_where=REFERENCED_CONDITION,
        ),
        Index(None, "purchase_id"),
        CheckConstraint("kind IN ('refund', 'dispute', 'deposit_reversed')", name="kind"),
        CheckConstraint(build_state_check("state", ReversalState), name="state"),
        CheckConstraint(build_state_check("outcome", DisputeOutcome), name="outcome"),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    purchase_id: Mapped[str] = mapped_column(Id)
    provider: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    provider_reference: Mapped[str | None] = mapped_column(Id)
    state: Mapped[ReversalState] = mapped_column(StateColumn(ReversalState))
    outcome: Mapped[DisputeOutcome | None] = mapped_column(StateColumn(DisputeOutcome))
    amount_microusd: Mapped[int] = mapped_column(Int)
    credit_taken_microusd: Mapped[int] = mapped_column(Int)
    bonus_taken_microusd: Mapped[int] = mapped_column(Int)
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Int)
    amount_micros: Mapped[int | None] = mapped_column(Int, default=None)
    net_microusd: Mapped[int | None] = mapped_column(Int, default=None)
    credit_note: Mapped[str | None] = mapped_column(Text, default=None)
    returned_at: Mapped[int | None] = mapped_column(Int, default=None)
    restored_at: Mapped[int | None] = mapped_column(Int, default=None)

    @property
    def returned_micros(self) -> int:
        """The amount in the currency of the purchase's bill."""
        return self.amount_microusd if self.amount_micros is None else self.amount_micros

    @property
    def settled_micros(self) -> int:
        """The amount that goes back for good; 0 while a dispute has no outcome."""
        is_open_dispute = self.kind == "dispute" and self.outcome != DisputeOutcome.LOST
        is_settled = self.state == ReversalState.TAKEN and not is_open_dispute
        return self.returned_micros if is_settled else 0


class ReceiptCounter(Base):
    """The last numbers of a book: of its receipts, its invoices and its credit notes.

    All purchases and returns of a book wait for this row, so their transactions lock it last.
    """

    __tablename__ = "receipt_counter"
    __table_args__ = COLD_TABLE

    book: Mapped[str] = mapped_column(Text, primary_key=True)
    last: Mapped[int] = mapped_column(Int)
    last_invoice: Mapped[int] = mapped_column(Int, default=0, server_default="0")
    last_credit_note: Mapped[int] = mapped_column(Int, default=0, server_default="0")


class WebhookEvent(Base):
    """An event of a provider, written in the transaction of its effects: a row means processed."""

    __tablename__ = "webhook_event"
    __table_args__ = (CheckConstraint("book IN ('live', 'test')", name="book"), COLD_TABLE)

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    event_id: Mapped[str] = mapped_column(Id, primary_key=True)
    book: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    body_sha256: Mapped[bytes] = mapped_column(Blob)
    outcome: Mapped[str] = mapped_column(Text)
    purchase_id: Mapped[str | None] = mapped_column(Id)
    received_at: Mapped[int] = mapped_column(Int)


class Reconciliation(Base):
    """A nightly comparison with a provider; while `differences` is null it is not finished.

    `day` counts days since 1970 UTC.
    """

    __tablename__ = "reconciliation"
    __table_args__ = (CheckConstraint("book IN ('live', 'test')", name="book"), COLD_TABLE)

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    book: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    differences: Mapped[int | None] = mapped_column(Int)
