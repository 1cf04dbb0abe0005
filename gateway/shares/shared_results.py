"""Shared results as visitors see them: found by their link, only while the link works.

Every link that does not work answers alike, whether it was guessed, revoked, taken down, has
expired, or lost its result or account.
"""

from dataclasses import dataclass

from sqlalchemy import Select, select

from gateway.identity.accounts.closure import is_open
from gateway.kit.database.sessions import Database, Session
from gateway.kit.database.sql import get_database_time
from gateway.kit.errors import NotFound
from gateway.library.asset_queries import OutputPlace
from gateway.library.assets import Asset
from gateway.library.errors import MediaUnreadable, UnsupportedMedia
from gateway.library.kinds import EXTENSIONS, VISUAL_KINDS
from gateway.media.jobs.outputs import is_visible
from gateway.media.jobs.recipes import Recipe, load_recipes
from gateway.shares.links import ShareLinks, hash_token, is_token
from gateway.shares.share_pictures import ShareForm, SharePictures
from gateway.shares.tables import Share
from gateway.storage.base import KeyMissing

GONE, GONE_HINT = "There is nothing behind this link.", "It may have ended, or been mistyped."
MOST_FEATURED = 13


@dataclass(frozen=True, slots=True)
class SharedResult:
    """A share that works now, and the asset behind it."""

    share: Share
    asset: Asset

    @property
    def place(self) -> OutputPlace:
        """Return which output of which job it is."""
        return self.asset.job_id or "", self.asset.output_index or 0

    @property
    def media_name(self) -> str:
        """Return the file name of the result below its link; nothing of its owner is in it."""
        return f"media.{EXTENSIONS[self.asset.mime_type]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedPage:
    """A share that works now as its page tells it; None is what its owner does not show.

    `title` is that of the task. `cost_microusd` is exact.
    """

    result: SharedResult
    title: str
    prompt: str | None
    seed: int | None
    cost_microusd: int | None
    path: str = ""


@dataclass(frozen=True, slots=True)
class SharedResults:
    """Finds shares by their links."""

    database: Database
    links: ShareLinks
    pictures: SharePictures

    async def get_result(self, token: str) -> SharedResult:
        """Return the result behind a link.

        Raises:
            NotFound: the link does not work.
        """
        async with self.database.read() as snapshot:
            return await find_result(snapshot, token)

    async def get_page(self, token: str) -> SharedPage:
        """Return what the page of a link tells.

        Raises:
            NotFound: the link does not work.
        """
        async with self.database.read() as snapshot:
            result = await find_result(snapshot, token)
            return build_page(result, await get_result_recipe(snapshot, result))

    async def get_remix(self, token: str) -> Recipe:
        """Return the recipe that a link lets others start from.

        Raises:
            NotFound: the link does not work, or offers no remix.
        """
        async with self.database.read() as snapshot:
            result = await find_result(snapshot, token)
            if not result.share.remix:
                raise NotFound(GONE, hint=GONE_HINT)
            return await get_result_recipe(snapshot, result)

    async def load_picture(self, result: SharedResult, form: ShareForm) -> bytes:
        """Return the poster or card of a result, as JPEG.

        Raises:
            NotFound: it cannot be shown as a picture, or its bytes are gone.
            RateLimited: the owner's account has used its processor time of this minute.
        """
        if result.asset.kind not in VISUAL_KINDS:
            raise NotFound(GONE, hint=GONE_HINT)
        try:
            return await self.pictures.load(result.asset, result.share.book, form)
        except (KeyMissing, MediaUnreadable, UnsupportedMedia):
            raise NotFound(GONE, hint=GONE_HINT) from None

    async def list_featured(self) -> list[SharedPage]:
        """Return the shares of the front page with their paths, the last chosen first."""
        async with self.database.read() as snapshot:
            # The path of a link whose signing key was removed cannot be told.
            statement = select_working(await get_database_time(snapshot)).where(
                Share.featured_at.is_not(None),
                Share.showcase == 1,
                Share.key_id.in_(list(self.links.keys)),
            )
            newest = statement.order_by(Share.featured_at.desc()).limit(MOST_FEATURED)
            rows = await snapshot.execute(newest)
            results = [SharedResult(share, asset) for share, asset in rows]
            recipes = await load_recipes(snapshot, [each.place for each in results])
        return [
            build_page(each, recipes[each.place], path=self.links.find_path(each.share) or "")
            for each in results
        ]


async def find_result(session: Session, token: str) -> SharedResult:
    """Return the result behind a link, within a transaction.

    Raises:
        NotFound: the link does not work.
    """
    found = None
    if is_token(token):
        statement = select_working(await get_database_time(session))
        found = (
            await session.execute(statement.where(Share.token_hash == hash_token(token)))
        ).one_or_none()
    if found is None:
        raise NotFound(GONE, hint=GONE_HINT)
    return SharedResult(*found)


def select_working(now: int) -> Select[Share, Asset]:
    """Return the query of all shares whose links work now, with their assets.

    They are those in the state `active`, of open accounts, whose results are not deleted.
    """
    return (
        select(Share, Asset)
        .join(Asset, Asset.id == Share.asset_id)
        .where(
            Share.taken_down_at.is_(None),
            Share.revoked_at.is_(None),
            Share.expires_at > now,
            Asset.archived_at.is_(None),
            Asset.purged_at.is_(None),
            is_visible(Asset.job_id, Asset.output_index),
            is_open(Share.owner_id),
        )
    )


def build_page(result: SharedResult, recipe: Recipe, *, path: str = "") -> SharedPage:
    """Return what the page of a share tells; on the front page also prompt and cost."""
    share = result.share
    is_public = share.featured_at is not None and share.showcase
    return SharedPage(
        result=result,
        title=recipe.title,
        prompt=(recipe.prompt or None) if share.show_prompt or is_public else None,
        seed=recipe.seed if share.show_seed else None,
        cost_microusd=recipe.cost_microusd if share.show_cost or is_public else None,
        path=path,
    )


async def get_result_recipe(session: Session, result: SharedResult) -> Recipe:
    """Return the recipe of a shared result."""
    return (await load_recipes(session, [result.place]))[result.place]
