"""Projects: where an account files its jobs, assets and threads.

`account` is the ledger's account, one account in one book; another one's project is not found.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from gateway.identity.keys import database_time
from gateway.kit.clock import iso
from gateway.kit.database import Session
from gateway.kit.errors import InvalidInput, NotFound
from gateway.kit.ids import Ids
from gateway.kit.money import both
from gateway.kit.sql import sql
from gateway.library.errors import ProjectArchived
from gateway.library.quota import touch
from gateway.library.schemas import ChangeProject, Counts
from gateway.library.schemas import Project as Shown
from gateway.library.tables import Asset, Project, Shelf

INBOX = "Inbox"

SPENT = sql(
    """
    UPDATE project SET spent_microusd = project.spent_microusd + given.amount
    FROM {rows} WHERE project.id = given.id
    """,
    id="text",
    amount="int",
)
THREADS = sql(
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
    """Make a project."""
    await touch(session, account)
    now = await database_time(session)
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


async def find(
    session: Session, account: int, project_id: str, *, field: str = "projectId"
) -> Project:
    """Return a project of the account.

    Raises:
        NotFound: there is none, or it is somebody else's.
    """
    wanted = select(Project).where(Project.id == project_id, Project.account_id == account)
    project = await session.scalar(wanted)
    if project is None:
        raise NotFound("There is no such project.", field=field)
    return project


async def find_open(session: Session, account: int, project_id: str) -> Project:
    """Return a project of the account that takes new things.

    Raises:
        NotFound: see `find`.
        ProjectArchived: it takes none.
    """
    project = await find(session, account, project_id)
    if project.archived:
        raise ProjectArchived(field="projectId")
    return project


async def change(session: Session, account: int, given: ChangeProject) -> Project:
    """Change what is given of a project.

    Raises:
        NotFound: see `find`.
        InvalidInput: the cover is not an image of this project.
    """
    await touch(session, account)
    project = await find(session, account, given.project_id)
    if given.name is not None:
        project.name = given.name
    if given.description is not None:
        project.description = given.description
    if given.archived is not None:
        project.archived = int(given.archived)
    if "cover_asset_id" in given.model_fields_set:
        if given.cover_asset_id is not None:
            await _check_cover(session, project.id, given.cover_asset_id)
        project.cover_asset_id = given.cover_asset_id
    project.updated_at = await database_time(session)
    await session.flush()
    return project


async def _check_cover(session: Session, project_id: str, asset_id: str) -> None:
    asset = await session.get(Asset, asset_id)
    good = asset is not None and asset.project_id == project_id and asset.archived_at is None
    if asset is None or not good or asset.kind != "image":
        raise InvalidInput("The cover must be an image of the project.", field="coverAssetId")


async def newest(session: Session, account: int, limit: int) -> Sequence[Project]:
    """Return the projects of an account, the newest first."""
    wanted = select(Project).where(Project.account_id == account)
    return (await session.scalars(wanted.order_by(Project.id.desc()).limit(limit))).all()


async def shown(session: Session, projects: Sequence[Project]) -> list[Shown]:
    """Return projects on the wire, with what is in them."""
    assets = await _assets(session, [project.id for project in projects])
    return [
        Shown(
            project_id=project.id,
            name=project.name,
            description=project.description,
            cover_asset_id=project.cover_asset_id,
            archived=bool(project.archived),
            counts=Counts(threads=project.threads, assets=assets.get(project.id, 0)),
            **both("spent", project.spent_microusd),
            created_at=iso(project.created_at),
            updated_at=iso(project.updated_at),
        )
        for project in projects
    ]


async def _assets(session: Session, project_ids: Sequence[str]) -> Mapping[str, int]:
    wanted = (
        select(Asset.project_id, func.count())
        .where(Asset.project_id.in_(project_ids), Asset.archived_at.is_(None))
        .group_by(Asset.project_id)
    )
    return {row[0]: row[1] for row in await session.execute(wanted)}


async def select_project(session: Session, account: int, project_id: str | None) -> None:
    """Make a project the one that things go to when none is named.

    Raises:
        NotFound: see `find`.
    """
    await touch(session, account)
    if project_id is not None:
        await find(session, account, project_id, field="selectedProjectId")
    shelf = await session.get_one(Shelf, account, populate_existing=True)
    shelf.selected_project_id = project_id


async def selected(session: Session, account: int) -> str | None:
    """Return the project that things go to when none is named, if one was chosen."""
    shelf = await session.get(Shelf, account)
    return None if shelf is None else shelf.selected_project_id


async def usual(session: Session, ids: Ids, account: int) -> Project:
    """Return the selected project, or else the inbox, made if there is none or it is archived."""
    await touch(session, account)
    shelf = await session.get_one(Shelf, account, populate_existing=True)
    for project_id in (shelf.selected_project_id, shelf.inbox_project_id):
        project = None if project_id is None else await session.get(Project, project_id)
        if project is not None and not project.archived:
            return project
    project = await create(session, ids, account, name=INBOX)
    shelf.inbox_project_id = project.id
    return project


async def add_spent(session: Session, project_id: str, amount_microusd: int) -> None:
    """Count what was charged for work in a project, in the transaction that charges it."""
    await session.change(SPENT, [(project_id, amount_microusd)])


async def count_threads(session: Session, project_id: str, change: int) -> None:
    """Count threads that come or go; the studio keeps them and tells."""
    await session.change(THREADS, [(project_id, change)])
