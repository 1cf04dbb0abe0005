"""Projects, which hold the jobs, assets and threads of an account.

`account` is the number of the ledger account, so live and test keep apart; a project of another
account is not found.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from gateway.kit.clock import to_iso
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import get_database_time, sql
from gateway.kit.errors import InvalidInput, NotFound
from gateway.kit.ids import Ids
from gateway.kit.money import to_amount_fields
from gateway.library.errors import ProjectArchived
from gateway.library.quota import lock_shelf
from gateway.library.schemas import ChangeProject, Counts
from gateway.library.schemas import Project as Shown
from gateway.library.tables import Asset, Project, Shelf

INBOX_NAME = "Inbox"

ADD_SPENT = sql(
    """
    UPDATE project SET spent_microusd = project.spent_microusd + given.amount
    FROM {rows} WHERE project.id = given.id
    """,
    id="text",
    amount="int",
)
ADD_THREADS = sql(
    """
    UPDATE project SET threads = project.threads + given.change
    FROM {rows} WHERE project.id = given.id
    """,
    id="text",
    change="int",
)


async def create(
    session: Session, ids: Ids, account: int, *, name: str, description: str = ""
) -> Project:
    """Create a project of an account."""
    await lock_shelf(session, account)
    now = await get_database_time(session)
    project = Project(
        id=ids.new("proj"),
        account_id=account,
        name=name,
        description=description,
        cover_asset_id=None,
        archived=0,
        threads=0,
        spent_microusd=0,
        created_at=now,
        updated_at=now,
    )
    session.add(project)
    await session.flush()
    return project


async def load_project(
    session: Session, account: int, project_id: str, *, field: str = "projectId"
) -> Project:
    """Return a project of the account, archived or not.

    Raises:
        NotFound: there is no such project, or it belongs to another account.
    """
    query = select(Project).where(Project.id == project_id, Project.account_id == account)
    project = await session.scalar(query)
    if project is None:
        raise NotFound("There is no such project.", field=field)
    return project


async def load_open_project(session: Session, account: int, project_id: str) -> Project:
    """Return a project of the account that is not archived.

    Raises:
        NotFound: see `load_project`.
        ProjectArchived: the project is archived.
    """
    project = await load_project(session, account, project_id)
    if project.archived:
        raise ProjectArchived(field="projectId")
    return project


async def change(session: Session, account: int, changes: ChangeProject) -> Project:
    """Change the given fields of a project.

    Raises:
        NotFound: see `load_project`.
        InvalidInput: the cover is not an image of this project.
    """
    await lock_shelf(session, account)
    project = await load_project(session, account, changes.project_id)
    if changes.name is not None:
        project.name = changes.name
    if changes.description is not None:
        project.description = changes.description
    if changes.archived is not None:
        project.archived = int(changes.archived)
    if "cover_asset_id" in changes.model_fields_set:
        if changes.cover_asset_id is not None:
            await _check_cover(session, project.id, changes.cover_asset_id)
        project.cover_asset_id = changes.cover_asset_id
    project.updated_at = await get_database_time(session)
    await session.flush()
    return project


async def _check_cover(session: Session, project_id: str, asset_id: str) -> None:
    asset = await session.get(Asset, asset_id)
    usable = asset is not None and asset.project_id == project_id and asset.archived_at is None
    if asset is None or not usable or asset.kind != "image":
        raise InvalidInput("The cover must be an image of the project.", field="coverAssetId")


async def list_newest_projects(session: Session, account: int, limit: int) -> Sequence[Project]:
    """Return at most `limit` projects of an account, newest first."""
    query = select(Project).where(Project.account_id == account)
    return (await session.scalars(query.order_by(Project.id.desc()).limit(limit))).all()


async def list_project_names(
    session: Session, account: int, project_ids: Sequence[str]
) -> dict[str, str]:
    """Return the names of those of these projects that the account has, by id."""
    query = select(Project.id, Project.name).where(
        Project.account_id == account, Project.id.in_(project_ids)
    )
    return {row.id: row.name for row in await session.execute(query)}


async def render_projects(session: Session, projects: Sequence[Project]) -> list[Shown]:
    """Return projects in their wire form, with the counts of their contents."""
    assets = await _count_assets(session, [project.id for project in projects])
    return [
        Shown(
            project_id=project.id,
            name=project.name,
            description=project.description,
            cover_asset_id=project.cover_asset_id,
            archived=bool(project.archived),
            counts=Counts(threads=project.threads, assets=assets.get(project.id, 0)),
            **to_amount_fields("spent", project.spent_microusd),
            created_at=to_iso(project.created_at),
            updated_at=to_iso(project.updated_at),
        )
        for project in projects
    ]


async def _count_assets(session: Session, project_ids: Sequence[str]) -> Mapping[str, int]:
    query = (
        select(Asset.project_id, func.count())
        .where(Asset.project_id.in_(project_ids), Asset.archived_at.is_(None))
        .group_by(Asset.project_id)
    )
    return {row[0]: row[1] for row in await session.execute(query)}


async def select_project(session: Session, account: int, project_id: str | None) -> None:
    """Select the project for requests that name none; None selects no project.

    Raises:
        NotFound: see `load_project`.
    """
    await lock_shelf(session, account)
    if project_id is not None:
        await load_project(session, account, project_id, field="selectedProjectId")
    shelf = await session.get_one(Shelf, account, populate_existing=True)
    shelf.selected_project_id = project_id


async def get_selected_project_id(session: Session, account: int) -> str | None:
    """Return the id of the selected project, or None."""
    shelf = await session.get(Shelf, account)
    return None if shelf is None else shelf.selected_project_id


async def ensure_default_project(session: Session, ids: Ids, account: int) -> Project:
    """Return the project for requests that name none: the selected one, or else the inbox.

    The inbox is created if there is none or it is archived.
    """
    await lock_shelf(session, account)
    shelf = await session.get_one(Shelf, account, populate_existing=True)
    selected = await find_open_project(session, shelf.selected_project_id)
    return selected or await _ensure_inbox(session, ids, shelf)


async def ensure_inbox(session: Session, ids: Ids, account: int) -> Project:
    """Return the inbox of an account; it is created if there is none or it is archived."""
    await lock_shelf(session, account)
    shelf = await session.get_one(Shelf, account, populate_existing=True)
    return await _ensure_inbox(session, ids, shelf)


async def choose_project(database: Database, ids: Ids, account: int, project_id: str | None) -> str:
    """Return the id of the project that takes an asset: an open one of the account, or the inbox.

    Raises:
        NotFound, ProjectArchived: see `load_open_project`.
    """
    if project_id is None:
        async with database.write() as session:
            return (await ensure_inbox(session, ids, account)).id
    async with database.read() as snapshot:
        return (await load_open_project(snapshot, account, project_id)).id


async def find_open_project(session: Session, project_id: str | None) -> Project | None:
    """Return a project that is not archived, or None; the caller knows whose it is."""
    project = None if project_id is None else await session.get(Project, project_id)
    return None if project is None or project.archived else project


async def _ensure_inbox(session: Session, ids: Ids, shelf: Shelf) -> Project:
    if (inbox := await find_open_project(session, shelf.inbox_project_id)) is not None:
        return inbox
    project = await create(session, ids, shelf.account_id, name=INBOX_NAME)
    shelf.inbox_project_id = project.id
    return project


async def add_project_spending(session: Session, project_id: str, amount_microusd: int) -> None:
    """Add a charge to a project's spent amount, in the transaction that charges it."""
    await session.change(ADD_SPENT, [(project_id, amount_microusd)])


async def add_thread_count(session: Session, project_id: str, change: int) -> None:
    """Change a project's number of threads; the studio calls it when it adds or removes one."""
    await session.change(ADD_THREADS, [(project_id, change)])
