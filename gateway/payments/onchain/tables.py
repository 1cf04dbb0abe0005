"""Rows of deposits: wallets, addresses, deposits, and how far each chain was read."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import COLD_TABLE, Base, Id, Int, Text
from gateway.kit.database.states import StateColumn, build_state_check
from gateway.payments.tables import Checkout
from gateway.payments.usdc.states import DepositState

AWAITED_CONDITION = text("provider = 'onchain' AND state IN ('open', 'seen')")
Index(
    "ix_checkout_awaited",
    Checkout.expires_at,
    postgresql_where=AWAITED_CONDITION,
    sqlite_where=AWAITED_CONDITION,
)


class DepositWallet(Base):
    """The last address taken of a wallet; `wallet` names a chain and an xpub."""

    __tablename__ = "deposit_wallet"
    __table_args__ = COLD_TABLE

    wallet: Mapped[str] = mapped_column(Id, primary_key=True)
    last: Mapped[int] = mapped_column(Int)


class DepositAddress(Base):
    """The address of a checkout, in lower case: number `position` of a wallet, used once."""

    __tablename__ = "deposit_address"
    __table_args__ = (
        UniqueConstraint("wallet", "position"),
        UniqueConstraint("chain_id", "address"),
        Index(None, "chain_id", "watched_until"),
        COLD_TABLE,
    )

    checkout_id: Mapped[str] = mapped_column(Id, primary_key=True)
    chain_id: Mapped[int] = mapped_column(Int)
    wallet: Mapped[str] = mapped_column(Id)
    position: Mapped[int] = mapped_column(Int)
    address: Mapped[str] = mapped_column(Id)
    watched_until: Mapped[int] = mapped_column(Int)


class Deposit(Base):
    """A transfer of USDC to an address of ours; `position` counts the events of its transaction.

    `seen`: in a block, but not deep enough or too small. `orphaned`: its block was replaced.
    `lost`: the same, after it was credited. `reversed`: it did not come back.
    """

    __tablename__ = "deposit"
    __table_args__ = (
        Index(None, "checkout_id"),
        Index(None, "chain_id", "state", "block_number"),
        CheckConstraint(build_state_check("state", DepositState), name="state"),
        CheckConstraint("amount_microusd > 0", name="amount"),
        COLD_TABLE,
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
    state: Mapped[DepositState] = mapped_column(StateColumn(DepositState))


class ChainCursor(Base):
    """The next block to read of a chain, and the process that holds its lease.

    `read_at` is the time of the last read, `block_at` the time of the newest block read.
    """

    __tablename__ = "chain_cursor"
    __table_args__ = COLD_TABLE

    chain_id: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    next_block: Mapped[int] = mapped_column(Int)
    holder: Mapped[str] = mapped_column(Text)
    lease_until: Mapped[int] = mapped_column(Int)
    read_at: Mapped[int] = mapped_column(Int)
    block_at: Mapped[int] = mapped_column(Int, server_default=text("0"))


class ChainBlock(Base):
    """A block that was read; the last few show from where on the chain was replaced."""

    __tablename__ = "chain_block"
    __table_args__ = COLD_TABLE

    chain_id: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    hash: Mapped[str] = mapped_column(Id)
