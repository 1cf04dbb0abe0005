"""The rows of the ledger.

Balances are columns, kept in the transaction that writes the entries; sums are for audits.
Nothing here is edited but the mutable columns of accounts, grants, policies and spenders.
"""

from sqlalchemy import CheckConstraint, Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import COLD_TABLE, HOT_TABLE, Base, Id, Int, Text
from gateway.kit.database.states import StateColumn, build_state_check
from gateway.ledger.states import AccountState, Phase


class LedgerAccount(Base):
    """A customer's or affiliate's balance in one book. House accounts have no row.

    No index on a column that changes: updates stay heap-only on PostgreSQL.
    """

    __tablename__ = "ledger_account"
    __table_args__ = (
        UniqueConstraint("owner_id", "kind", "book"),
        CheckConstraint("kind IN ('customer', 'affiliate')", name="kind"),
        CheckConstraint("book IN ('live', 'test')", name="book"),
        CheckConstraint(build_state_check("state", AccountState), name="state"),
        CheckConstraint(
            "pending_microusd >= 0 AND incoming_microusd >= 0"
            " AND debt_microusd >= 0 AND untaken_microusd >= 0",
            name="not_negative",
        ),
        CheckConstraint(
            "posted_microusd - pending_microusd >= -debt_microusd", name="no_overdraft"
        ),
        HOT_TABLE,
    )

    id: Mapped[int] = mapped_column(Int, Identity(), primary_key=True, init=False)
    kind: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[str] = mapped_column(Id)
    book: Mapped[str] = mapped_column(Text)
    posted_microusd: Mapped[int] = mapped_column(Int)
    pending_microusd: Mapped[int] = mapped_column(Int)
    incoming_microusd: Mapped[int] = mapped_column(Int)
    debt_microusd: Mapped[int] = mapped_column(Int)
    untaken_microusd: Mapped[int] = mapped_column(Int)
    version: Mapped[int] = mapped_column(Int)
    state: Mapped[AccountState] = mapped_column(StateColumn(AccountState))
    grants_due_at: Mapped[int | None] = mapped_column(Int)


class Transfer(Base):
    """One movement from a debit to a credit account; its natural key makes it happen once."""

    __tablename__ = "transfer"
    __table_args__ = (
        UniqueConstraint("book", "code", "phase", "reference"),
        Index(
            "uq_transfer_pending_id",
            "pending_id",
            unique=True,
            postgresql_where=text("pending_id IS NOT NULL"),
            sqlite_where=text("pending_id IS NOT NULL"),
        ),
        CheckConstraint(build_state_check("phase", Phase), name="phase"),
        CheckConstraint("amount_microusd > 0", name="amount"),
        CheckConstraint("debit_account <> credit_account", name="two_accounts"),
        CheckConstraint(
            "(phase IN ('post', 'void')) = (pending_id IS NOT NULL)", name="resolution"
        ),
        CheckConstraint("length(description) <= 200", name="description"),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    book: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    phase: Mapped[Phase] = mapped_column(StateColumn(Phase))
    reference: Mapped[str] = mapped_column(Id)
    debit_account: Mapped[int] = mapped_column(Int)
    credit_account: Mapped[int] = mapped_column(Int)
    amount_microusd: Mapped[int] = mapped_column(Int)
    pending_id: Mapped[str | None] = mapped_column(Id)
    key_id: Mapped[str | None] = mapped_column(Id)
    policy_id: Mapped[str | None] = mapped_column(Id)
    member_policy_id: Mapped[str | None] = mapped_column(Id)
    description: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Int)


