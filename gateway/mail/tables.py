"""The rows of mail that waits to be sent."""

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.columns import COLD, HOT, Base, Id, Int, Text


class OutboxMail(Base):
    """One mail on its way; gone once it is sent or given up.

    `sealed` is encrypted: a mail may hold a sign-in code, and a dump must hold none.
    """

    __tablename__ = "mail_outbox"
    __table_args__ = (Index(None, "due_at"), HOT)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
    due_at: Mapped[int] = mapped_column(Int)
    until_at: Mapped[int] = mapped_column(Int)


class GivenUpMail(Base):
    """One mail that was not sent and is not tried any more; as sealed as before, for 30 days."""

    __tablename__ = "mail_given_up"
    __table_args__ = (CheckConstraint("reason IN ('late', 'refused')", name="reason"), COLD)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    tries: Mapped[int] = mapped_column(Int)
    reason: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Int)
    ended_at: Mapped[int] = mapped_column(Int)
