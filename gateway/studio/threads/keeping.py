"""Threads and what is said in them.

`account` is the ledger's account, one account in one book; another one's thread is not found.
"""

import json
from collections.abc import Sequence

from sqlalchemy import select

from gateway.identity.keys import database_time
from gateway.kit.clock import iso
from gateway.kit.database import Session
from gateway.kit.errors import NotFound
from gateway.kit.ids import Ids
from gateway.kit.sql import sql
from gateway.library import projects
from gateway.library.quota import touch
from gateway.studio.threads.schemas import Block, ChangeThread
from gateway.studio.threads.schemas import Message as MessageShown
from gateway.studio.threads.schemas import Thread as Shown
from gateway.studio.threads.tables import Message, Thread

TITLE_CHARACTERS = 60
SAID = sql(
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
    """Make a thread in a project.

    Raises:
        NotFound: there is no such project.
        ProjectArchived: it takes nothing new.
    """
    await touch(session, account)
    project = await projects.find_open(session, account, project_id)
    now = await database_time(session)
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
    await projects.count_threads(session, project.id, 1)
    return thread


async def find(
    session: Session, account: int, thread_id: str, *, field: str = "threadId"
) -> Thread:
    """Return a thread of the account.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    wanted = select(Thread).where(Thread.id == thread_id, Thread.account_id == account)
    thread = await session.scalar(wanted.execution_options(populate_existing=True))
    if thread is None:
        raise NotFound("There is no such thread.", field=field)
    return thread


async def change(session: Session, account: int, given: ChangeThread) -> Thread:
    """Rename a thread, or put it into or out of the archive.

    Raises:
        NotFound: see `find`.
    """
    await touch(session, account)
    thread = await find(session, account, given.thread_id)
    if given.title is not None:
        thread.title = given.title
    if given.archived is not None and bool(thread.archived) != given.archived:
        thread.archived = int(given.archived)
        await projects.count_threads(session, thread.project_id, -1 if given.archived else 1)
    thread.updated_at = await database_time(session)
    await session.flush()
    return thread


async def newest(session: Session, account: int, project_id: str, limit: int) -> Sequence[Thread]:
    """Return the newest threads of a project that are not archived."""
    wanted = select(Thread).where(
        Thread.account_id == account, Thread.project_id == project_id, Thread.archived == 0
    )
    return (await session.scalars(wanted.order_by(Thread.id.desc()).limit(limit))).all()


async def say(
    session: Session,
    ids: Ids,
    thread: Thread,
    role: str,
    blocks: Sequence[Block],
    *,
    request_id: str | None = None,
) -> Message:
    """Add a message to a thread; the first text names a thread without a title."""
    await touch(session, thread.account_id)
    message = Message(
        id=ids.new("msg"),
        account_id=thread.account_id,
        thread_id=thread.id,
        role=role,
        blocks_json=json.dumps(list(blocks), ensure_ascii=False),
        request_id=request_id,
        created_at=await database_time(session),
    )
    session.add(message)
    await session.flush()
    await session.change(SAID, [(thread.id, _title(blocks))])
    return message


async def messages(
    session: Session, thread_id: str, *, limit: int, before: str | None = None
) -> tuple[Sequence[Message], str | None]:
    """Return a page of messages, the newest last, and the cursor of the page before."""
    wanted = select(Message).where(Message.thread_id == thread_id)
    if before is not None:
        wanted = wanted.where(Message.id < before)
    found = (await session.scalars(wanted.order_by(Message.id.desc()).limit(limit + 1))).all()
    page = found[:limit][::-1]
    return page, page[0].id if len(found) > limit else None


async def message_of(session: Session, message_id: str) -> Message:
    """Return a message that is known to be there."""
    return await session.get_one(Message, message_id)


def shown(thread: Thread) -> Shown:
    """Return a thread on the wire."""
    return Shown(
        thread_id=thread.id,
        project_id=thread.project_id,
        title=thread.title or None,
        archived=bool(thread.archived),
        message_count=thread.message_count,
        last_message_at=None if thread.last_message_at is None else iso(thread.last_message_at),
        created_at=iso(thread.created_at),
        updated_at=iso(thread.updated_at),
    )


def message_shown(message: Message) -> MessageShown:
    """Return a message on the wire."""
    return MessageShown(
        message_id=message.id,
        thread_id=message.thread_id,
        role=message.role,  # type: ignore[arg-type]  # the table checks it
        blocks=json.loads(message.blocks_json),
        request_id=message.request_id,
        created_at=iso(message.created_at),
    )


def _title(blocks: Sequence[Block]) -> str:
    """Return the first line of the first text, cut."""
    text = next((block["markdown"] for block in blocks if block["type"] == "text"), "")
    line = " ".join(text.split("\n", 1)[0].split())
    return line if len(line) <= TITLE_CHARACTERS else f"{line[: TITLE_CHARACTERS - 1]}…"
