"""The rows of money coming in: what was wanted, what arrived, what went back, what was heard."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.columns import COLD, Base, Blob, Id, Int, Text

AWAITED = text("provider = 'onchain' AND state IN ('open', 'seen')")
PENDING = text("state IN ('pending', 'lost')")
IN_BLOCK = text("state = 'credited'")
KEPT = text("header IS NOT NULL")
UNSETTLED = text("state IN ('creating', 'open', 'processing')")
REFERENCED = text("provider_reference IS NOT NULL")
KEYED = text("idempotency_key IS NOT NULL")


class Checkout(Base):
    """An intent to pay, with a copy of the package as it was then."""

    __tablename__ = "checkout"
    __table_args__ = (
        Index(
            "uq_checkout_provider_reference",
            "provider",
            "provider_reference",
            unique=True,
            postgresql_where=REFERENCED,
            sqlite_where=REFERENCED,
        ),
        Index(
            "uq_checkout_idempotency_key",
            "account_id",
            "book",
            "provider",
            "idempotency_key",
            unique=True,
            postgresql_where=KEYED,
            sqlite_where=KEYED,
        ),
        Index(None, "account_id"),
        Index(
            "ix_checkout_unsettled",
            "created_at",
            postgresql_where=UNSETTLED,
            sqlite_where=UNSETTLED,
        ),
        Index(
            "ix_checkout_awaited",
            "expires_at",
            postgresql_where=AWAITED,
            sqlite_where=AWAITED,
        ),
        CheckConstraint("book IN ('live', 'test')", name="book"),
        CheckConstraint(
            "state IN ('creating', 'open', 'processing', 'seen', 'credited', 'underpaid',"
            " 'expired', 'failed', 'review')",
            name="state",
        ),
        COLD,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id)
    ledger_account: Mapped[int] = mapped_column(Int)
    book: Mapped[str] = mapped_column(Text)
    provider: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
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


class Purchase(Base):
    """The fact that money arrived; its natural key makes it count once."""

    __tablename__ = "purchase"
    __table_args__ = (
        UniqueConstraint("book", "provider", "natural_key"),
        UniqueConstraint("book", "receipt_number"),
        Index(None, "checkout_id"),
        Index(None, "account_id", "book", "id"),
        CheckConstraint("book IN ('live', 'test')", name="book"),
        COLD,
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


class Reversal(Base):
    """Money of a purchase that goes back, and what it took from the account.

    A refund, a dispute, or a deposit that vanished from its chain after it was credited.

    `wanted`: asked for, or a dispute that has taken no money. `taken`: debited here. `undone`: it
    failed or was won, and what it took was given back.
    """

    __tablename__ = "reversal"
    __table_args__ = (
        Index(
            "uq_reversal_provider_reference",
            "provider",
            "provider_reference",
            unique=True,
            postgresql_where=REFERENCED,
            sqlite_where=REFERENCED,
        ),
        Index(None, "purchase_id"),
        CheckConstraint("kind IN ('refund', 'dispute', 'deposit_reversed')", name="kind"),
        CheckConstraint("state IN ('wanted', 'taken', 'undone')", name="state"),
        CheckConstraint("outcome IN ('won', 'lost')", name="outcome"),
        COLD,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    purchase_id: Mapped[str] = mapped_column(Id)
    provider: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    provider_reference: Mapped[str | None] = mapped_column(Id)
    state: Mapped[str] = mapped_column(Text)
    outcome: Mapped[str | None] = mapped_column(Text)
    amount_microusd: Mapped[int] = mapped_column(Int)
    credit_taken_microusd: Mapped[int] = mapped_column(Int)
    bonus_taken_microusd: Mapped[int] = mapped_column(Int)
    reason: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Int)


class ReceiptCounter(Base):
    """The last receipt number of a book; the last row that a crediting transaction locks."""

    __tablename__ = "receipt_counter"
    __table_args__ = COLD

    book: Mapped[str] = mapped_column(Text, primary_key=True)
    last: Mapped[int] = mapped_column(Int)


class WebhookEvent(Base):
    """An event of a provider, written with what it caused: in here means done."""

    __tablename__ = "webhook_event"
    __table_args__ = (CheckConstraint("book IN ('live', 'test')", name="book"), COLD)

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    event_id: Mapped[str] = mapped_column(Id, primary_key=True)
    book: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    body_sha256: Mapped[bytes] = mapped_column(Blob)
    outcome: Mapped[str] = mapped_column(Text)
    purchase_id: Mapped[str | None] = mapped_column(Id)
    received_at: Mapped[int] = mapped_column(Int)


class Reconciliation(Base):
    """One nightly comparison with a provider; without `differences` it is not finished.

    `day` counts days since 1970 UTC.
    """

    __tablename__ = "reconciliation"
    __table_args__ = (CheckConstraint("book IN ('live', 'test')", name="book"), COLD)

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    book: Mapped[str] = mapped_column(Text, primary_key=True)
    day: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    differences: Mapped[int | None] = mapped_column(Int)


class DepositWallet(Base):
    """How many addresses of a wallet were given out; `wallet` names a chain and an xpub."""

    __tablename__ = "deposit_wallet"
    __table_args__ = COLD

    wallet: Mapped[str] = mapped_column(Id, primary_key=True)
    last: Mapped[int] = mapped_column(Int)


class DepositAddress(Base):
    """The address of a checkout, in lower case: number `position` of a wallet, used once."""

    __tablename__ = "deposit_address"
    __table_args__ = (
        UniqueConstraint("wallet", "position"),
        UniqueConstraint("chain_id", "address"),
        Index(None, "chain_id", "watched_until"),
        COLD,
    )

    checkout_id: Mapped[str] = mapped_column(Id, primary_key=True)
    chain_id: Mapped[int] = mapped_column(Int)
    wallet: Mapped[str] = mapped_column(Id)
    position: Mapped[int] = mapped_column(Int)
    address: Mapped[str] = mapped_column(Id)
    watched_until: Mapped[int] = mapped_column(Int)


class Deposit(Base):
    """A transfer of USDC to an address of ours; `position` counts the events of its transaction.

    `seen`: in a block, not yet deep enough or too small. `orphaned`: its block is no more.
    `lost`: the same, after it was credited. `reversed`: it did not come back.
    """

    __tablename__ = "deposit"
    __table_args__ = (
        Index(None, "checkout_id"),
        Index(None, "chain_id", "state", "block_number"),
        CheckConstraint(
            "state IN ('seen', 'credited', 'orphaned', 'lost', 'reversed')", name="state"
        ),
        CheckConstraint("amount_microusd > 0", name="amount"),
        COLD,
    )

    chain_id: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    transaction: Mapped[str] = mapped_column(Id, primary_key=True)
    position: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    checkout_id: Mapped[str] = mapped_column(Id)
    sender: Mapped[str] = mapped_column(Id)
    amount_microusd: Mapped[int] = mapped_column(Int)
    block_number: Mapped[int] = mapped_column(Int)
    block_hash: Mapped[str] = mapped_column(Id)
    block_at: Mapped[int] = mapped_column(Int)
    state: Mapped[str] = mapped_column(Text)


class X402Payment(Base):
    """An authorization of a payer, written down before it is settled; its checkout holds the price.

    `pending`: it may still go through, until `valid_before` (seconds since 1970); also where the
    facilitator `refused` it. `lost`: it was credited, and its block is no more. `reversed`: it did
    not come back. It is looked for from block `from_block` on, last at `tried_at`. Until it is too
    late its `header` is kept, to settle it again; before `settle_after` somebody does.
    `transaction` is in block `block_number`, which rows older than that column do not know.
    """

    __tablename__ = "x402_payment"
    __table_args__ = (
        UniqueConstraint("natural_key"),
        Index(
            "ix_x402_payment_pending", "tried_at",
            postgresql_where=PENDING, sqlite_where=PENDING,
        ),
        Index(
            "ix_x402_payment_kept", "valid_before", postgresql_where=KEPT, sqlite_where=KEPT,
        ),
        CheckConstraint("book IN ('live', 'test')", name="book"),
        Index(
            "ix_x402_payment_in_block", "block_number",
            postgresql_where=IN_BLOCK, sqlite_where=IN_BLOCK,
        ),
        CheckConstraint(
            "state IN ('pending', 'credited', 'failed', 'lost', 'reversed')", name="state"
        ),
        COLD,
    )  # fmt: skip

    checkout_id: Mapped[str] = mapped_column(Id, primary_key=True)
    natural_key: Mapped[str] = mapped_column(Id)
    book: Mapped[str] = mapped_column(Text)
    purchase_id: Mapped[str] = mapped_column(Id)
    payer: Mapped[str] = mapped_column(Id)
    nonce: Mapped[str] = mapped_column(Id)
    from_block: Mapped[int] = mapped_column(Int)
    valid_before: Mapped[int] = mapped_column(Int)
    state: Mapped[str] = mapped_column(Text)
    refused: Mapped[int] = mapped_column(Int)
    transaction: Mapped[str | None] = mapped_column(Id)
    block_number: Mapped[int | None] = mapped_column(Int)
    tried_at: Mapped[int] = mapped_column(Int, server_default=text("0"))
    settle_after: Mapped[int] = mapped_column(Int, server_default=text("0"))
    header: Mapped[str | None] = mapped_column(Text)


class ChainCursor(Base):
    """How far a chain was read, and which process reads it until `lease_until`.

    `read_at` is when blocks were read the last time, `block_at` when the newest of them was made.
    """

    __tablename__ = "chain_cursor"
    __table_args__ = COLD

    chain_id: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    next_block: Mapped[int] = mapped_column(Int)
    holder: Mapped[str] = mapped_column(Text)
    lease_until: Mapped[int] = mapped_column(Int)
    read_at: Mapped[int] = mapped_column(Int)
    block_at: Mapped[int] = mapped_column(Int, server_default=text("0"))


class ChainBlock(Base):
    """A block that was read; the last few show where the chain turned elsewhere."""

    __tablename__ = "chain_block"
    __table_args__ = COLD

    chain_id: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(Id)
