"""The rows of approval plans."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import HOT_TABLE, Base, Id, Int, Text, build_partial_index
from gateway.kit.database.states import StateColumn, build_state_check
from gateway.studio.plans.states import PlanOutcome, PlanState, StepState

BLANKED = "{}"


class ApprovalPlan(Base):
    """A plan: frozen steps with one hash, executed at most once.

    `asked_by` is the key, session or request that prepared it; `decided_by` is the key or session
    that executed or rejected it. `key_id` is the spender whose caps pay: a key, or a member in
    person. `approved_microusd` is the total of the steps that were executed. `stored` is 1 while
    media bytes are kept for the plan. `member_id` is the member of a team for whom it was prepared;
    null: the owner. While `mail_due_at` is set, a mail that it waits for a person may be due.
    """

    __tablename__ = "approval_plan"
    __table_args__ = (
        CheckConstraint(build_state_check("state", PlanState), name="state"),
        CheckConstraint("(state = 'executed') = (outcome IS NOT NULL)", name="outcome"),
        CheckConstraint(build_state_check("outcome", PlanOutcome), name="outcome_known"),
        CheckConstraint("origin IN ('key', 'session', 'agent')", name="origin"),
        CheckConstraint("on_failure IN ('stop', 'continue')", name="on_failure"),
        Index("ix_approval_plan_account", "account_id", "id"),
        Index(
            "ix_approval_plan_pending",
            "expires_at",
            postgresql_where=text("state = 'pending'"),
            sqlite_where=text("state = 'pending'"),
        ),
        Index(
            "ix_approval_plan_running",
            "id",
            postgresql_where=text("outcome = 'running'"),
            sqlite_where=text("outcome = 'running'"),
        ),
        Index(
            "ix_approval_plan_stored",
            "expires_at",
            postgresql_where=text("stored = 1"),
            sqlite_where=text("stored = 1"),
        ),
        build_partial_index("ix_approval_plan_member", "member_id", where="member_id IS NOT NULL"),
        Index(
            "ix_approval_plan_mail",
            "mail_due_at",
            postgresql_where=text("mail_due_at IS NOT NULL"),
            sqlite_where=text("mail_due_at IS NOT NULL"),
        ),
        HOT_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    owner_id: Mapped[str] = mapped_column(Id)
    account_id: Mapped[int] = mapped_column(Int)
    book: Mapped[str] = mapped_column(Text)
    state: Mapped[PlanState] = mapped_column(StateColumn(PlanState))
    outcome: Mapped[PlanOutcome | None] = mapped_column(StateColumn(PlanOutcome))
    version: Mapped[int] = mapped_column(Int)
    origin: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(Id)
    title: Mapped[str | None] = mapped_column(Text)
    project_id: Mapped[str | None] = mapped_column(Id)
    thread_id: Mapped[str | None] = mapped_column(Id)
    resume_of: Mapped[str | None] = mapped_column(Id)
    on_failure: Mapped[str] = mapped_column(Text)
    price_version: Mapped[str] = mapped_column(Text)
    total_microusd: Mapped[int] = mapped_column(Int)
    hash: Mapped[str] = mapped_column(Text)
    stored: Mapped[int] = mapped_column(Int)
    request_id: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Int)
    expires_at: Mapped[int] = mapped_column(Int)
    decided_at: Mapped[int | None] = mapped_column(Int)
    decided_by: Mapped[str | None] = mapped_column(Id)
    key_id: Mapped[str | None] = mapped_column(Id)
    approved_microusd: Mapped[int | None] = mapped_column(Int)
    reason: Mapped[str | None] = mapped_column(Text)
    finished_at: Mapped[int | None] = mapped_column(Int)
    mail_due_at: Mapped[int | None] = mapped_column(Int, default=None)
    member_id: Mapped[str | None] = mapped_column(Id, default=None)


class PlanStep(Base):
    """One frozen step. Its id is the reference of its hold and the idempotency key of its job.

    `given_json` is the requested input without inline bytes, from which a plan that resumes this
    one is prepared; `terms_json` is what the job will be made from, null for a document step.
    `depends_on_json` lists keys of steps. Long after the plan ended its texts are blanked: then
    `given_json` is `{}` and `terms_json` is null.
    """

    __tablename__ = "plan_step"
    __table_args__ = (
        UniqueConstraint("plan_id", "place"),
        UniqueConstraint("hold_id"),
        UniqueConstraint("job_id"),
        CheckConstraint("price_microusd >= 0", name="price"),
        CheckConstraint(build_state_check("state", StepState), name="state"),
        HOT_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    plan_id: Mapped[str] = mapped_column(Id, ForeignKey("approval_plan.id"))
    place: Mapped[int] = mapped_column(Int)
    key: Mapped[str] = mapped_column(Text)
    operation: Mapped[str] = mapped_column(Text)
    state: Mapped[StepState] = mapped_column(StateColumn(StepState))
    price_microusd: Mapped[int] = mapped_column(Int)
    shot_id: Mapped[str | None] = mapped_column(Text)
    depends_on_json: Mapped[str] = mapped_column(Text)
    given_json: Mapped[str] = mapped_column(Text)
    input_json: Mapped[str] = mapped_column(Text)
    adjustments_json: Mapped[str] = mapped_column(Text)
    warnings_json: Mapped[str] = mapped_column(Text)
    breakdown_json: Mapped[str] = mapped_column(Text)
    terms_json: Mapped[str | None] = mapped_column(Text)
    hold_id: Mapped[str | None] = mapped_column(Id)
    job_id: Mapped[str | None] = mapped_column(Id)
    error_json: Mapped[str | None] = mapped_column(Text)
