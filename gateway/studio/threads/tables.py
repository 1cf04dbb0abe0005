"""The rows of threads, their messages, and the settings of the studio.

`account_id` is the ledger's account: one account in one book, so live and test keep apart.
"""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import COLD_TABLE, Base, Id, Int, Text


class StudioSettings(Base):
    """The studio settings of an account; without a row it has the defaults.

    The library keeps the selected project. `agent_enabled` is 0 or 1.
    """

    __tablename__ = "studio_settings"
    __table_args__ = (COLD_TABLE,)

    account_id: Mapped[int] = mapped_column(Int, primary_key=True)
    selected_thread_id: Mapped[str | None] = mapped_column(Id)
    defaults_json: Mapped[str] = mapped_column(Text)
    agent_enabled: Mapped[int] = mapped_column(Int)
    agent_max_price_microusd: Mapped[int] = mapped_column(Int)
    agent_instructions: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
    updated_at: Mapped[int] = mapped_column(Int)


class Thread(Base):
    """One conversation in a project; `archived` is 0 or 1, `title` is empty until it has one."""

    __tablename__ = "thread"
    __table_args__ = (Index(None, "account_id", "project_id", "id"), COLD_TABLE)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(Int)
    project_id: Mapped[str] = mapped_column(Id, ForeignKey("project.id"))
    title: Mapped[str] = mapped_column(Text)
    archived: Mapped[int] = mapped_column(Int)
    message_count: Mapped[int] = mapped_column(Int)
    last_message_at: Mapped[int | None] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
    updated_at: Mapped[int] = mapped_column(Int)


class Message(Base):
    """One message in a thread, of the user, the agent or an event; it never changes."""

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint("role IN ('user', 'agent', 'event')", name="role"),
        Index(None, "thread_id", "id"),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(Int)
    thread_id: Mapped[str] = mapped_column(Id, ForeignKey("thread.id"))
    role: Mapped[str] = mapped_column(Text)
    blocks_json: Mapped[str] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[int] = mapped_column(Int)