class Entry(Base):
    """One leg of a transfer on one account and layer. Legs of the house carry two nulls.

    No foreign key to accounts: its share locks would hit the hot rows.
    """

    __tablename__ = "entry"
    __table_args__ = (
        Index(
            "uq_entry_account_version",
            "account_id",
            "account_version",
            unique=True,
            postgresql_where=text("account_version IS NOT NULL"),
            sqlite_where=text("account_version IS NOT NULL"),
        ),
        CheckConstraint("layer IN ('posted', 'pending', 'incoming')", name="layer"),
        CheckConstraint("amount_microusd <> 0", name="amount"),
        COLD_TABLE,
    )

    id: Mapped[int] = mapped_column(Int, Identity(), primary_key=True, init=False)
    transfer_id: Mapped[str] = mapped_column(Id)
    account_id: Mapped[int] = mapped_column(Int)
    layer: Mapped[str] = mapped_column(Text)
    amount_microusd: Mapped[int] = mapped_column(Int)
    balance_after_microusd: Mapped[int | None] = mapped_column(Int)
    account_version: Mapped[int | None] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)


class CreditGrant(Base):
    """A parcel of credit with a category and an expiry."""

    __tablename__ = "credit_grant"
    __table_args__ = (
        CheckConstraint(
            "remaining_microusd >= 0 AND remaining_microusd <= granted_microusd", name="remaining"
        ),
        CheckConstraint("category IN ('promo', 'bonus', 'earned', 'paid')", name="category"),
        Index(
            "ix_credit_grant_open",
            "account_id",
            postgresql_where=text("remaining_microusd > 0"),
            sqlite_where=text("remaining_microusd > 0"),
        ),
        Index(
            "ix_credit_grant_due",
            "expires_at",
            postgresql_where=text("remaining_microusd > 0"),
            sqlite_where=text("remaining_microusd > 0"),
        ),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(Int)
    category: Mapped[str] = mapped_column(Text)
    purchase_id: Mapped[str | None] = mapped_column(Id)
    granted_microusd: Mapped[int] = mapped_column(Int)
    remaining_microusd: Mapped[int] = mapped_column(Int)
    expires_at: Mapped[int | None] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)


class SpendPolicy(Base):
    """The hard caps that a key and those rotated from it share, or that one member has."""

    __tablename__ = "spend_policy"
    __table_args__ = (
        CheckConstraint(
            "day_used_microusd >= 0 AND month_used_microusd >= 0 AND total_used_microusd >= 0",
            name="used",
        ),
        HOT_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(Int)
    daily_limit_microusd: Mapped[int | None] = mapped_column(Int)
    monthly_limit_microusd: Mapped[int | None] = mapped_column(Int)
    total_limit_microusd: Mapped[int | None] = mapped_column(Int)
    day: Mapped[int] = mapped_column(Int)
    day_used_microusd: Mapped[int] = mapped_column(Int)
    month: Mapped[int] = mapped_column(Int)
    month_used_microusd: Mapped[int] = mapped_column(Int)
    total_used_microusd: Mapped[int] = mapped_column(Int)


class Spender(Base):
    """The ledger's view of an API key, an OAuth grant or a member who spends by browser.

    What it spends counts on its own policy and, if it is of a member, on the member's policy too.
    """

    __tablename__ = "spender"
    __table_args__ = (
        Index(
            "ix_spender_member_policy_id",
            "member_policy_id",
            postgresql_where=text("member_policy_id IS NOT NULL"),
            sqlite_where=text("member_policy_id IS NOT NULL"),
        ),
        COLD_TABLE,
    )

    key_id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(Int)
    policy_id: Mapped[str | None] = mapped_column(Id)
    member_policy_id: Mapped[str | None] = mapped_column(Id)
    expires_at: Mapped[int | None] = mapped_column(Int)
    revoked_at: Mapped[int | None] = mapped_column(Int)


class AccountFreeze(Base):
    """A reason to stop spending; the account is frozen exactly while a row exists."""

    __tablename__ = "account_freeze"
    __table_args__ = (
        CheckConstraint("reason IN ('dispute', 'operator')", name="reason"),
        COLD_TABLE,
    )

    account_id: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    reason: Mapped[str] = mapped_column(Text, primary_key=True)
    reference: Mapped[str] = mapped_column(Id, primary_key=True)


class BalanceWatch(Base):
    """The account version last checked for a low balance; `was_above` is 1 if it was not low."""

    __tablename__ = "balance_watch"
    __table_args__ = HOT_TABLE

    account_id: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(Int)
    was_above: Mapped[int] = mapped_column(Int)
