"""The rows of statements and budgets."""

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import COLD_TABLE, HOT_TABLE, Base, Id, Int, Text
from gateway.kit.database.states import StateColumn, build_state_check
from gateway.ledger.reports.statement_lines import LineKind
from gateway.spending.states import BudgetSubject


class Statement(Base):
    """The statement of one account and UTC month, written once when the month is over.

    `account_id` is a ledger account, so each mode has its own. `month` counts from year 0, and
    `ends_at` is its end. It covers the entries after the former statement's `through_version`, up
    to its own. A month without an entry has no row.
    """

    __tablename__ = "statement"
    __table_args__ = (COLD_TABLE,)

    account_id: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    month: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    ends_at: Mapped[int] = mapped_column(Int)
    through_version: Mapped[int] = mapped_column(Int)
    opening_microusd: Mapped[int] = mapped_column(Int)
    closing_microusd: Mapped[int] = mapped_column(Int)
    issued_at: Mapped[int] = mapped_column(Int)


class StatementLine(Base):
    """One line of a statement: the signed sum of its movements.

    `detail` is the task of spending, or the origin of promotional credit; else empty.
    """

    __tablename__ = "statement_line"
    __table_args__ = (
        CheckConstraint(build_state_check("kind", LineKind), name="kind"),
        CheckConstraint("movements > 0", name="movements"),
        COLD_TABLE,
    )

    account_id: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    month: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    kind: Mapped[LineKind] = mapped_column(StateColumn(LineKind), primary_key=True)
    detail: Mapped[str] = mapped_column(Text, primary_key=True)
    movements: Mapped[int] = mapped_column(Int)
    amount_microusd: Mapped[int] = mapped_column(Int)


class Budget(Base):
    """An amount for a UTC month, at parts of which its account gets an alert; it is no cap.

    `subject_id` is the key, member or project it is for, and empty for the whole account.
    `spent_microusd` is what the entries of `month` charged: those after `since_version`, up to
    `seen_version`.
    """

    __tablename__ = "budget"
    __table_args__ = (
        UniqueConstraint("account_id", "subject", "subject_id"),
        CheckConstraint(build_state_check("subject", BudgetSubject), name="subject"),
        CheckConstraint("(subject = 'account') = (subject_id = '')", name="subject_id"),
        CheckConstraint("amount_microusd > 0", name="amount"),
        CheckConstraint("spent_microusd >= 0", name="spent"),
        HOT_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(Int)
    subject: Mapped[BudgetSubject] = mapped_column(StateColumn(BudgetSubject))
    subject_id: Mapped[str] = mapped_column(Id)
    amount_microusd: Mapped[int] = mapped_column(Int)
    month: Mapped[int] = mapped_column(Int)
    spent_microusd: Mapped[int] = mapped_column(Int)
    since_version: Mapped[int] = mapped_column(Int)
    seen_version: Mapped[int] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
    updated_at: Mapped[int] = mapped_column(Int)


class BudgetAlert(Base):
    """An alert that was given: once for each budget, month and percentage."""

    __tablename__ = "budget_alert"
    __table_args__ = (CheckConstraint("percent IN (50, 80, 100)", name="percent"), COLD_TABLE)

    budget_id: Mapped[str] = mapped_column(Id, ForeignKey("budget.id"), primary_key=True)
    month: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    percent: Mapped[int] = mapped_column(Int, primary_key=True, autoincrement=False)
    amount_microusd: Mapped[int] = mapped_column(Int)
    spent_microusd: Mapped[int] = mapped_column(Int)
    created_at: Mapped[int] = mapped_column(Int)
