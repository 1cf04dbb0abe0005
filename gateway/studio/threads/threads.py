"""Threads and their messages.

`account` is the ledger's account: one account in one book. The thread of another account, or of the
other book, is not found. A write first locks the account's library (`lock_shelf`).
"""

import json
from collections.abc import Sequence

from sqlalchemy import select

from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Session
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.errors import NotFound
from gateway.kit.ids import Ids
from gateway.library import projects
from gateway.library.quota import lock_shelf
from gateway.studio.threads.schemas import Block, ChangeThread
from gateway.studio.threads.schemas import Message as WireMessage
from gateway.studio.threads.schemas import Thread as WireThread
from gateway.studio.threads.tables import Message, Thread

TITLE_CHARACTERS = 60
COUNT_MESSAGE = sql(
    """
    UPDATE thread SET message_count = message_count + 1, last_message_at = kt_now(),
        updated_at = kt_now(),
        title = CASE WHEN thread.title = '' THEN given.title ELSE thread.title END
    FROM {rows} WHERE thread.id = given.id
    """,
    id="text",
    title="text",
)


async def create(
    session: Session, ids: Ids, account: int, project_id: str, title: str = ""
) -> Thread:
    """Create a thread in a project.

    Raises:
        NotFound: the account has no such project.
        ProjectArchived: the project takes nothing new.
    """
    await lock_shelf(session, account)
    project = await projects.load_open_project(session, account, project_id)
    now = await get_database_time(session)
    thread = Thread(
        id=ids.new("thr"),
        account_id=account,
        project_id=project.id,
        title=title,
        archived=0,
        message_count=0,
        last_message_at=None,
        created_at=now,
        updated_at=now,
    )
    session.add(thread)
    await session.flush()
    await projects.add_thread_count(session, project.id, 1)
    return thread


async def load_thread(
    session: Session, account: int, thread_id: str, *, field: str = "threadId"
) -> Thread:
    """Return a thread of the account; `field` is the input that a refusal names.

    Raises:
        NotFound: the account has no such thread.
    """
    statement = select(Thread).where(Thread.id == thread_id, Thread.account_id == account)
    thread = await session.scalar(statement.execution_options(populate_existing=True))
    if thread is None:
        raise NotFound("There is no such thread.", field=field)
    return thread


async def change(session: Session, account: int, changes: ChangeThread) -> Thread:
    """Rename a thread, archive it or take it out of the archive.

    Raises:
        NotFound: the account has no such thread.
    """
    await lock_shelf(session, account)
    thread = await load_thread(session, account, changes.thread_id)
    if changes.title is not None:
        thread.title = changes.title
    if changes.archived is not None and bool(thread.archived) != changes.archived:
        thread.archived = int(changes.archived)
        await projects.add_thread_count(session, thread.project_id, -1 if changes.archived else 1)
    thread.updated_at = await get_database_time(session)
    await session.flush()
    return thread


async def list_newest_threads(
    session: Session, account: int, project_id: str, limit: int
) -> Sequence[Thread]:
    """Return the threads of a project that are not archived, newest first."""
    statement = select(Thread).where(
        Thread.account_id == account, Thread.project_id == project_id, Thread.archived == 0
    )
    return (await session.scalars(statement.order_by(Thread.id.desc()).limit(limit))).all()


async def list_open_thread_ids(session: Session, thread_ids: Sequence[str]) -> set[str]:
    """Return which of these threads are not archived."""
    if not thread_ids:
        return set()
    statement = select(Thread.id).where(Thread.id.in_(thread_ids), Thread.archived == 0)
    return set(await session.scalars(statement))


async def add_message(
    session: Session,
    ids: Ids,
    thread: Thread,
    role: str,
    blocks: Sequence[Block],
    *,
    request_id: str | None = None,
) -> Message:
    """Add a message to a thread; its first text becomes the title of a thread without one."""
    await lock_shelf(session, thread.account_id)
    message = Message(
        id=ids.new("msg"),
        account_id=thread.account_id,
        thread_id=thread.id,
        role=role,
        blocks_json=json.dumps(list(blocks), ensure_ascii=False),
        request_id=request_id,
        created_at=await get_database_time(session),
    )
    session.add(message)
    await session.flush()
    await session.change(COUNT_MESSAGE, [(thread.id, _title_from_blocks(blocks))])
    return message


async def load_message_page(
    session: Session, thread_id: str, *, limit: int, before: str | None = None
) -> tuple[Sequence[Message], str | None]:
    """Return a page of messages, newest last, and the `before` of the previous page, if any."""
    statement = select(Message).where(Message.thread_id == thread_id)
    if before is not None:
        statement = statement.where(Message.id < before)
    rows = (await session.scalars(statement.order_by(Message.id.desc()).limit(limit + 1))).all()
    page = rows[:limit][::-1]
    return page, page[0].id if len(rows) > limit else None


async def load_message(session: Session, message_id: str) -> Message:
    """Return a message by its id, which must exist."""
    return await session.get_one(Message, message_id)


def render_thread(thread: Thread) -> WireThread:
    """Render a thread without its messages."""
    return WireThread(
        thread_id=thread.id,
        project_id=thread.project_id,
        title=thread.title or None,
        archived=bool(thread.archived),
        message_count=thread.message_count,
        last_message_at=None if thread.last_message_at is None else to_iso(thread.last_message_at),
        created_at=to_iso(thread.created_at),
        updated_at=to_iso(thread.updated_at),
    )


def render_message(message: Message) -> WireMessage:
    """Render a message."""
    return WireMessage(
        message_id=message.id,
        thread_id=message.thread_id,
        role=message.role,  # type: ignore[arg-type]  # the table checks it
        blocks=json.loads(message.blocks_json),
        request_id=message.request_id,
        created_at=to_iso(message.created_at),
    )


def _title_from_blocks(blocks: Sequence[Block]) -> str:
    """Return the first line of the first text, cut to 60 characters; empty without a text."""
    text = next((block["markdown"] for block in blocks if block["type"] == "text"), "")
    line = " ".join(text.split("\n", 1)[0].split())
    return line if len(line) <= TITLE_CHARACTERS else f"{line[: TITLE_CHARACTERS - 1]}…"
