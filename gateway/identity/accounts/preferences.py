"""Preferences of an account: where it begins, what is kept by itself, which mails it gets."""

from dataclasses import dataclass, fields
from typing import Any, Literal

from gateway.identity.tables import AccountPreferences
from gateway.kit.clock import to_utc_month
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time, sql

SELECT_DONE_MAIL_POINTS = sql(
    """
    SELECT account_id, COALESCE(done_seen_at, 0), done_mailed_at FROM account_preferences
    WHERE mail_done = 1 ORDER BY account_id
    """
)
HAS_DONE_MAIL_POINTS = sql("SELECT 1 FROM account_preferences WHERE mail_done = 1 LIMIT 1")
MOVE_DONE_MAIL_POINT = sql(
    """
    UPDATE account_preferences SET done_seen_at = given.seen_at,
        done_mailed_at = CASE WHEN given.mailed = 1 THEN kt_now() ELSE done_mailed_at END
    FROM {rows} WHERE account_preferences.account_id = given.account_id
      AND account_preferences.mail_done = 1
      AND COALESCE(account_preferences.done_seen_at, 0) = given.former
    """,
    account_id="text",
    former="int",
    seen_at="int",
    mailed="int",
)
SELECT_STATEMENT_READERS = sql(
    """
    SELECT p.account_id FROM {rows} JOIN account_preferences AS p
      ON p.mail_statement = 1 AND COALESCE(p.statement_month, 0) < given.month
    ORDER BY p.account_id
    """,
    month="int",
)
HAS_STATEMENT_READERS = sql("SELECT 1 FROM account_preferences WHERE mail_statement = 1 LIMIT 1")
MOVE_STATEMENT_MONTH = sql(
    """
    UPDATE account_preferences SET statement_month = given.month FROM {rows}
    WHERE account_preferences.account_id = given.account_id
      AND account_preferences.mail_statement = 1
      AND COALESCE(account_preferences.statement_month, 0) < given.month
    """,
    account_id="text",
    month="int",
)
CLAIM_PLAN_MAIL = sql(
    """
    UPDATE account_preferences SET plans_mailed_at = kt_now() FROM {rows}
    WHERE account_preferences.account_id = given.account_id AND account_preferences.mail_plans = 1
      AND COALESCE(account_preferences.plans_mailed_at, 0) + given.pause <= kt_now()
    """,
    account_id="text",
    pause="int",
)
Home = Literal["create", "console"]
AutoKeep = Literal["all", "starred", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """The preferences of one account, in both modes.

    `home` is where it goes after signing in. `auto_keep` says which results made on pages are kept
    for longer than 48 hours. `mail_plans`: mail when an agent's plan waits for a person;
    `mail_done`: mail when a job ends that took over a minute; `mail_statement`: mail on the first
    of a month about the statement of the last.
    """

    home: Home = "create"
    auto_keep: AutoKeep = "all"
    mail_plans: bool = False
    mail_done: bool = False
    mail_statement: bool = False


async def load_preferences(session: Session, account_id: str) -> Preferences:
    """Load the preferences of an account; the defaults if it has set none."""
    row = await session.get(AccountPreferences, account_id)
    return Preferences() if row is None else read_preferences(row)


def read_preferences(row: AccountPreferences) -> Preferences:
    """Return the preferences in a row."""
    return Preferences(
        home="console" if row.home == "console" else "create",
        auto_keep=row.auto_keep,  # type: ignore[arg-type]  # the table checks it
        mail_plans=bool(row.mail_plans),
        mail_done=bool(row.mail_done),
        mail_statement=bool(row.mail_statement),
    )


async def change_preferences(
    session: Session, account_id: str, changes: dict[str, Any]
) -> Preferences:
    """Set the given preferences, and return all of them.

    Mails about ended jobs begin with those that end after they were turned on, mails about
    statements with that of the current month.
    """
    row = await session.get(AccountPreferences, account_id, populate_existing=True)
    if row is None:
        given = {each.name: getattr(Preferences(), each.name) for each in fields(Preferences)}
        row = AccountPreferences(account_id=account_id, **_to_columns(given))
        session.add(row)
    if changes.get("mail_done") and not row.mail_done:
        row.done_seen_at = await get_database_time(session)
    if changes.get("mail_statement") and not row.mail_statement:
        row.statement_month = to_utc_month(await get_database_time(session)) - 1
    for name, value in _to_columns(changes).items():
        setattr(row, name, value)
    await session.flush()
    return read_preferences(row)


@dataclass(frozen=True, slots=True)
class DoneMailPoint:
    """An account that wants mails about ended jobs: those until `seen_at` need none any more."""

    account_id: str
    seen_at: int
    mailed_at: int | None


async def list_done_mail_points(session: Session) -> list[DoneMailPoint]:
    """Return the accounts that want a mail when a long job ends."""
    return [DoneMailPoint(*row) for row in await session.read(SELECT_DONE_MAIL_POINTS)]


async def move_done_mail_point(
    session: Session, point: DoneMailPoint, seen_at: int, *, mailed: bool
) -> bool:
    """Move on to jobs that end after `seen_at`; False if another process has done so before."""
    row = (point.account_id, point.seen_at, seen_at, int(mailed))
    return await session.change(MOVE_DONE_MAIL_POINT, [row]) == 1


async def list_statement_readers(session: Session, month: int) -> list[str]:
    """Return the accounts that want a mail about the statement of a month, and had none."""
    return [row[0] for row in await session.read(SELECT_STATEMENT_READERS, [(month,)])]


async def claim_statement_mail(session: Session, account_id: str, month: int) -> bool:
    """Claim the mail about the statement of a month; False if another process has."""
    return await session.change(MOVE_STATEMENT_MONTH, [(account_id, month)]) == 1


async def claim_plan_mail(session: Session, account_id: str, pause: int) -> bool | None:
    """Claim the account's next mail about waiting plans, at most one each `pause` microseconds.

    None: the account wants no such mails. False: its last one is younger.
    """
    preferences = await load_preferences(session, account_id)
    if not preferences.mail_plans:
        return None
    return await session.change(CLAIM_PLAN_MAIL, [(account_id, pause)]) == 1


def _to_columns(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: int(value) if isinstance(value, bool) else value for name, value in values.items()
    }
