"""Tables of the peer service: accounts with keys, jobs, and transfers with two entries each."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    UniqueConstraint,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """The base of the tables."""

    type_annotation_map: ClassVar = {datetime: DateTime(timezone=True)}


class Account(Base):
    """An account with its sums: what it has, and what is held for jobs under way."""

    __tablename__ = "account"
    __table_args__ = (CheckConstraint("balance_microusd >= held_microusd"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    balance_microusd: Mapped[int] = mapped_column(BigInteger)
    held_microusd: Mapped[int] = mapped_column(BigInteger, default=0)


class ApiKey(Base):
    """A key of an account; only its hash is kept."""

    __tablename__ = "api_key"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id), index=True)
    key_hash: Mapped[bytes] = mapped_column(unique=True)
    revoked_at: Mapped[datetime | None]


class Job(Base):
    """An order of an account; its idempotency key is unique in the account."""

    __tablename__ = "job"
    __table_args__ = (UniqueConstraint("account_id", "idempotency_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id))
    idempotency_key: Mapped[str]
    request_hash: Mapped[bytes]
    task: Mapped[str]
    input: Mapped[dict[str, Any]] = mapped_column(JSONB)
    status: Mapped[str] = mapped_column(default="queued")
    price_microusd: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Transfer(Base):
    """A movement of money for a job, balanced by its entries."""

    __tablename__ = "transfer"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    job_id: Mapped[UUID] = mapped_column(ForeignKey(Job.id), index=True)
    kind: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    job: Mapped[Job] = relationship(lazy="raise")
    entries: Mapped[list["Entry"]] = relationship(lazy="raise")


class Entry(Base):
    """One side of a transfer: an amount on the available or the held money of an account."""

    __tablename__ = "entry"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    transfer_id: Mapped[UUID] = mapped_column(ForeignKey(Transfer.id), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey(Account.id), index=True)
    side: Mapped[str]
    amount_microusd: Mapped[int] = mapped_column(BigInteger)
