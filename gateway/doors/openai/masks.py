"""Masks of edits: transparent is edited for OpenAI's clients, white is edited for our tasks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from hashlib import file_digest

from gateway.doors.openai.door import OpenAiDoor
from gateway.doors.openai.multipart import FormFile
from gateway.kit.errors import Problem
from gateway.kit.operation import Caller
from gateway.library.inspection.inspector import make_mask
from gateway.library.uploads.intake import Uploads
from gateway.library.uploads.received_files import temporary_file

MASK_HINT = "Send a PNG that is transparent where to edit, or `mask_mode`: white."


@asynccontextmanager
async def convert_mask(door: OpenAiDoor, caller: Caller, mask: FormFile) -> AsyncIterator[FormFile]:
    """Draw the mask that our tasks take, for the block.

    Raises:
        MediaUnreadable, UnsupportedMedia: it is no picture, or nothing of it is transparent.
        RateLimited: the account has used its processor time of this minute.
    """
    uploads: Uploads = door.ports.get(Uploads)
    asker = await uploads.inspection_budgets.get_budget(caller.ledger_account, caller.book)
    with temporary_file(door.folder) as path:
        try:
            await make_mask(mask.path, path, budget=asker)
        except Problem as problem:
            problem.field = mask.name
            if not problem.retryable:
                problem.next_step = MASK_HINT
            raise
        with path.open("rb") as drawn:
            sha256 = file_digest(drawn, "sha256").hexdigest()
        yield replace(mask, path=path, sha256=sha256, size_bytes=path.stat().st_size)
