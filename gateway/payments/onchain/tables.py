"""The rows of deposits: addresses, what arrived there, and how far a chain was read."""

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.columns import COLD, Base, Id, Int, Text
from gateway.kit.states import StateColumn, one_of
from gateway.payments.tables import Checkout
from gateway.payments.usdc.states import DepositState

AWAITED = text("provider = 'onchain' AND state IN ('open', 'seen')")
Index("ix_checkout_awaited", Checkout.expires_at, postgresql_where=AWAITED, sqlite_where=AWAITED)


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
        CheckConstraint(one_of("state", DepositState), name="state"),
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
    state: Mapped[DepositState] = mapped_column(StateColumn(DepositState))


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
