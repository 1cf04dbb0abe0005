"""The record of an attempt, as the engine of a server knows it."""

import asyncio
import time
from dataclasses import dataclass, field

from workers.engines.base import Rejected, RenderPlan, ReplyLost, Submitted
from workers.engines.openai.costs import CostRecord
from workers.engines.openai.held_calls import HeldCalls


@dataclass(slots=True)
class AttemptRecord:
    """An attempt as this engine knows it; `news` is set when `progress` has changed or it ended."""

    plan: RenderPlan
    cost: CostRecord
    held: HeldCalls | None = None
    creation: asyncio.Task[Submitted | Rejected] | None = None
    handle: str | None = None
    progress: int | None = None
    is_over: bool = False
    is_canceled: bool = False
    began_ms: int | None = None
    ended_ms: int | None = None
    news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def is_in_doubt(self) -> bool:
        """Return True if nobody knows whether the video was created."""
        task = self.creation
        if task is None or self.handle is not None:
            return False
        return not task.done() or task.cancelled() or isinstance(task.exception(), ReplyLost)

    def tell(self, percent: int | None, *, over: bool = False) -> None:
        """Keep progress, and wake who watches."""
        if percent is not None and 0 < percent < 100:  # noqa: PLR2004 - the ends tell nothing
            self.progress = max(self.progress or 0, percent)
        self.is_over = self.is_over or over
        if self.is_over and self.ended_ms is None:
            self.ended_ms = now_ms()
        self.news.set()


def now_ms() -> int:
    """Return the milliseconds since 1970."""
    return time.time_ns() // 1_000_000
