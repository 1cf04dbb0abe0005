"""The rows of calls whose clients wait for the answer and send no idempotency key."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import HOT_TABLE, Base, Blob, Id, Int, Text, build_partial_index

IS_UNSETTLED = "delivered_at IS NULL AND left_at IS NULL"
# A gateway that dies after the submit has not written the job down: the stored answer names it.
HAS_NO_JOB = """
    openai_call.job_id IS NULL AND NOT EXISTS (SELECT 1 FROM idempotency AS i
      WHERE i.account_id = openai_call.account_id AND i.book = openai_call.book
        AND i.method = 'POST' AND i.path = openai_call.route AND i.key = openai_call.id)
"""


class OpenAiCall(Base):
    """One intended picture of a client, however often the client asks for it.

    The id is the idempotency key of its submit. `heard_at` is when a request last waited for it,
    `gone_at` when it stopped to wait without the answer, `delivered_at` when that was sent.
    After `left_at` its job runs on without a client: its owner read the job, or it has ended, or
    too many were canceled. `retries` is the retry count of the request that has it now.
    """

    __tablename__ = "openai_call"
    __table_args__ = (
        Index("ix_openai_call_request", "account_id", "body_hash"),
        Index(None, "created_at"),
        build_partial_index("ix_openai_call_heard", "heard_at", where=IS_UNSETTLED),
        build_partial_index("ix_openai_call_job", "job_id", where=IS_UNSETTLED),
        HOT_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id)
    book: Mapped[str] = mapped_column(Text)
    key_id: Mapped[str] = mapped_column(Id)
    route: Mapped[str] = mapped_column(Text)
    body_hash: Mapped[bytes] = mapped_column(Blob)
    job_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[int] = mapped_column(Int)
    heard_at: Mapped[int] = mapped_column(Int)
    gone_at: Mapped[int | None] = mapped_column(Int)
    delivered_at: Mapped[int | None] = mapped_column(Int)
    retries: Mapped[int] = mapped_column(Int)
    left_at: Mapped[int | None] = mapped_column(Int)
