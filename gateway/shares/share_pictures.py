"""The pictures of a share: the poster of a clip, and the card that other sites show.

They are drawn once, in the child that opens media, and stored beside the asset: they go with it.
"""

from dataclasses import dataclass
from typing import Literal

from gateway.kit.errors import Problem
from gateway.library import previews
from gateway.library.assets import Asset
from gateway.library.kinds import VISUAL_KINDS
from gateway.library.uploads.intake import Uploads

ShareForm = Literal["card", "poster", "small"]
SHARE_FORMS: tuple[ShareForm, ...] = ("card", "poster", "small")


@dataclass(frozen=True, slots=True)
class SharePictures:
    """Draws the pictures of shares; the owner's account pays with its processor time."""

    uploads: Uploads

    async def load(self, asset: Asset, book: str, form: ShareForm) -> bytes:
        """Return a picture as JPEG, drawn if there is none yet.

        Raises:
            Problem: it cannot be drawn, or not now.
        """
        uploads = self.uploads
        budget = await uploads.inspection_budgets.get_budget(asset.account_id, book)
        if form == "small":
            return await previews.load_preview(
                uploads.storage,
                uploads.folder,
                key=asset.key,
                kind=asset.kind,
                frames=1,
                budget=budget,
            )
        return await previews.load_drawing(
            uploads.storage, uploads.folder, key=asset.key, form=form, budget=budget
        )

    async def prepare(self, asset: Asset, book: str) -> None:
        """Draw the pictures before anybody asks; what cannot be drawn now is drawn when asked."""
        if asset.kind not in VISUAL_KINDS:
            return
        for form in SHARE_FORMS:
            try:
                await self.load(asset, book, form)
            except Problem:
                return
