"""The rows of the agent: quotes of messages, requests, and the events of their streams."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import COLD_TABLE, HOT_TABLE, Base, Id, Int, Text
from gateway.kit.database.states import StateColumn, build_state_check
from gateway.studio.agent.states import OPEN_REQUEST_STATES, RequestState

IS_OPEN = build_state_check("state", OPEN_REQUEST_STATES)


class AgentQuote(Base):
    """A priced message, which can be sent once; `request_id` is the request that it became.

    `member_id` is the member of a team who prepared it; null: the owner.
    """

    __tablename__ = "agent_quote"
    __table_args__ = (Index(None, "expires_at"), COLD_TABLE)

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(Int)
    thread_id: Mapped[str] = mapped_column(Id, ForeignKey("thread.id"))
    content: Mapped[str] = mapped_column(Text)
    attachments_json: Mapped[str] = mapped_column(Text)
    model: Mapped[str] = mapped_column(Text)
    price_microusd: Mapped[int] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
    expires_at: Mapped[int] = mapped_column(Int)
    request_id: Mapped[str | None] = mapped_column(Id)
    member_id: Mapped[str | None] = mapped_column(Id, default=None)


class AgentRequest(Base):
    """One message to the agent and its answer; it runs once at most.

    `price_microusd` is the hold, the most it can cost; `rates_json` is the price of tokens when it
    was sent. `blocks_json` is the answer up to the last finished turn, and the counts of tokens
    also have an estimate of the open one. `version` rises with each change that a read shows;
    `events` is the number of the newest event.
    """

    __tablename__ = "agent_request"
    __table_args__ = (
        UniqueConstraint("hold_id"),
        CheckConstraint(build_state_check("state", RequestState), name="state"),
        CheckConstraint("price_microusd > 0", name="price"),
        CheckConstraint(
            "captured_microusd >= 0 AND captured_microusd <= price_microusd", name="captured"
        ),
        Index(None, "account_id", "id"),
        Index(
            "ix_agent_request_open",
            "account_id",
            postgresql_where=text(IS_OPEN),
            sqlite_where=text(IS_OPEN),
        ),
        HOT_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    owner_id: Mapped[str] = mapped_column(Id)
    account_id: Mapped[int] = mapped_column(Int)
    book: Mapped[str] = mapped_column(Text)
    key_id: Mapped[str | None] = mapped_column(Id)
    thread_id: Mapped[str] = mapped_column(Id, ForeignKey("thread.id"))
    project_id: Mapped[str] = mapped_column(Id)
    message_id: Mapped[str] = mapped_column(Id)
    attachments_json: Mapped[str] = mapped_column(Text)
    state: Mapped[RequestState] = mapped_column(StateColumn(RequestState))
    version: Mapped[int] = mapped_column(Int)
    events: Mapped[int] = mapped_column(Int)
    model: Mapped[str] = mapped_column(Text)
    rates_json: Mapped[str] = mapped_column(Text)
    hold_id: Mapped[str] = mapped_column(Id)
    price_microusd: Mapped[int] = mapped_column(Int)
    captured_microusd: Mapped[int | None] = mapped_column(Int)
    input_tokens: Mapped[int] = mapped_column(Int)
    output_tokens: Mapped[int] = mapped_column(Int)
    cache_read_tokens: Mapped[int] = mapped_column(Int)
    cache_write_tokens: Mapped[int] = mapped_column(Int)
    turns: Mapped[int] = mapped_column(Int)
    blocks_json: Mapped[str] = mapped_column(Text)
    plan_ids_json: Mapped[str] = mapped_column(Text)
    answer_id: Mapped[str | None] = mapped_column(Id)
    error_code: Mapped[str | None] = mapped_column(Text)
    dispatch_after: Mapped[int] = mapped_column(Int)
    queue_timeout_at: Mapped[int] = mapped_column(Int)
    lease_expires_at: Mapped[int | None] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
    started_at: Mapped[int | None] = mapped_column(Int)
    finished_at: Mapped[int | None] = mapped_column(Int)
    member_id: Mapped[str | None] = mapped_column(Id, default=None)


class AgentEvent(Base):
    """One event of a request's stream, kept for a day so that any gateway can resume the stream."""

    __tablename__ = "agent_event"
    __table_args__ = (Index(None, "created_at"), COLD_TABLE)

    request_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(Int, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    data_json: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Int)
