"""The rows of the agent: what a message may cost, what came of it, and what is told of it."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.columns import COLD, HOT, Base, Id, Int, Text
from gateway.kit.states import StateColumn, one_of
from gateway.studio.agent.states import OPEN_REQUEST_STATES, RequestState

OPEN = one_of("state", OPEN_REQUEST_STATES)


class AgentQuote(Base):
    """A message that was priced and can be sent once; `request_id` is what it became."""

    __tablename__ = "agent_quote"
    __table_args__ = (Index(None, "expires_at"), COLD)

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


class AgentRequest(Base):
    """One message to the agent and its answer; it runs once, whatever happens.

    `price_microusd` is what is held at most, `rates_json` what tokens cost when it was sent. The
    counts of tokens and the answer in `blocks_json` are those of finished turns. `version` rises
    with what a read shows, `events` numbers what is streamed.
    """

    __tablename__ = "agent_request"
    __table_args__ = (
        UniqueConstraint("hold_id"),
        CheckConstraint(one_of("state", RequestState), name="state"),
        CheckConstraint("price_microusd > 0", name="price"),
        CheckConstraint(
            "captured_microusd >= 0 AND captured_microusd <= price_microusd", name="captured"
        ),
        Index(None, "account_id", "id"),
        Index(
            "ix_agent_request_open",
            "account_id",
            postgresql_where=text(OPEN),
            sqlite_where=text(OPEN),
        ),
        HOT,
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


class AgentEvent(Base):
    """What a stream tells, kept for a day so that any gateway can go on with it."""

    __tablename__ = "agent_event"
    __table_args__ = (Index(None, "created_at"), COLD)

    request_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(Int, primary_key=True)
    kind: Mapped[str] = mapped_column(Text)
    data_json: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Int)
