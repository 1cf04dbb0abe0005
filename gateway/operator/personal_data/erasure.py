"""The erasure of an account: all of its person goes but what the books must keep.

`tables.toml` decides for each table and column. The first transaction closes the account, erases
what is found by its addresses, and is audited. Then come its rows, in bounded transactions, each of
which keeps the invariants. Stored files go before the row that names them: whoever repeats an
erasure that was cut off finds what is left, and finishes it.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import TextClause, bindparam, text

from gateway.account import closure
from gateway.configuration.settings import Settings, parse_secret_pairs
from gateway.identity.accounts import account_search
from gateway.identity.keys import keys
from gateway.kit.database.dry_run import WrittenRow
from gateway.kit.database.sessions import Database, Session
from gateway.kit.ids import Ids
from gateway.kit.money import parse_usd, render_usd
from gateway.ledger.accounts.owners import BOOKS, get_account_number
from gateway.library.assets import ASSETS_FOLDER
from gateway.library.quota import lock_shelf
from gateway.mail.console import ConsoleSender
from gateway.mail.outbox import Mailer
from gateway.mail.senders import build_sender
from gateway.media.inputs.input_files import INPUTS_FOLDER
from gateway.media.jobs.outputs import OUTPUTS_FOLDER
from gateway.migrations.metadata import METADATA
from gateway.operator.acts import ActOutcome, OperatorOrder, OutcomeFields, perform_act
from gateway.operator.gateway_location import load_existing_settings, open_database
from gateway.operator.personal_data.tables import (
    CUSTOMER,
    build_owner_condition,
    load_tables,
)
from gateway.shares.member_work import EndedWork
from gateway.storage import Storage, storage_from_url

BATCH_KEYS = 200
SessionOpener = Callable[[], AbstractAsyncContextManager[Session]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasureStep:
    """The erasure of a table's rows, a batch of values of its column `by` in each transaction.

    `parts` are tables whose rows go in the same transaction, by their own column of those values.
    `folder` holds a folder of files for each value. A step that `stores` changes what is counted
    against the storage quota.
    """

    table: str
    by: str = "id"
    parts: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""
    stores: bool = False


FIRST_TABLES = ("email_challenge", "invitation", "identity", "account")
STEPS = (
    # First what shows something to others, or sends it.
    ErasureStep(table="share_report"),
    ErasureStep(table="share"),
    ErasureStep(table="webhook_delivery"),
    ErasureStep(table="webhook_secret", by="account_id"),
    ErasureStep(table="browser_session"),
    ErasureStep(table="device_link"),
    ErasureStep(table="oauth_grant", parts={"oauth_token": "grant_id"}),
    ErasureStep(table="api_key"),
    ErasureStep(table="key_default", by="account_id"),
    ErasureStep(table="account_preferences", by="account_id"),
    ErasureStep(table="billing_details", by="account_id"),
    ErasureStep(table="signup_grant", by="abuse_key"),
    ErasureStep(table="idempotency", by="key"),
    ErasureStep(table="openai_call"),
    ErasureStep(table="upload"),
    ErasureStep(table="upload_link"),
    ErasureStep(table="shot_take", by="job_id"),
    ErasureStep(table="film_render", by="job_id"),
    ErasureStep(
        table="approval_plan",
        parts={"plan_step": "plan_id", "storyboard_render": "plan_id", "input_use": "owner_id"},
        stores=True,
    ),
    ErasureStep(table="quote_item", by="quote_id"),
    ErasureStep(table="quote", parts={"input_use": "owner_id"}, stores=True),
    ErasureStep(table="job_output", by="job_id"),
    ErasureStep(table="media_attempt", by="job_id"),
    ErasureStep(table="job", parts={"input_use": "owner_id"}, folder=OUTPUTS_FOLDER, stores=True),
    ErasureStep(table="input_use", by="owner_id", stores=True),
    ErasureStep(table="input_file", stores=True),
    ErasureStep(table="agent_event", by="request_id"),
    ErasureStep(table="agent_request"),
    ErasureStep(table="agent_quote"),
    ErasureStep(table="message"),
    ErasureStep(table="thread"),
    ErasureStep(table="film", by="asset_id"),
    ErasureStep(table="document_version", by="asset_id"),
    ErasureStep(table="asset", folder=ASSETS_FOLDER, stores=True),
    ErasureStep(table="shelf", by="account_id"),
    ErasureStep(table="studio_settings", by="account_id"),
    ErasureStep(table="project"),
    ErasureStep(table="affiliate"),
    ErasureStep(table="affiliate_day", by="affiliate_id"),
    ErasureStep(table="budget", parts={"budget_alert": "budget_id"}),
    ErasureStep(table="top_up_rule", by="account_id"),
    ErasureStep(table="saved_card", by="account_id"),
    ErasureStep(table="top_up", by="checkout_id"),
    ErasureStep(table="checkout"),
    ErasureStep(table="purchase"),
)
FORGET_REPORTER = text(
    """
    UPDATE share_report SET words = '', contact = '' WHERE lower(contact) IN
        (SELECT lower(email) FROM identity WHERE account_id = :account)
    RETURNING id
    """
)
DELETE_UNUSED_INPUTS = text(
    f"""
    DELETE FROM input_file WHERE account_id IN ({CUSTOMER})
      AND NOT EXISTS (SELECT 1 FROM input_use AS u WHERE u.file_id = input_file.id)
    RETURNING id
    """  # noqa: S608 - constant
)
COUNT_STORED = text(
    f"""
    UPDATE shelf SET
      assets = (SELECT count(*) FROM asset AS a
                WHERE a.account_id = shelf.account_id AND a.purged_at IS NULL),
      bytes = (SELECT COALESCE(sum(a.stored_bytes), 0) FROM asset AS a
               WHERE a.account_id = shelf.account_id AND a.purged_at IS NULL)
            + (SELECT COALESCE(sum(f.bytes), 0) FROM input_file AS f
               WHERE f.account_id = shelf.account_id)
    WHERE account_id IN ({CUSTOMER})
    """  # noqa: S608 - constant
)


@dataclass(slots=True, kw_only=True)
class Erasure:
    """One account's erasure: where its rows and files are, and the rows that were changed so far.

    Without a storage no file is touched.
    """

    account_id: str
    open_session: SessionOpener
    storage: Storage | None
    rows: list[WrittenRow] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    async def run_steps(self) -> None:
        """Delete the files of inputs, which several rows share, and then all rows."""
        async with self.open_session() as session:
            files = await self._list_due(session, "input_file", "id")
        await self._delete_folders(INPUTS_FOLDER, files)
        for step in STEPS:
            await self._run_step(step)

    async def erase_table(self, session: Session, table: str, by: str = "id") -> None:
        """Erase all rows that a table has of the account, in the caller's transaction."""
        await self._change_rows(session, table, by, await self._list_due(session, table, by))

    async def forget_reporter(self, session: Session) -> None:
        """Blank words and contact of the reports that its addresses wrote of others' shares."""
        answer = await session.execute(FORGET_REPORTER, {"account": self.account_id})
        self.note("update", "share_report", [dict(row) for row in answer.mappings()])

    async def note_identities(self, session: Session) -> None:
        """Note the addresses, which the closing deletes: it mails them before."""
        rows = await self._list_due(session, "identity", "id")
        self.note("delete", "identity", [{"id": row} for row in rows])

    def note(self, verb: str, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        """Note changed rows by their primary keys."""
        if rows:
            self.counts[table] += len(rows)
        for row in rows:
            key = {
                name: f"{len(value)} bytes" if isinstance(value, bytes) else value
                for name, value in row.items()
            }
            self.rows.append({"verb": verb, "table": table, **key})

    async def _run_step(self, step: ErasureStep) -> None:
        async with self.open_session() as session:
            values = await self._list_due(session, step.table, step.by)
        for start in range(0, len(values), BATCH_KEYS):
            batch = values[start : start + BATCH_KEYS]
            await self._delete_folders(step.folder, batch)
            async with self.open_session() as session:
                if step.stores:
                    await self._lock_shelves(session)
                for table, column in (*step.parts.items(), (step.table, step.by)):
                    await self._change_rows(session, table, column, batch)
                if step.stores:
                    await self._count_stored(session)

    async def _list_due(self, session: Session, table: str, by: str) -> Sequence[Any]:
        """List the values of a column whose rows are the account's and not erased yet."""
        statement = f'SELECT DISTINCT "{by}" FROM "{table}" WHERE {_build_due(table)} ORDER BY 1'  # noqa: S608 - our own file
        answer = await session.execute(text(statement), {"account": self.account_id})
        return answer.scalars().all()

    async def _change_rows(
        self, session: Session, table: str, by: str, values: Sequence[Any]
    ) -> None:
        if values:
            verb, statement = _build_change(table, by)
            given = {"account": self.account_id, "values": list(values)}
            answer = await session.execute(statement, given)
            self.note(verb, table, [dict(row) for row in answer.mappings()])

    async def _delete_folders(self, folder: str, names: Sequence[str]) -> None:
        if self.storage is not None and folder:
            for name in names:
                await self.storage.delete_folder(f"{folder}/{name}")

    async def _lock_shelves(self, session: Session) -> None:
        numbers = [await get_account_number(session, self.account_id, book) for book in BOOKS]
        for number in sorted(numbers):
            await lock_shelf(session, number)

    async def _count_stored(self, session: Session) -> None:
        """Delete inputs that nothing uses any more, and count what is left."""
        answer = await session.execute(DELETE_UNUSED_INPUTS, {"account": self.account_id})
        self.note("delete", "input_file", [dict(row) for row in answer.mappings()])
        await session.execute(COUNT_STORED, {"account": self.account_id})


def _build_due(table: str) -> str:
    """Build the condition of the account's rows in a table that are not erased yet."""
    owner, erased = build_owner_condition(table), load_tables()[table]["erased"]
    if erased == "rows":
        return f"({owner})"
    differs = (f'"{name}" IS DISTINCT FROM {to}' for name, to in erased.items())
    return f"({owner}) AND ({' OR '.join(differs)})"


def _build_change(table: str, by: str) -> tuple[str, TextClause]:
    """Build the statement that erases the account's rows with some values of a column."""
    erased = load_tables()[table]["erased"]
    key = ", ".join(f'"{column.name}"' for column in METADATA.tables[table].primary_key)
    where = f'WHERE "{by}" IN :values AND {_build_due(table)} RETURNING {key}'
    if erased == "rows":
        verb, statement = "delete", f'DELETE FROM "{table}" {where}'  # noqa: S608 - our own file
    else:
        values = ", ".join(f'"{name}" = {to}' for name, to in erased.items())
        verb, statement = "update", f'UPDATE "{table}" SET {values} {where}'  # noqa: S608 - our own file
    return verb, text(statement).bindparams(bindparam("values", expanding=True))


async def erase_account(order: OperatorOrder, account: str, forfeit_usd: str) -> OutcomeFields:
    """Erase the person of an account; close it before, if it is open.

    Raises:
        ValueError: closing it would forfeit another amount of real money, and nothing was changed;
            or the erasure was cut off later.
        AccountInUse: it cannot be closed yet; nothing was changed.
        LookupError: there is no such account.
    """
    if not isinstance(order.where, Path | None):
        raise TypeError("an erasure is made by command, not by a serving gateway")
    settings = load_existing_settings(order.where)
    async with open_database(settings, create=False) as database:
        async with database.read() as snapshot:
            account_id = await account_search.get_account_id(snapshot, account)
        storage = None if order.dry_run else storage_from_url(settings.storage_url)
        erasure = Erasure(account_id=account_id, open_session=database.write, storage=storage)
        mailer = _build_mailer(settings, database)
        work = EndedWork(mailer=mailer, site=settings.public_url)
        try:
            return await _carry_out(order, erasure, work, parse_usd(forfeit_usd))
        finally:
            await mailer.close()


async def _carry_out(
    order: OperatorOrder, erasure: Erasure, work: EndedWork, forfeit_microusd: int
) -> OutcomeFields:
    async def begin(session: Session) -> ActOutcome:
        closed_now = await _erase_owner(session, work, erasure, forfeit_microusd)
        after = {"accountId": erasure.account_id, "closedNow": closed_now}
        changed = bool(erasure.rows)
        if order.dry_run:  # all of it in the transaction that is rolled back
            erasure.open_session = _build_reuse(session)
            await erasure.run_steps()
        return ActOutcome(target=erasure.account_id, changed=changed, after=after)

    fields = dict(await perform_act(order, "account.erase", begin))
    if not order.dry_run:
        try:
            await erasure.run_steps()
        except (Exception, asyncio.CancelledError) as error:
            raise ValueError(
                "erasure_unfinished: the account is closed, but its erasure was cut off; finish it "
                f"by giving the same command with {erasure.account_id}"
            ) from error
        return fields | {"changed": bool(erasure.rows), "erasedRows": dict(erasure.counts)}
    written = fields["rows"]
    if not isinstance(written, list):
        raise TypeError("a dry run returns its rows")
    return fields | {"changed": bool(erasure.rows), "rows": [*written, *erasure.rows]}


async def _erase_owner(
    session: Session, work: EndedWork, erasure: Erasure, forfeit_microusd: int
) -> bool:
    """Erase what is found by the account's addresses, and the account; return True if it closed it.

    Closing deletes the addresses. The account is erased in the same transaction, so an erasure that
    was cut off is audited, and one that is repeated is not audited again.
    """
    account_id = erasure.account_id
    is_open = (await keys.get_account(session, account_id)).closed_at is None
    await erasure.erase_table(session, "email_challenge")
    await erasure.erase_table(session, "invitation")
    await erasure.forget_reporter(session)
    if is_open:
        await erasure.note_identities(session)
        await _check_forfeit(session, account_id, forfeit_microusd)
        await closure.close(session, work.mailer, work, account_id, forfeit_microusd)
    await erasure.erase_table(session, "account")
    return is_open


async def _check_forfeit(session: Session, account_id: str, forfeit_microusd: int) -> None:
    preview = await closure.preview_closing(session, account_id)
    if not preview.blocked_by and preview.forfeit_microusd != forfeit_microusd:
        amount = render_usd(preview.forfeit_microusd)
        raise ValueError(
            f"credit_left: closing it would forfeit {amount} dollars of real money; "
            f"refund them, or give --forfeit-usd {amount}"
        )


def _build_mailer(settings: Settings, database: Database) -> Mailer:
    sender = build_sender(settings)
    if isinstance(sender, ConsoleSender):  # it would write between the lines of this command
        sender = None
    return Mailer(database, Ids(), sender, parse_secret_pairs(settings.key_peppers))


def _build_reuse(session: Session) -> SessionOpener:
    """Build an opener that gives the same session each time, and commits nothing."""

    @asynccontextmanager
    async def reuse() -> AsyncIterator[Session]:
        yield session

    return reuse
