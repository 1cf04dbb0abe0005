"""The rows of mail: those that wait to be sent, and those given up."""

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import COLD_TABLE, HOT_TABLE, Base, Id, Int, Text


class OutboxMailRow(Base):
    """One mail that waits; its row is deleted once it is sent or given up.

    `sealed` is the encrypted mail: it may hold a sign-in code, and a dump of the database must not.
    """

    __tablename__ = "mail_outbox"
    __table_args__ = (Index(None, "due_at"), HOT_TABLE)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
    due_at: Mapped[int] = mapped_column(Int)
    until_at: Mapped[int] = mapped_column(Int)


class GivenUpMailRow(Base):
    """One mail that was not sent and is not retried; kept for 30 days, encrypted as before."""

    __tablename__ = "mail_given_up"
    __table_args__ = (CheckConstraint("reason IN ('late', 'refused')", name="reason"), COLD_TABLE)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(Int)
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Int)
    ended_at: Mapped[int] = mapped_column(Int)
