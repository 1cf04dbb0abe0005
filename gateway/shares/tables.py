"""The rows of shares and of the reports about them."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import COLD_TABLE, Base, Blob, Id, Int, Text, build_partial_index
from gateway.kit.database.states import StateColumn, build_state_check
from gateway.shares.states import ReportReason, ShareKind

OPEN_REPORT = text("closed_at IS NULL")
FEATURED = text("featured_at IS NOT NULL")


class Share(Base):
    """A result behind a secret link; the bytes are those of the asset that keeps it.

    `account_id` is the ledger's account, `owner_id` the person's. The link is derived from
    `generation` under the signing key `key_id`; the table holds only its hash. `show_*`,
    `showcase` and `remix` are 0 or 1; `featured_at` is when an operator put it on the front page.
    `member_id` is the member of a team who made it: it ends with the membership. Null: the owner.
    """

    __tablename__ = "share"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint(build_state_check("kind", ShareKind), name="kind"),
        Index(None, "account_id", "id"),
        build_partial_index("ix_share_member", "member_id", where="member_id IS NOT NULL"),
        Index("ix_share_featured", "featured_at", postgresql_where=FEATURED, sqlite_where=FEATURED),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(Int)
    owner_id: Mapped[str] = mapped_column(Id)
    book: Mapped[str] = mapped_column(Text)
    kind: Mapped[ShareKind] = mapped_column(StateColumn(ShareKind))
    ref: Mapped[str] = mapped_column(Text)
    asset_id: Mapped[str] = mapped_column(Id)
    token_hash: Mapped[bytes] = mapped_column(Blob)
    generation: Mapped[bytes] = mapped_column(Blob)
    key_id: Mapped[str] = mapped_column(Text)
    show_prompt: Mapped[int] = mapped_column(Int)
    show_seed: Mapped[int] = mapped_column(Int)
    show_cost: Mapped[int] = mapped_column(Int)
    showcase: Mapped[int] = mapped_column(Int)
    remix: Mapped[int] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
    expires_at: Mapped[int] = mapped_column(Int)
    revoked_at: Mapped[int | None] = mapped_column(Int, default=None)
    taken_down_at: Mapped[int | None] = mapped_column(Int, default=None)
    featured_at: Mapped[int | None] = mapped_column(Int, default=None)
    member_id: Mapped[str | None] = mapped_column(Id, default=None)


class ShareReport(Base):
    """A visitor's report of a share; `closed_at` is when an operator decided about it."""

    __tablename__ = "share_report"
    __table_args__ = (
        CheckConstraint(build_state_check("reason", ReportReason), name="reason"),
        Index(None, "share_id"),
        Index("ix_share_report_open", "id", postgresql_where=OPEN_REPORT, sqlite_where=OPEN_REPORT),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    share_id: Mapped[str] = mapped_column(Id, ForeignKey("share.id"))
    reason: Mapped[ReportReason] = mapped_column(StateColumn(ReportReason))
    words: Mapped[str] = mapped_column(Text)
    contact: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Int)
    closed_at: Mapped[int | None] = mapped_column(Int, default=None)
