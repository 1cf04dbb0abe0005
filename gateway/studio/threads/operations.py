"""Operations on threads and the settings of the studio."""

from gateway.kit.database.sessions import Session, Snapshot
from gateway.kit.errors import NotFound, ScopeDenied
from gateway.kit.ids import Ids
from gateway.kit.operation import Caller, operation
from gateway.library.errors import ProjectArchived
from gateway.studio.threads import settings, threads
from gateway.studio.threads.schemas import (
    ChangeSettings,
    ChangeThread,
    CreateThread,
    SelectThread,
    StudioSettings,
    Thread,
    ThreadDetail,
    ThreadQuery,
)


@operation(
    "PATCH",
    "/api/v1/studio/settings",
    tag="studio",
    response=StudioSettings,
    scopes=("studio",),
    session="also",
    problems=(NotFound, ScopeDenied),
)
async def update_settings(caller: Caller, body: ChangeSettings, session: Session) -> StudioSettings:
    """Change studio settings; omitted settings stay.

    Only a browser session can raise `agent.maxPriceUsd` or switch the agent on; a key can lower it
    and switch it off.
    """
    changed = await settings.change(session, caller, body)
    return await settings.render_settings(session, changed)


@operation(
    "POST",
    "/api/v1/studio/threads",
    tag="studio",
    response=Thread,
    status=201,
    scopes=("studio",),
    idempotent=True,
    problems=(NotFound, ProjectArchived),
)
async def create_thread(caller: Caller, body: CreateThread, session: Session, ids: Ids) -> Thread:
    """Create a thread in a project, to talk with the agent."""
    thread = await threads.create(
        session, ids, caller.ledger_account, body.project_id, body.title or ""
    )
    return threads.render_thread(thread)


@operation(
    "POST",
    "/api/v1/studio/threads/select",
    tag="studio",
    response=StudioSettings,
    scopes=("studio",),
    problems=(NotFound, ScopeDenied),
)
async def select_thread(caller: Caller, body: SelectThread, session: Session) -> StudioSettings:
    """Select a thread, and its project."""
    selected = await settings.select_thread(session, caller.ledger_account, body.thread_id)
    return await settings.render_settings(session, selected)


@operation(
    "GET",
    "/api/v1/studio/threads/detail",
    tag="studio",
    response=ThreadDetail,
    scopes=("studio",),
    problems=(NotFound,),
)
async def get_thread(caller: Caller, query: ThreadQuery, session: Snapshot) -> ThreadDetail:
    """Read a thread with a page of its messages, newest last."""
    thread = await threads.load_thread(session, caller.ledger_account, query.thread_id)
    page, cursor = await threads.load_message_page(
        session, thread.id, limit=query.limit, before=query.before
    )
    return ThreadDetail(
        **threads.render_thread(thread).model_dump(),
        messages=[threads.render_message(message) for message in page],
        previous_cursor=cursor,
    )


@operation(
    "PATCH",
    "/api/v1/studio/threads/update",
    tag="studio",
    response=Thread,
    scopes=("studio",),
    problems=(NotFound,),
)
async def update_thread(caller: Caller, body: ChangeThread, session: Session) -> Thread:
    """Rename or archive a thread; archive it to delete it."""
    return threads.render_thread(await threads.change(session, caller.ledger_account, body))
